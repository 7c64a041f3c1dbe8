"""What is shown of runs made again: progress, how a rerun went, a verdict, a restored notebook."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jupyter_mltrack.entities import Number
from jupyter_mltrack.entities.rerun_views import (
    CauseView,
    FigureCheckView,
    MetricCheckView,
    RerunView,
    RestoredView,
    VerificationView,
)
from jupyter_mltrack.query.text import format_duration, format_number
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, line, output, shortened
from jupyter_mltrack.widgets.style import STATUS_COLORS

_COLORS: Final = {
    "reproduced": STATUS_COLORS["FINISHED"],
    "differs": STATUS_COLORS["KILLED"],
    "failed": STATUS_COLORS["FAILED"],
    "finished": STATUS_COLORS["FINISHED"],
    "timeout": STATUS_COLORS["KILLED"],
    "cancelled": STATUS_COLORS["KILLED"],
}
_GREY: Final = "#808080"
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")
_MAX_ROWS: Final = 60
_DIGITS: Final = 8


def progress_line(cell: int, cells: int, message: str) -> Bundle:
    """How far it is, in one line."""
    place = f"cell {cell} of {cells}" if cells else ""
    told = ": ".join(part for part in (place, text.cut(message, 70)) if part)
    bar = element("progress", value=cell - 1, max=cells) if cells else None
    return Bundle(told, element("div", bar, " ", told, class_="mltrack-line"))


def rerun_card(view: RerunView) -> Bundle:
    """How a rerun went."""
    told = _outcome(view)
    facts = [f"{key} = {value}" for key, value in view.parameters.items()]
    if view.new_run_id:
        facts.append(f"run {view.new_run_id[:8]}, below {view.run_id[:8]}")
    others = len(view.run_ids) - bool(view.new_run_id)
    if others:
        facts.append(f"{text.counted(others, 'other run')} made on the way")
    facts.append(format_duration(round(view.seconds * 1000)))
    error = _ESCAPES.sub("", view.error).strip()
    html = output(
        _title(f"{view.run_name} (rerun)", view.outcome),
        element("div", told),
        line(*facts),
        element("pre", error, class_="mltrack-code") if error else None,
        *[line(note) for note in view.notes],
    )
    parts = [told, " · ".join(facts), error, *view.notes]
    return Bundle("\n".join(part for part in parts if part), html)


def _outcome(view: RerunView) -> str:
    if view.outcome == "finished":
        return f"{view.run_name}: all {text.counted(view.cells, 'cell')} ran again."
    place = f"cell {view.executed + 1} of {view.cells} ({text.cut(view.error_cell, 60)})"
    what = {"timeout": "the time was over in", "cancelled": "cancelled in"}
    return f"{view.run_name}: {what.get(view.outcome, 'failed in')} {place}."


def verification_card(view: VerificationView) -> Bundle:
    """Whether a run comes out again, what differs, and why."""
    summary = view.summary
    reasons = [_cause(cause) for cause in view.causes]
    rows = [_metric_row(check) for check in _telling(view.metrics)]
    rows += [_figure_row(check) for check in view.figures if check.status != "same"]
    rows += [
        [f"data {check.name}", check.status, check.original_digest[:8], check.rerun_digest[:8], ""]
        for check in view.data
        if check.status != "same"
    ]
    header = ["", "status", "run", "rerun", "by"]
    errors = [_ESCAPES.sub("", one.error).strip() for one in view.reruns if one.error]
    facts = [f"executed in {view.environment}", f"rtol {view.rtol:g}, atol {view.atol:g}"]
    facts += [f"{key} ±{value:g}" for key, value in view.tolerances.items()]
    html = output(
        _title(view.run_name, view.verdict),
        element("div", summary),
        *[line(reason) for reason in reasons],
        _table(header, rows) if rows else None,
        *[element("pre", error, class_="mltrack-code") for error in errors],
        line(*facts),
        *[line(note) for note in view.notes],
    )
    # A summary that begins with the verdict says it.
    verdict = "" if summary.startswith(view.verdict) else f"{view.verdict}: "
    parts = [f"{view.run_name}: {verdict}{summary}", *[f"  {one}" for one in reasons]]
    parts += [text.ruled(header, rows)] if rows else []
    parts += [*errors, " · ".join(facts), *view.notes]
    return Bundle("\n".join(part for part in parts if part), html)


def restored_text(view: RestoredView) -> str:
    """Where a notebook was written, and what to know of it."""
    how = "Restored in place" if view.in_place else "Restored"
    return "\n".join([f"{how}: {view.path}", *view.notes])


def restored_bundle(view: RestoredView, here: Path) -> Bundle:
    """The same with a link, where the notebook is below the directory ``here``."""
    path = Path(view.path)
    if not path.is_relative_to(here):
        shown: object = view.path
    else:
        relative = path.relative_to(here).as_posix()
        shown = element("a", relative, href=quote(relative))
    how = "Restored in place: " if view.in_place else "Restored: "
    html = output(element("div", how, shown), *[line(note) for note in view.notes])
    return Bundle(restored_text(view), html)


def _title(name: str, verdict: str) -> Markup:
    color = _COLORS.get(verdict, _GREY)
    pill = element("span", verdict, class_="mltrack-pill", style=f"background:{color}")
    return element("div", name, pill, class_="mltrack-title")


def _telling(checks: Sequence[MetricCheckView]) -> list[MetricCheckView]:
    """What differs, and when nothing does, nothing: the summary says how many are the same."""
    return [check for check in checks if check.status not in ("same", "excluded")][:_MAX_ROWS]


def _metric_row(check: MetricCheckView) -> list[str]:
    by = _number(check.absolute)
    if isinstance(check.relative, float) and check.relative:
        by += f" ({check.relative:.2%})" if check.relative >= 1e-4 else f" ({check.relative:.1e})"
    if check.points != check.rerun_points:
        by = f"{check.points} → {check.rerun_points} points"
    key = text.cut(check.key, 60)
    if max(check.points, check.rerun_points) > 1 and check.step is not None:
        key += f", step {check.step}"
    return [key, check.status, _number(check.original), _number(check.rerun), by]


def _figure_row(check: FigureCheckView) -> list[str]:
    by = "" if check.difference is None else f"{check.difference:.3f} of 1"
    title = f"figure {text.cut(check.title, 50)}"
    return [title, check.status, check.original_digest[:8], check.rerun_digest[:8], by]


def _cause(cause: CauseView) -> str:
    return f"{cause.kind}: {cause.sentence}"


def _number(value: Number | None) -> str:
    return format_number(value, _DIGITS)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    head = element("thead", element("tr", *[element("th", name) for name in header]))
    body = [element("tr", *[element("td", shortened(cell, 70)) for cell in row]) for row in rows]
    return element("table", head, element("tbody", *body), class_="mltrack-table")
