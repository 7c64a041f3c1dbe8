"""Runs as a table."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from jupyter_mltrack.entities.views import RunView
from jupyter_mltrack.query.judgement import COST, greater_is_better, interest, rank
from jupyter_mltrack.query.text import format_duration, format_time
from jupyter_mltrack.widgets import text
from jupyter_mltrack.widgets.bundle import Bundle
from jupyter_mltrack.widgets.html import Markup, element, line, output, shortened
from jupyter_mltrack.widgets.style import STATUS_COLORS
from jupyter_mltrack.widgets.values import format_moment, format_numbers, is_number

MAX_METRICS: Final = 3
MAX_PARAMS: Final = 3
MANY: Final = 2
_SHORT: Final = 16
_NOISE: Final = ("verbose", "n_jobs")  # never why one run is better than another
_STATUS_MARKS: Final = {"RUNNING": "▶", "FINISHED": "✓", "FAILED": "✗", "KILLED": "■"}


class Columns(msgspec.Struct, frozen=True):
    """Which metrics (with each run's value as text) and params a table shows.

    ``best`` has the indices of the best runs of a metric: several when they are equal.
    """

    metrics: dict[str, list[str]]
    params: list[str]
    best: dict[str, set[int]]


def runs_table(
    runs: Sequence[RunView],
    *,
    caption: str = "",
    hint: str = "",
    order_by: Sequence[str] = (),
) -> Bundle:
    """Runs as a table, children under their parents unless an order was asked for."""
    title = text.counted(len(runs), "run")
    heading = [element("b", title), caption]
    if not runs:
        plain = "\n".join(filter(None, [f"No runs. {caption}".strip(), hint]))
        return Bundle(plain, output(line(element("b", "No runs"), caption), line(hint)))
    if not order_by:
        runs = families(runs)
    columns = choose_columns(runs, order_by)
    top = " · ".join(filter(None, [title, caption]))
    plain = "\n".join(filter(None, [top, _text_table(runs, columns), hint]))
    return Bundle(plain, output(line(*heading), _html_table(runs, columns), line(hint)))


def families(runs: Sequence[RunView]) -> list[RunView]:
    """The same runs, each child moved right below its parent when that is among them."""
    present = {run.run_id for run in runs}
    children: dict[str, list[RunView]] = {}
    for run in runs:
        parent = run.parent_run_id if run.parent_run_id in present else ""
        children.setdefault(parent, []).append(run)
    ordered: list[RunView] = []
    waiting = list(reversed(children.pop("", [])))
    while waiting:
        run = waiting.pop()
        ordered.append(run)
        waiting += reversed(children.pop(run.run_id, []))
    # Parents that name each other would otherwise be lost.
    return ordered + [run for group in children.values() for run in group]


def choose_columns(runs: Sequence[RunView], order_by: Sequence[str] = ()) -> Columns:
    """Metrics asked for or held out (else of training), and params that differ."""
    # The tries of a search have metrics of their own, and are many: the runs above them decide.
    above = [run for run in runs if not run.parent_run_id] or list(runs)
    metrics = _choose_metrics(above, " ".join(order_by))
    params = dict.fromkeys(key for run in above for key in run.params)
    differing = [
        key
        for key in params
        if not key.endswith(_NOISE) and len({run.params.get(key) for run in above}) > 1
    ]
    shown = _telling(above, differing)
    best = {key: _best(runs, key) for key in metrics}
    values = {
        key: format_numbers([run.metrics[key].last if key in run.metrics else None for run in runs])
        for key in metrics
    }
    return Columns(values, shown[:MAX_PARAMS], best)


def _choose_metrics(runs: Sequence[RunView], asked: str) -> list[str]:
    """Metrics asked for, then the most telling of those that many cells have runs with.

    ``guessColumns`` of ``labextension/src/compute/order.ts`` chooses alike.
    """
    counts = _count_metrics(runs)
    most = max((count for key, count in counts.items() if interest(key) < COST), default=0)
    common = [key for key, count in counts.items() if 2 * count >= most]
    # Others than the first kind would only push the params out of sight.
    first = min((interest(key) for key in common), default=0)
    wanted = [key for key in counts if key in asked]
    wanted += [key for key in common if key not in asked and interest(key) == first]
    chosen: dict[tuple[str, ...], str] = {}
    for key in sorted(wanted, key=lambda key: (key not in asked, rank(key), -counts[key])):
        values = tuple(str(run.metrics[key].last) if key in run.metrics else "" for run in runs)
        # The accuracy and the score of a classifier, say: one number under two names.
        same = (key,) if key in asked or len(runs) < MANY else values
        chosen.setdefault(same, key)
    return list(chosen.values())[:MAX_METRICS]


def _count_metrics(runs: Sequence[RunView]) -> dict[str, float]:
    """In how many cells runs have a metric; in a cell where not all have it, their share of one.

    Counted by runs, those of one long loop would outvote all others.
    """
    cells = [run.cell.execution_id if run.cell else run.run_id for run in runs]
    sizes = Counter(cells)
    having = Counter(
        (key, cell) for run, cell in zip(runs, cells, strict=True) for key in run.metrics
    )
    counts: dict[str, float] = {}
    for (key, cell), count in having.items():
        counts[key] = counts.get(key, 0) + count / sizes[cell]
    return counts


def status_dot(status: str) -> Markup:
    """The status as a coloured dot, named in its tooltip."""
    color = STATUS_COLORS.get(status, "#808080")
    return element("span", "", class_="mltrack-dot", style=f"background:{color}", title=status)


def cell_label(run: RunView) -> str:
    """The execution count of the cell that made the run, such as ``[12]``."""
    if run.cell is None or run.cell.execution_count is None:
        return ""
    return f"[{run.cell.execution_count}]"


def _moment(run: RunView) -> Markup:
    return element("span", format_moment(run.start_time), title=format_time(run.start_time))


def _telling(runs: Sequence[RunView], keys: Sequence[str]) -> list[str]:
    """Params with the most different values first; objects written out only without others.

    None is mostly a default, so that values count before it does.
    """
    values = {key: [run.params[key] for run in runs if key in run.params] for key in keys}
    short = [
        key
        for key in keys
        if all(len(value) <= _SHORT or is_number(value) for value in values[key])
    ]
    # One that differs only in that some runs do not have it tells their kinds apart, not them.
    differing = [key for key in short or keys if len(set(values[key])) > 1]

    def variety(key: str) -> tuple[int, int, int]:
        different = set(values[key])
        return -len(different - {"None"}), -len(different), -len(values[key])

    return sorted(differing or short or keys, key=variety)


def _best(runs: Sequence[RunView], key: str) -> set[int]:
    better = greater_is_better(key)
    values = [
        (float(run.metrics[key].last), index)
        for index, run in enumerate(runs)
        if key in run.metrics
    ]
    values = [pair for pair in values if pair[0] == pair[0]]
    if better is None or len({value for value, _ in values}) < 2:
        return set()
    best = (max if better else min)(value for value, _ in values)
    return {index for value, index in values if value == best}


def _is_child(run: RunView, runs: Sequence[RunView]) -> bool:
    return any(other.run_id == run.parent_run_id for other in runs)


def _html_table(runs: Sequence[RunView], columns: Columns) -> Markup:
    plain = element("th", "", class_="mltrack-heading", colspan=4)
    groups = [plain]
    for name, keys in (("metrics", columns.metrics), ("params", columns.params)):
        if keys:
            class_ = "mltrack-heading mltrack-group"
            groups.append(element("th", name, class_=class_, colspan=len(keys)))
    names = [element("th", name) for name in ("run", "cell", "started")]
    names.append(element("th", "time", class_="mltrack-number"))
    names += [
        element("th", shortened(key, 22), class_=_class(i, "mltrack-number"))
        for i, key in enumerate(columns.metrics)
    ]
    names += [
        element("th", shortened(key, 22), class_=_class(i, ""))
        for i, key in enumerate(columns.params)
    ]
    head = element("thead", element("tr", *groups), element("tr", *names))
    body = element("tbody", *[_html_row(i, runs, columns) for i in range(len(runs))])
    table = element("table", head, body, class_="mltrack-table")
    return element("div", table, class_="mltrack-scroll")


def _html_row(index: int, runs: Sequence[RunView], columns: Columns) -> Markup:
    run = runs[index]
    name = [
        element("span", "↳ ", class_="mltrack-muted") if _is_child(run, runs) else None,
        status_dot(run.status),
        shortened(run.run_name, 30),
        " ",
        element("span", run.run_id[:8], class_="mltrack-id", title=run.run_id),
    ]
    title = shortened(run.cell.title, 26) if run.cell else ""
    cell = [element("span", cell_label(run), class_="mltrack-id"), " ", title]
    duration = None if run.end_time is None else run.end_time - run.start_time
    cells = [
        element("th", *name, scope="row"),
        element("td", *cell, class_="mltrack-muted"),
        element("td", _moment(run), class_="mltrack-muted"),
        element("td", format_duration(duration), class_="mltrack-number mltrack-muted"),
    ]
    for i, key in enumerate(columns.metrics):
        best = " mltrack-best" if index in columns.best[key] else ""
        value = columns.metrics[key][index]
        cells.append(element("td", value, class_=_class(i, "mltrack-number" + best)))
    cells += [
        element("td", shortened(run.params.get(key, ""), 24), class_=_class(i, ""))
        for i, key in enumerate(columns.params)
    ]
    return element("tr", *cells)


def _class(index: int, name: str) -> str | None:
    return " ".join(filter(None, ["mltrack-group" if index == 0 else "", name])) or None


def _text_table(runs: Sequence[RunView], columns: Columns) -> str:
    header = ["", "run", "id", "cell", "started", "time"]
    header += [text.cut(key, 24) for key in (*columns.metrics, *columns.params)]
    rows = []
    for index, run in enumerate(runs):
        duration = None if run.end_time is None else run.end_time - run.start_time
        name = ("↳ " if _is_child(run, runs) else "") + text.cut(run.run_name, 32)
        row = [_STATUS_MARKS.get(run.status, "·"), name, run.run_id[:8], cell_label(run)]
        row += [format_moment(run.start_time), format_duration(duration)]
        for key in columns.metrics:
            mark = "*" if index in columns.best[key] else " "
            row.append(columns.metrics[key][index] + mark)
        row += [text.cut(run.params.get(key, ""), 20) for key in columns.params]
        rows.append(row)
    return text.ruled(header, rows, numeric=range(5, 6 + len(columns.metrics)))
