"""Two or more runs side by side: what differs, which is best, the curves, the code."""

import difflib
import math
import re
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.entities import Number
from jupyter_mltrack.entities.views import (
    CodeDifference,
    Comparison,
    MetricDifference,
    ParamDifference,
    RunView,
    SeriesView,
)
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import runs as run_queries
from jupyter_mltrack.query.series import get_series
from jupyter_mltrack.query.text import format_number
from jupyter_mltrack.store.contract import ReadStore

MAX_RUNS: Final = 100
MAX_SERIES_POINTS: Final = 300

_GREATER: Final = re.compile(
    r"accuracy|auc|precision|recall|f1|fbeta|r2|score|jaccard|iou|dice|bleu|rouge|ndcg|map\b|gain|"
    r"kappa|mcc|likelihood|explained_variance|reward|silhouette|(^|_)acc(_|$)"
)
_SMALLER: Final = re.compile(
    r"loss|error|mse|mae|rmse|mape|deviance|perplexity|brier|hinge|hamming|time|duration|seconds|"
    r"latency|memory|bytes|inertia|distance|cost|rank|fail"
)


def greater_is_better(metric: str) -> bool | None:
    """Whether more of a metric is better, by its name; None when the name does not tell."""
    name = metric.lower()
    if name.startswith(("neg_", "test_neg_")) or "neg_" in name:
        return True
    if _SMALLER.search(name):
        return False
    return True if _GREATER.search(name) else None


def compare_runs(store: ReadStore, run_ids: Sequence[str]) -> Comparison:
    """Compare runs.

    Raises
    ------
    InvalidParameterValue
        Fewer than two different runs, or more than 100.
    ResourceDoesNotExist
        A run is unknown.
    """
    run_ids = list(dict.fromkeys(run_ids))
    if not 2 <= len(run_ids) <= MAX_RUNS:
        raise InvalidParameterValue(
            f"Choose between 2 and {MAX_RUNS} different runs to compare, not {len(run_ids)}."
        )
    views = run_queries.get_run_views(store, run_ids)
    if len(views) < len(run_ids):
        missing = set(run_ids) - {view.run_id for view in views}
        raise ResourceDoesNotExist(f"There is no run with id {sorted(missing)[0]!r}.")
    params = _compare_params(views)
    metrics = _compare_metrics(views)
    code = _compare_code(store, views)
    return Comparison(
        runs=views,
        summary=_summarise(views, params, metrics, code),
        params=params,
        metrics=metrics,
        series=_read_series(store, views),
        plots=[run_queries.get_run_plots(store, view.run_id) for view in views],
        code=code,
    )


def _compare_params(views: Sequence[RunView]) -> list[ParamDifference]:
    keys = dict.fromkeys(key for view in views for key in view.params)
    found = []
    for key in keys:
        values = [view.params.get(key) for view in views]
        found.append(ParamDifference(key=key, values=values, differs=len(set(values)) > 1))
    return sorted(found, key=lambda param: not param.differs)


def _compare_metrics(views: Sequence[RunView]) -> list[MetricDifference]:
    keys = dict.fromkeys(key for view in views for key in view.metrics)
    found = []
    for key in keys:
        values = [view.metrics[key].last if key in view.metrics else None for view in views]
        better = greater_is_better(key)
        found.append(
            MetricDifference(
                key=key,
                values=values,
                differs=len(set(values)) > 1,
                greater_is_better=better,
                best=_best(values, better),
            )
        )
    return sorted(found, key=lambda metric: not metric.differs)


def _best(values: Sequence[Number | None], better: bool | None) -> int | None:
    if better is None:
        return None
    known = {
        index: float(value)
        for index, value in enumerate(values)
        if value is not None and not math.isnan(float(value))
    }
    if len(set(known.values())) < 2:
        return None
    choose = max if better else min
    return choose(known, key=known.__getitem__)


def _read_series(store: ReadStore, views: Sequence[RunView]) -> list[SeriesView]:
    return [
        get_series(store, view.run_id, key, MAX_SERIES_POINTS)
        for view in views
        for key, summary in view.metrics.items()
        if summary.count > 1
    ]


def _compare_code(store: ReadStore, views: Sequence[RunView]) -> list[CodeDifference]:
    base, *others = views
    source = _source(store, base)
    return [
        CodeDifference(
            base_run_id=base.run_id,
            run_id=view.run_id,
            diff=_diff(source, _source(store, view), base.run_name, view.run_name),
        )
        for view in others
    ]


def _source(store: ReadStore, view: RunView) -> str:
    """The cells of the run's notebook in order; if unknown, the cell that made the run."""
    if view.cell is None:
        return ""
    if view.cell.revision:
        try:
            revision = store.get_revision(view.cell.revision)
        except ResourceDoesNotExist:
            pass
        else:
            code = [cell for cell in revision.cells if cell.cell_type == "code"]
            return "\n\n".join(f"# [{i}]\n{cell.source}" for i, cell in enumerate(code, 1))
    cells = store.list_cell_executions([view.cell.execution_id])
    return cells[0].source if cells else ""


def _diff(old: str, new: str, old_name: str, new_name: str) -> str:
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), old_name, new_name, lineterm=""
    )
    return "\n".join(lines)


def _summarise(
    views: Sequence[RunView],
    params: Sequence[ParamDifference],
    metrics: Sequence[MetricDifference],
    code: Sequence[CodeDifference],
) -> str:
    if len(views) == 2:
        return _summarise_two(params, metrics, code)
    sentences = []
    best = next((metric for metric in metrics if metric.best is not None), None)
    if best is not None and best.best is not None:
        value = format_number(best.values[best.best])
        sentences.append(f"{views[best.best].run_name} has the best {best.key} ({value})")
    differing = [param.key for param in params if param.differs]
    sentences.append(f"{_listed(differing)} differ" if differing else "all params are the same")
    return "; ".join(sentences) + "."


def _summarise_two(
    params: Sequence[ParamDifference],
    metrics: Sequence[MetricDifference],
    code: Sequence[CodeDifference],
) -> str:
    what = next((_change_of(metric) for metric in metrics if metric.differs), "metrics the same")
    why = [
        f"{param.key} {_or_absent(param.values[0])} → {_or_absent(param.values[1])}"
        for param in params
        if param.differs
    ]
    if code and code[0].diff:
        why.append("the code changed")
    reason = _listed(why[:4]) if why else "params and code the same"
    return f"{what}: {reason}."


def _change_of(metric: MetricDifference) -> str:
    old, new = metric.values
    if old is None or new is None:
        return f"{metric.key} only in one"
    difference = float(new) - float(old)
    sign = "+" if difference >= 0 else "-"
    return f"{metric.key} {sign}{format_number(abs(difference))}"


def _or_absent(value: str | None) -> str:
    if value is None:
        return "absent"
    return value if len(value) <= 40 else value[:39] + "…"


def _listed(words: Sequence[str]) -> str:
    words = [*words[:4], "…"] if len(words) > 5 else list(words)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
