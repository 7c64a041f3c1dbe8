"""What tracking is doing, as ``%mltrack status`` shows it."""

from collections.abc import Sequence

import msgspec

from jupyter_mltrack.entities.views import StoreView
from jupyter_mltrack.query.text import format_bytes, format_time
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, line, output, pairs


class StatusFacts(msgspec.Struct, kw_only=True):
    """All there is to say; what is empty is not shown.

    ``backlog``, ``store_bytes`` (of its database) and the sizes of outputs are in
    bytes; ``is_private`` while nothing that runs is stored; ``problems`` are (where, message, how
    often); ``store_error`` says why the store could not be read.
    """

    tracking: bool
    store_uri: str
    store: StoreView | None = None
    store_error: str = ""
    experiment: str = ""
    notebook: str = ""
    notebook_source: str = ""
    copied_from: str = ""
    front_end: str = ""
    session_id: str = ""
    session_start: int = 0
    active_run: str = ""
    cells: int = 0
    private_cells: int = 0
    is_private: bool = False
    outputs: int = 0
    output_bytes: int = 0
    output_limit: int = 0
    output_bytes_dropped: int = 0
    journal: str = ""
    store_bytes: int = 0
    autolog: Sequence[str] = ()
    not_captured: Sequence[str] = ()
    backlog: int = 0
    problems: Sequence[tuple[str, str, int]] = ()


def status_card(facts: StatusFacts) -> Bundle:
    """Tracking on or off, where it writes, what it captures, and what failed."""
    state = "Tracking is on" if facts.tracking else "Tracking is off"
    hint = "" if facts.tracking else "Turn it on: %mltrack start"
    rows = _rows(facts)
    troubles = _troubles(facts)
    color = "#2e9e4f" if facts.tracking else "#808080"
    dot = element("span", "", class_="mltrack-dot", style=f"background:{color}")
    html = output(
        element("div", dot, state, class_="mltrack-title"),
        line(hint),
        pairs(rows),
        *[_html_trouble(trouble) for trouble in troubles],
    )
    mark = "●" if facts.tracking else "○"
    parts = [f"{mark} {state}." + (f" {hint}" if hint else "")]
    parts.append(text.aligned([["  " + name, value] for name, value in rows]))
    parts += [f"! {trouble}" for trouble in troubles]
    return Bundle("\n".join(parts), html)


def _rows(facts: StatusFacts) -> list[tuple[str, str]]:
    rows = [
        ("experiment", facts.experiment),
        ("notebook", _notebook(facts)),
        ("front end", facts.front_end),
        ("session", _session(facts)),
        ("kept of it", _kept(facts)),
        ("not kept", _not_kept(facts)),
        ("open run", facts.active_run),
        *[("not captured here", sentence) for sentence in facts.not_captured],
        *[("autologged", sentence) for sentence in facts.autolog],
        ("store", facts.store_uri),
        ("in the store", _contents(facts.store, facts.store_bytes)),
        ("journal", facts.journal),
    ]
    if facts.session_id or facts.backlog:
        rows.append(("still to be written", format_bytes(facts.backlog)))
    kept = [(name, value) for name, value in rows if value]
    # A name that stands above itself is said once.
    above = ["", *[name for name, _ in kept]]
    return [
        ("" if name == before else name, value)
        for before, (name, value) in zip(above, kept, strict=False)
    ]


def _notebook(facts: StatusFacts) -> str:
    if not facts.notebook:
        return "not known here" if facts.session_id else ""
    source = f" (found by {facts.notebook_source})" if facts.notebook_source else ""
    copied = f", copied from {facts.copied_from}" if facts.copied_from else ""
    return facts.notebook + source + copied


def _session(facts: StatusFacts) -> str:
    if not facts.session_id:
        return ""
    parts = [facts.session_id[:8], f"since {format_time(facts.session_start)}"]
    return ", ".join(parts)


def _kept(facts: StatusFacts) -> str:
    if not facts.cells:
        return ""
    limit = f" of at most {format_bytes(facts.output_limit)}" if facts.output_limit else ""
    return (
        f"sources of {text.counted(facts.cells, 'cell')} and what they showed: "
        f"{text.counted(facts.outputs, 'output')}, {format_bytes(facts.output_bytes)}{limit}; "
        "secrets are replaced"
    )


def _not_kept(facts: StatusFacts) -> str:
    parts = []
    if facts.private_cells:
        parts.append(text.counted(facts.private_cells, "private cell"))
    if facts.output_bytes_dropped:
        parts.append(f"{format_bytes(facts.output_bytes_dropped)} of outputs beyond the limit")
    if facts.is_private:
        parts.append("what runs now (%mltrack private off ends it)")
    return ", ".join(parts)


def _contents(store: StoreView | None, size: int) -> str:
    if store is None:
        return ""
    counts = (("experiment", store.experiments), ("run", store.runs), ("cell", store.cells))
    listed = ", ".join(text.counted(count, noun) for noun, count in counts)
    return f"{listed}; database of {format_bytes(size)}" if size else listed


def _troubles(facts: StatusFacts) -> list[str]:
    troubles = []
    if facts.store_error:
        troubles.append(f"The store cannot be read: {facts.store_error}")
    if facts.store is not None and facts.store.rejected:
        troubles.append(
            f"The store refused {text.counted(facts.store.rejected, 'record')}; what was refused "
            "is kept in it, with the reason."
        )
    for where, message, count in facts.problems:
        times = f" ({count} times)" if count > 1 else ""
        troubles.append(f"While {where}{times}: {message}")
    return troubles


def _html_trouble(trouble: str) -> Markup:
    return element("div", element("span", "▲ ", class_="mltrack-bad"), trouble)
