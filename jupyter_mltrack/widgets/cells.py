"""The cells of a run: what each made, which it needed, and whether the notebook leads to it."""

from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.entities.lineage_views import (
    CellLineageView,
    CertificateView,
    LineageView,
    MadeView,
)
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, line, output, shortened
from jupyter_mltrack.widgets.values import format_moment

SHOWN_NAMES: Final = 4
VERDICT_COLORS: Final = {"yes": "#2e9e4f", "no": "#d9453d", "unknown": "#d98a1f"}
VERDICT_WORDS: Final = {
    "yes": "leads here",
    "no": "does not lead here",
    "unknown": "not known whether it leads here",
}
_HEADER: Final = ("cell", "", "ran", "role", "made")


def cells_card(lineage: LineageView) -> Bundle:
    """The cells behind a run as a table, below its certificate with all reasons."""
    own = set(lineage.own)
    html = output(
        element("div", lineage.run_name, _pill(lineage.certificate), class_="mltrack-title"),
        _reasons(lineage.certificate),
        _table(lineage.cells, own) if lineage.cells else line("No cell of a notebook made it."),
    )
    return Bundle(_text_card(lineage, own), html)


def certificate_line(certificate: CertificateView) -> str:
    """One line for a run's card; empty where a script leaves nothing to say."""
    if any(reason.kind == "script" for reason in certificate.reasons):
        return ""
    return certificate.sentence


def _pill(certificate: CertificateView) -> Markup:
    color = VERDICT_COLORS.get(certificate.verdict, "#808080")
    words = f"from top to bottom: {VERDICT_WORDS.get(certificate.verdict, '')}"
    return element("span", words, class_="mltrack-pill", style=f"background:{color}")


def _reasons(certificate: CertificateView) -> Markup:
    if not certificate.reasons:
        return line(certificate.sentence)
    items = [element("li", reason.text) for reason in certificate.reasons]
    return element("ul", *items)


def _table(rows: Sequence[CellLineageView], own: set[str]) -> Markup:
    head = element("thead", element("tr", *[element("th", name) for name in _HEADER]))
    body = element("tbody", *[_row(row, row.cell.execution_id in own) for row in rows])
    table = element("table", head, body, class_="mltrack-table")
    return element("div", table, class_="mltrack-scroll")


def _row(row: CellLineageView, is_own: bool) -> Markup:
    muted = "mltrack-muted"
    return element(
        "tr",
        element("th", _count(row), scope="row", class_="mltrack-id"),
        element("td", shortened(row.cell.title, 48)),
        element("td", format_moment(row.cell.start_time), class_=muted),
        element("td", _role(row, is_own), class_=None if is_own else muted),
        element("td", shortened(_made(row), 120)),
    )


def _count(row: CellLineageView) -> str:
    count = row.cell.execution_count
    return "[ ]" if count is None else f"[{count}]"


def _role(row: CellLineageView, is_own: bool) -> str:
    if any(made.made_run for made in row.made):
        return "made the run"
    role = "added to it" if is_own else "needed"
    return role if row.cell.outcome in ("ok", "running") else f"{role} ({row.cell.outcome})"


def _made(row: CellLineageView) -> str:
    parts = [part for made in row.made for part in _parts(made)]
    if row.plots:
        parts.append(text.counted(len(row.plots), "plot"))
    return "; ".join(parts)


def _parts(made: MadeView) -> list[str]:
    metrics = [
        key if count == 1 else f"{key} ({count} points)" for key, count in made.metrics.items()
    ]
    named = (
        ("param", made.params),
        ("metric", metrics),
        ("model", made.models),
        ("file", [path for path in made.artifacts if not _is_of_model(path, made.models)]),
    )
    return [f"{text.counted(len(names), noun)}: {_few(names)}" for noun, names in named if names]


def _is_of_model(path: str, models: Sequence[str]) -> bool:
    return any(path.startswith(f"{name}/") for name in models)


def _few(names: Sequence[str]) -> str:
    more = ["…"] if len(names) > SHOWN_NAMES else []
    return ", ".join([*names[:SHOWN_NAMES], *more])


def _text_card(lineage: LineageView, own: set[str]) -> str:
    parts = [lineage.run_name, lineage.certificate.sentence]
    if len(lineage.certificate.reasons) > 1:
        parts += [f"  - {reason.text}" for reason in lineage.certificate.reasons]
    rows = [
        [
            _count(row),
            text.cut(row.cell.title, 40),
            format_moment(row.cell.start_time),
            _role(row, row.cell.execution_id in own),
            text.cut(_made(row), 100),
        ]
        for row in lineage.cells
    ]
    if rows:
        parts.append(text.ruled(_HEADER, rows))
    return "\n".join(parts)
