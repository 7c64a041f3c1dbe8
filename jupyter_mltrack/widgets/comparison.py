"""Runs side by side: interactive where our extension is, a table and a picture everywhere else."""

from collections.abc import Sequence
from typing import Final

import msgspec

from jupyter_mltrack.entities.views import (
    CodeDifference,
    Comparison,
    MetricDifference,
    ParamDifference,
    RunView,
    SeriesView,
)
from jupyter_mltrack.query.judgement import is_object
from jupyter_mltrack.query.series import thin
from jupyter_mltrack.query.text import format_duration, format_number
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, folded, join, output, pairs, shortened
from jupyter_mltrack.widgets.picture import draw_comparison
from jupyter_mltrack.widgets.runs import cell_label, status_dot
from jupyter_mltrack.widgets.style import COLORS
from jupyter_mltrack.widgets.values import format_moment, format_numbers

COMPARISON_MIME: Final = "application/vnd.jupyter-mltrack.comparison.v1+json"
MAX_POINTS: Final = 12_000
"""Points of all series together that one output may hold; the notebook's file keeps them."""
MAX_DIFF: Final = 20_000
MAX_PARTIAL: Final = 8
"""Characters of code difference one output may hold."""
MAX_TEXT_RUNS: Final = 8


def comparison_bundle(comparison: Comparison) -> Bundle:
    """A comparison as our own MIME type, as static HTML with a picture, and as plain text."""
    data = msgspec.to_builtins(shrink(comparison))
    return Bundle(comparison_text(comparison), _html(comparison), {COMPARISON_MIME: data})


def shrink(comparison: Comparison) -> Comparison:
    """The same comparison in the size of an output: thinned curves, long code cut."""
    total = sum(len(one.steps) for one in comparison.series)
    series = comparison.series
    if total > MAX_POINTS:
        each = max(8, MAX_POINTS // len(series))
        series = [_thinned(one, each) for one in series[: MAX_POINTS // 8]]
    each_diff = MAX_DIFF // max(1, len(comparison.code))
    code = [_cut_diff(one, each_diff) for one in comparison.code]
    return msgspec.structs.replace(comparison, series=series, code=code)


def _thinned(series: SeriesView, points: int) -> SeriesView:
    kept = thin([float(value) for value in series.values], points)
    return msgspec.structs.replace(
        series,
        steps=[series.steps[i] for i in kept],
        times=[series.times[i] for i in kept],
        values=[series.values[i] for i in kept],
    )


def _cut_diff(code: CodeDifference, limit: int) -> CodeDifference:
    if len(code.diff) <= limit:
        return code
    kept = code.diff[:limit].rsplit("\n", 1)[0]
    return msgspec.structs.replace(code, diff=f"{kept}\n…")


def _html(comparison: Comparison) -> Markup:
    picture, pixels = draw_comparison(comparison)
    image = (
        element("img", src=picture, width=pixels, class_="mltrack-picture", alt="metrics")
        if picture
        else None
    )
    return output(
        element("div", comparison.summary, class_="mltrack-title"),
        _html_table(comparison),
        image,
        _html_partial(comparison),
        *_html_same(comparison),
        *[_html_diff(one, comparison.runs) for one in comparison.code if one.diff],
    )


def _html_table(comparison: Comparison) -> Markup:
    runs = comparison.runs
    head = element("thead", element("tr", element("th", ""), *map(_html_head, enumerate(runs))))
    metrics = [_metric_row(metric) for metric in _differing_metrics(comparison)]
    params = [_param_row(param) for param in _differing_params(comparison)]
    facts = [
        _row("cell", [_cell_text(run) for run in runs]),
        _row("started", [format_moment(run.start_time) for run in runs]),
        _row("time", [_duration(run) for run in runs]),
    ]
    body = [
        *_group("metrics that differ", metrics, len(runs)),
        *_group("params that differ", params, len(runs)),
        *_group("runs", facts, len(runs)),
    ]
    table = element("table", head, element("tbody", *body), class_="mltrack-table")
    return element("div", table, class_="mltrack-scroll")


def _html_head(numbered: tuple[int, RunView]) -> Markup:
    index, run = numbered
    color = COLORS[index % len(COLORS)]
    square = element("span", "", class_="mltrack-square", style=f"background:{color}")
    dot = status_dot(run.status) if run.status != "FINISHED" else None
    name = element("b", shortened(run.run_name, 22))
    run_id = element("span", run.run_id[:8], class_="mltrack-id", title=run.run_id)
    return element("th", square, dot, name, element("br"), run_id, class_="mltrack-number")


def _group(title: str, rows: Sequence[Markup], count: int) -> list[Markup]:
    if not rows:
        return []
    heading = element("th", title, class_="mltrack-heading mltrack-muted", colspan=count + 1)
    return [element("tr", heading), *rows]


def _metric_row(metric: MetricDifference) -> Markup:
    cells = []
    for index, value in enumerate(format_numbers(metric.values)):
        best = " mltrack-best" if metric.best == index else ""
        cells.append(element("td", value, class_="mltrack-number" + best))
    return element("tr", element("th", shortened(metric.key, 48), scope="row"), *cells)


def _param_row(param: ParamDifference) -> Markup:
    values: list[object] = [
        element("span", "—", class_="mltrack-muted") if value is None else shortened(value, 26)
        for value in param.values
    ]
    return _row(param.key, values, "")


def _row(name: str, values: Sequence[object], extra: str = " mltrack-muted") -> Markup:
    cells = [element("td", value, class_="mltrack-number" + extra) for value in values]
    return element("tr", element("th", shortened(name, 48), scope="row"), *cells)


def _cell_text(run: RunView) -> Markup:
    title = shortened(run.cell.title, 20) if run.cell else ""
    return join([cell_label(run), title], " ")


def _html_partial(comparison: Comparison) -> Markup | None:
    """What only some runs have, folded away."""
    partial = _partial_params(comparison)
    if not partial:
        return None
    table = element("table", element("tbody", *map(_param_row, partial)), class_="mltrack-table")
    return folded(f"only some have: {text.counted(len(partial), 'param')}", table)


def _html_same(comparison: Comparison) -> list[Markup]:
    """What is the same, folded away."""
    metrics = [metric for metric in comparison.metrics if not metric.differs]
    params = [param for param in comparison.params if not param.differs]
    named = [("metric", len(metrics)), ("param", len(params))]
    counts = [text.counted(count, noun) for noun, count in named if count]
    if not counts:
        return []
    rows: list[tuple[object, object]] = [(m.key, format_number(m.values[0])) for m in metrics]
    rows += [(shortened(p.key, 48), shortened(p.values[0] or "", 80)) for p in params]
    return [folded(f"the same in all: {' and '.join(counts)}", pairs(rows))]


def _html_diff(code: CodeDifference, runs: Sequence[RunView]) -> Markup:
    names = {run.run_id: run.run_name for run in runs}
    cut = _cut_diff(code, MAX_DIFF)
    lines = [_diff_line(one) for one in cut.diff.split("\n")]
    title = f"code: {names.get(code.base_run_id, '')} → {names.get(code.run_id, '')}"
    return folded(title, element("pre", *lines, class_="mltrack-code"))


def _diff_line(one: str) -> Markup:
    if one.startswith("+") and not one.startswith("+++"):
        return element("span", one, class_="mltrack-add")
    if one.startswith("-") and not one.startswith("---"):
        return element("span", one, class_="mltrack-del")
    return join([one + "\n"])


def _differing_metrics(comparison: Comparison) -> list[MetricDifference]:
    return [metric for metric in comparison.metrics if metric.differs]


def _differing_params(comparison: Comparison) -> list[ParamDifference]:
    """Params that differ, without objects written out: their own params say the same shorter."""
    partial = _partial_params(comparison)
    differing = [param for param in comparison.params if param.differs and param not in partial]
    return [param for param in differing if not is_object(param.values)] or differing


def _partial_params(comparison: Comparison) -> list[ParamDifference]:
    """Params only some runs have, when they are many: runs of different models share few."""
    partial = [param for param in comparison.params if None in param.values]
    return partial if len(partial) > MAX_PARTIAL else []


def _duration(run: RunView) -> str:
    return format_duration(None if run.end_time is None else run.end_time - run.start_time)


def comparison_text(comparison: Comparison) -> str:
    """What differs between runs, as a table of text."""
    runs = comparison.runs[:MAX_TEXT_RUNS]
    header = ["", *[text.cut(run.run_name, 24) for run in runs]]
    rows = [["", *[run.run_id[:8] for run in runs]]]
    for metric in _differing_metrics(comparison):
        values = [
            value + ("*" if metric.best == index else " ")
            for index, value in enumerate(format_numbers(metric.values[: len(runs)]))
        ]
        rows.append([text.cut(metric.key, 48), *values])
    for param in _differing_params(comparison):
        values = ["—" if value is None else text.cut(value, 24) for value in param.values]
        rows.append([text.cut(param.key, 48), *[f"{v} " for v in values[: len(runs)]]])
    rows.append(["time", *[f"{_duration(run)} " for run in runs]])
    table = text.ruled(header, rows, numeric=range(1, len(runs) + 1))
    more = len(comparison.runs) - len(runs)
    rest = f"… and {more} more runs" if more > 0 else ""
    same = [metric.key for metric in comparison.metrics if not metric.differs]
    same += [param.key for param in comparison.params if not param.differs]
    names = ", ".join(same[:6]) + (f" and {len(same) - 6} more" if len(same) > 6 else "")
    same_line = f"the same: {names}" if same else ""
    partial = len(_partial_params(comparison))
    partial_line = f"only some have: {partial} params" if partial else ""
    return "\n".join(filter(None, [comparison.summary, table, rest, partial_line, same_line]))
