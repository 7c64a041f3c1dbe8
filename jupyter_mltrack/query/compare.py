"""Two or more runs side by side: what differs, which is best, the curves, the code."""

import difflib
import math
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
from jupyter_mltrack.query.judgement import greater_is_better, interest, is_object, rank
from jupyter_mltrack.query.series import get_series
from jupyter_mltrack.query.text import format_number
from jupyter_mltrack.store.contract import ReadStore

MAX_RUNS: Final = 100
MAX_SERIES_POINTS: Final = 300


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
    return sorted(
        found,
        key=lambda param: (not param.differs, None in param.values, is_object(param.values)),
    )


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
    return sorted(
        found,
        key=lambda metric: (not metric.differs, rank(metric.key), metric.values.count(None)),
    )


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
        return f"{_what_changed(metrics)}: {_why(views, params, code)}."
    sentences = []
    best = next((metric for metric in metrics if metric.best is not None), None)
    if best is not None and best.best is not None:
        value = best.values[best.best]
        ties = best.values.count(value)
        who = f"{views[best.best].run_name} has" if ties == 1 else f"{ties} runs have"
        sentences.append(f"{who} the best {best.key} ({format_number(value)})")
    differing = [param.key for param in params if _is_setting(param)]
    models = _models(views)
    if len(set(models)) > 1:
        differing.insert(0, "model")
    sentences.append(
        f"{_listed(differing)} differ{'s' if len(differing) == 1 else ''}"
        if differing
        else "the params they share are the same"
    )
    return "; ".join(sentences) + "."


def _what_changed(metrics: Sequence[MetricDifference]) -> str:
    shared = [metric for metric in metrics if None not in metric.values]
    if not shared:
        return "no metric in common"
    level = min(interest(metric.key) for metric in shared)
    telling = [metric for metric in shared if interest(metric.key) == level]
    changed = next((metric for metric in telling if metric.differs), None)
    if changed is None:
        return f"{telling[0].key} the same"
    old, new = (float(value) for value in changed.values if value is not None)
    difference = new - old
    sign = "+" if difference >= 0 else "-"
    return f"{changed.key} {sign}{format_number(abs(difference))}"


def _why(
    views: Sequence[RunView], params: Sequence[ParamDifference], code: Sequence[CodeDifference]
) -> str:
    reasons = []
    old, new = _models(views)
    if old != new:
        reasons.append(f"{old or 'no model'} → {new or 'no model'}")
    reasons += [
        f"{param.key} {_cut(param.values[0])} → {_cut(param.values[1])}"
        for param in params
        if _is_setting(param)
    ]
    if code and code[0].diff:
        reasons.append("the code changed")
    return _listed(reasons) if reasons else "params and code the same"


def _is_setting(param: ParamDifference) -> bool:
    return param.differs and None not in param.values and not is_object(param.values)


def _models(views: Sequence[RunView]) -> list[str]:
    return [view.tags.get("estimator_name", "") for view in views]


def _cut(value: str | None) -> str:
    value = value or ""
    return value if len(value) <= 40 else value[:39] + "…"


def _listed(words: Sequence[str]) -> str:
    words = [*words[:4], "…"] if len(words) > 5 else list(words)
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
