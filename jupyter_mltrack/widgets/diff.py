"""What changed between two runs, or since a run: a sentence, tables, the lines of code, plots."""

from collections.abc import Mapping, Sequence
from typing import Final

from jupyter_mltrack.entities import Number
from jupyter_mltrack.entities.diff_views import (
    CellDiff,
    DatasetDiff,
    MetricChange,
    PlotDiff,
    RunDiff,
    ValueDiff,
)
from jupyter_mltrack.entities.views import PlotView, RunView
from jupyter_mltrack.query.text import format_number
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, folded, join, line, output, shortened
from jupyter_mltrack.widgets.style import COLORS
from jupyter_mltrack.widgets.values import format_moment, format_numbers

SAME: Final = "same"
MAX_CELLS: Final = 40
MAX_ROWS: Final = 200
_MARKS: Final = {"changed": "~", "added": "+", "removed": "-", "unknown": "?", "same": " "}


def diff_card(diff: RunDiff, pictures: Mapping[str, str]) -> Bundle:
    """A diff as HTML and as text; ``pictures`` are data URIs by digest."""
    return Bundle(diff_text(diff), _html(diff, pictures))


def _html(diff: RunDiff, pictures: Mapping[str, str]) -> Markup:
    cells = diff.executed or diff.notebook
    rest = diff.notebook if diff.executed else []
    return output(
        element("div", diff.summary, class_="mltrack-title"),
        _heading(diff),
        *[line(note) for note in diff.notes],
        _metrics(diff),
        _values("params", diff.params, diff),
        _data(diff),
        _code(cells, "what made them" if diff.executed else "the notebook"),
        _rest_of_notebook(rest, cells),
        _plots(diff, pictures),
        _values("environment", diff.environment, diff),
        _packages(diff),
    )


def _heading(diff: RunDiff) -> Markup:
    second = (
        _run(diff.run, 1) if diff.run else join([_square(1), diff.path or "the notebook", " now"])
    )
    return line(join([_run(diff.base, 0), second], " → "))


def _run(run: RunView, index: int) -> Markup:
    run_id = element("span", run.run_id[:8], class_="mltrack-id", title=run.run_id)
    name = element("b", shortened(run.run_name, 40))
    return join([join([_square(index), name]), run_id, format_moment(run.start_time)], " ")


def _square(index: int) -> Markup:
    return element("span", "", class_="mltrack-square", style=f"background:{COLORS[index]}")


def _section(title: str) -> Markup:
    return element("div", title, class_="mltrack-section")


def _table(head: Sequence[object], rows: Sequence[Markup]) -> Markup:
    top = element("tr", *[element("th", one, class_="mltrack-number") for one in head])
    table = element("table", element("thead", top), element("tbody", *rows), class_="mltrack-table")
    return element("div", table, class_="mltrack-scroll")


def _heads(diff: RunDiff) -> list[object]:
    names = _names(diff, 22)
    return [join([_square(index), name]) for index, name in enumerate(names)]


def _names(diff: RunDiff, limit: int) -> list[str]:
    """The names over two columns; ids where they would read the same."""
    if diff.run is None:
        return [text.cut(diff.base.run_name, limit), text.cut(diff.path or "now", limit)]
    names = [text.cut(run.run_name, limit) for run in (diff.base, diff.run)]
    return names if names[0] != names[1] else [diff.base.run_id[:8], diff.run.run_id[:8]]


def _metrics(diff: RunDiff) -> Markup | None:
    shown = [metric for metric in diff.metrics if metric.status != SAME][:MAX_ROWS]
    same = len(diff.metrics) - len(shown)
    if not diff.metrics:
        return None
    table = _table(["", *_heads(diff), "change", ""], [_metric(metric) for metric in shown])
    return join([_section("metrics"), table if shown else None, _count(same, "metric")])


def _metric(metric: MetricChange) -> Markup:
    base, run = format_numbers([metric.base, metric.run])
    color = {True: " mltrack-good", False: " mltrack-bad", None: ""}[metric.is_better]
    return element(
        "tr",
        element("th", shortened(metric.key, 48), scope="row"),
        _number(base or "—"),
        _number(run or "—"),
        element("td", signed(metric.difference), class_=f"mltrack-number{color}"),
        element("td", percent(metric.relative), class_="mltrack-number mltrack-muted"),
    )


def _number(value: object) -> Markup:
    return element("td", value, class_="mltrack-number")


def signed(number: float | None) -> str:
    """A difference with its sign; nothing for one that is not known."""
    if number is None:
        return ""
    return ("+" if number >= 0 else "-") + format_number(abs(number))


def percent(relative: float | None) -> str:
    """A relative change in percent, with its sign."""
    return "" if relative is None else f"{100 * relative:+.3g} %"


def _values(title: str, values: Sequence[ValueDiff], diff: RunDiff) -> Markup | None:
    shown = [value for value in values if value.status != SAME][:MAX_ROWS]
    if not values:
        return None
    rows = [
        element(
            "tr",
            element("th", shortened(value.key, 48), scope="row"),
            _number(_or_dash(value.base)),
            _number(_or_dash(value.run)),
        )
        for value in shown
    ]
    table = _table(["", *_heads(diff)], rows) if rows else None
    return join([_section(title), table, _count(len(values) - len(shown), "")])


def _or_dash(value: str | None) -> Markup:
    if value is None:
        return element("span", "—", class_="mltrack-muted")
    return shortened(value, 32)


def _count(same: int, noun: str) -> Markup | None:
    if not same:
        return None
    return line(f"the same: {text.counted(same, noun) if noun else same}")


def _data(diff: RunDiff) -> Markup | None:
    if not diff.datasets:
        return None
    rows = [
        element(
            "tr",
            element("th", " ".join(filter(None, [data.name, data.context])), scope="row"),
            _number(describe_data(data.base, data.base_shape)),
            _number(describe_data(data.run, data.shape)),
            element("td", data_status(data), class_="mltrack-muted"),
        )
        for data in diff.datasets[:MAX_ROWS]
    ]
    return join([_section("data"), _table(["", *_heads(diff), ""], rows)])


def describe_data(digest: str | None, shape: str) -> str:
    """Data by its shape and the beginning of its digest."""
    return "—" if digest is None else " ".join(filter(None, [shape, digest[:8]]))


def data_status(data: DatasetDiff) -> str:
    """Whether it is the same, as far as was looked."""
    return f"{data.status}, as far as it was sampled" if data.sampled else data.status


def _code(cells: Sequence[CellDiff], title: str) -> Markup | None:
    if not cells:
        return None
    shown = [cell for cell in cells if _is_shown(cell)]
    parts = [_cell(cell) for cell in shown[:MAX_CELLS]]
    if len(shown) > MAX_CELLS:
        parts.append(line(f"… and {len(shown) - MAX_CELLS} more cells"))
    return join([_section(f"code: {title}"), *parts, _count(len(cells) - len(shown), "cell")])


def _is_shown(cell: CellDiff) -> bool:
    return cell.status != SAME or cell.moved


def _cell(cell: CellDiff) -> Markup:
    head = join(
        [element("b", cell_name(cell)), shortened(cell.title, 60), *cell_words(cell)], " · "
    )
    if not cell.diff:
        return element("div", line(head), class_="mltrack-cell")
    lines = [_code_line(one) for one in code_lines(cell)]
    code = element("pre", *lines, class_="mltrack-code")
    return element("div", line(head), code, class_="mltrack-cell")


def cell_name(cell: CellDiff) -> str:
    """``cell 7``; both numbers where they differ."""
    numbers = [n for n in dict.fromkeys([cell.base_number, cell.number]) if n is not None]
    noun = "cell" if cell.cell_type == "code" else "text"
    return " ".join([noun, " → ".join(map(str, numbers))]).strip()


def cell_words(cell: CellDiff) -> list[str]:
    """What happened to a cell, in words."""
    words = [] if cell.status in (SAME, "changed") else [cell.status]
    if cell.status == "unknown":
        words = ["private, not compared"]
    words += ["moved"] if cell.moved else []
    phrases = ["…" if phrase == "more" else phrase for phrase in cell.phrases]
    return words + ([", ".join(phrases)] if phrases else [])


def code_lines(cell: CellDiff) -> list[str]:
    """The lines of its diff, without the mark of where when there is one place alone."""
    lines = cell.diff.split("\n") if cell.diff else []
    marks = [one for one in lines if one.startswith("@@")]
    return [one for one in lines if one not in marks] if len(marks) == 1 else lines


def _code_line(one: str) -> Markup:
    kind = {"+": "mltrack-add", "-": "mltrack-del", "@": "mltrack-muted"}.get(one[:1])
    if kind == "mltrack-muted":
        return join([element("span", one, class_=kind), "\n"])
    return element("span", one, class_=kind) if kind else join([one, "\n"])


def _rest_of_notebook(rest: Sequence[CellDiff], executed: Sequence[CellDiff]) -> Markup | None:
    """Changes in the notebook that are not among those that ran."""
    ran = {(cell.base_cell_id, cell.cell_id) for cell in executed}
    others = [
        cell for cell in rest if _is_shown(cell) and (cell.base_cell_id, cell.cell_id) not in ran
    ]
    if not others:
        return None
    title = f"elsewhere in the notebook: {text.counted(len(others), 'cell')}"
    return folded(title, *[_cell(cell) for cell in others[:MAX_CELLS]])


def _plots(diff: RunDiff, pictures: Mapping[str, str]) -> Markup | None:
    if not diff.plots:
        return None
    shown = [plot for plot in diff.plots if plot.status != SAME]
    parts = [_plot(plot, diff, pictures) for plot in shown]
    return join([_section("plots"), *parts, _count(len(diff.plots) - len(shown), "plot")])


def _plot(plot: PlotDiff, diff: RunDiff, pictures: Mapping[str, str]) -> Markup:
    sides = [
        _figure(view, run.run_name, index, pictures)
        for index, (view, run) in enumerate(((plot.base, diff.base), (plot.run, diff.run)))
        if run is not None
    ]
    head = line(join([element("b", shortened(plot.title, 60)), plot.status], " · "))
    return element("div", head, element("div", *sides, class_="mltrack-beside"))


def _figure(view: PlotView | None, name: str, index: int, pictures: Mapping[str, str]) -> Markup:
    caption = element("figcaption", _square(index), shortened(name, 30))
    if view is None:
        return element("figure", caption, element("span", "—", class_="mltrack-muted"))
    source = pictures.get(view.digest)
    if source is None:
        return element("figure", caption, line("not shown: it is too large or no longer kept"))
    return element("figure", caption, element("img", src=source, alt=view.title))


def _packages(diff: RunDiff) -> Markup | None:
    shown = [one for one in diff.packages if one.status != SAME]
    if not diff.packages:
        return None
    same = len(diff.packages) - len(shown)
    if not shown:
        return join([_section("packages"), line(f"the same: all {same}")])
    rows = [
        element(
            "tr",
            element("th", one.key, scope="row"),
            _number(_or_dash(one.base)),
            _number(_or_dash(one.run)),
        )
        for one in shown[:MAX_ROWS]
    ]
    title = f"packages: {len(shown)} differ, {same} the same"
    return folded(title, _table(["", *_heads(diff)], rows))


def diff_text(diff: RunDiff) -> str:
    """A diff as plain text."""
    names = _names(diff, 24)
    ids = [f"{run.run_name} ({run.run_id[:8]})" for run in (diff.base, diff.run) if run]
    parts = [diff.summary, " → ".join([*ids, *([] if diff.run else [names[1]])]), *diff.notes]
    parts += [_metrics_text(diff, names), _values_text("params", diff.params, names)]
    parts += [_data_text(diff.datasets), _code_text(diff.executed or diff.notebook)]
    parts += [_plots_text(diff.plots), _values_text("environment", diff.environment, names)]
    parts += [_values_text("packages", diff.packages, names)]
    return "\n".join(part for part in parts if part)


def _metrics_text(diff: RunDiff, names: Sequence[str]) -> str:
    shown = [metric for metric in diff.metrics if metric.status != SAME][:MAX_ROWS]
    if not shown:
        return ""
    rows = [
        [
            text.cut(metric.key, 48),
            *(_or_nothing(value) for value in (metric.base, metric.run)),
            signed(metric.difference),
            percent(metric.relative),
        ]
        for metric in shown
    ]
    header = ["metrics", *names, "change", ""]
    return "\n" + text.ruled(header, rows, numeric=range(1, 5))


def _or_nothing(value: Number | None) -> str:
    return format_number(value) or "—"


def _values_text(title: str, values: Sequence[ValueDiff], names: Sequence[str]) -> str:
    shown = [value for value in values if value.status != SAME][:MAX_ROWS]
    if not shown:
        return ""
    rows = [
        [text.cut(one.key, 48), *[text.cut(v or "—", 32) for v in (one.base, one.run)]]
        for one in shown
    ]
    header = [title, *names]
    return "\n" + text.ruled(header, rows, numeric=range(1, 3))


def _data_text(datasets: Sequence[DatasetDiff]) -> str:
    lines = [
        f"  {data.name}: {data_status(data)}"
        + (f" ({data.base_shape} → {data.shape})" if data.base_shape != data.shape else "")
        for data in datasets[:MAX_ROWS]
    ]
    return "\n".join(["", "data", *lines]) if lines else ""


def _code_text(cells: Sequence[CellDiff]) -> str:
    lines = []
    for cell in [cell for cell in cells if _is_shown(cell)][:MAX_CELLS]:
        words = " · ".join([cell_name(cell), text.cut(cell.title, 60), *cell_words(cell)])
        lines += [f"{_MARKS[cell.status]} {words}"]
        lines += [f"    {one}" for one in code_lines(cell)]
    return "\n".join(["", "code", *lines]) if lines else ""


def _plots_text(plots: Sequence[PlotDiff]) -> str:
    lines = [f"  {plot.title}: {plot.status}" for plot in plots if plot.status != SAME]
    return "\n".join(["", "plots", *lines]) if lines else ""
