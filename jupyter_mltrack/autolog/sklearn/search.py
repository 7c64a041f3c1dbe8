"""A search (``GridSearchCV`` and its kind): best params on the run, candidates as child runs."""

import csv
import io
import numbers
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.sklearn.params import deep_params, shallow_params
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems


def record_search(record: FitRecord) -> None:
    """Record what a search found; nothing of another fit."""
    if record.is_search:
        record.notes += log_search(record.run, record.estimator, record.params)


def log_search(run: ActiveRun, search: Any, params: dict[str, Any]) -> list[str]:
    """Record what a fitted search found; returns notes for the run."""
    results: dict[str, Any] = search.cv_results_
    fitted = vars(search)
    with problems.caught("logging the best of a search"):
        best = {f"best_{key}": describe(value) for key, value in _best_params(fitted).items()}
        _log_acceptable(run, best)
        if isinstance(fitted.get("best_score_"), numbers.Real):
            run.log_metric("best_cv_score", float(fitted["best_score_"]))
    with problems.caught("logging cv_results.csv"):
        run.log_content("cv_results.csv", _as_csv(results), "text/csv")
    ranks = results.get("rank_test_score")
    notes = []
    if ranks is None:
        name = next((key for key in results if key.startswith("rank_test_")), None)
        if name is None:
            return ["No child runs: the search did not rank its candidates."]
        ranks = results[name]
        notes.append(f"Child runs are the best by {name.removeprefix('rank_test_')}.")
    order = sorted(range(len(ranks)), key=lambda row: ranks[row])
    limit = state.options_of("sklearn").max_tuning_runs
    chosen = order if limit is None else order[: max(limit, 0)]
    base = deep_params(params["estimator"]) if "estimator" in params else {}
    for row in chosen:
        with problems.caught("logging a candidate of a search"):
            _log_candidate(run, search, base, results, row)
    if len(chosen) < len(order):
        notes.append(
            f"Child runs for the best {len(chosen)} of {len(order)} candidates "
            "(max_tuning_runs); cv_results.csv has all."
        )
    return notes


def _best_params(fitted: dict[str, Any]) -> dict[str, Any]:
    found = fitted.get("best_params_")
    return found if isinstance(found, dict) else {}


def _log_candidate(
    parent: ActiveRun, search: Any, base: dict[str, Any], results: dict[str, Any], row: int
) -> None:
    estimator = getattr(search, "estimator", search)
    chosen: dict[str, Any] = results["params"][row]
    kind = type(estimator)
    child = ActiveRun(
        parent.session,
        name=_candidate_name(estimator, chosen),
        origin=parent.origin,
        parent_run_id=parent.run_id,
        experiment=parent.info.experiment_name,
        experiment_id=parent.info.known_experiment_id,
        start_time=parent.info.start_time,
        tags={
            "mlflow.autologging": "sklearn",
            "mlflow.parentRunId": parent.run_id,
            "estimator_name": kind.__name__,
            "estimator_class": f"{kind.__module__}.{kind.__name__}",
        },
    )
    try:
        texts = {name: describe(value) for name, value in (base | chosen).items()}
        _log_acceptable(child, texts)
        child.log_metrics(
            {
                name: float(column[row])
                for name, column in results.items()
                if not name.startswith(("param", "split")) and _is_number(column[row])
            }
        )
    finally:
        child.end(end_time=now_ms())


def _candidate_name(estimator: Any, chosen: dict[str, Any]) -> str:
    shallow = shallow_params(estimator)
    if set(chosen) <= set(shallow):
        return short_name(estimator, shallow | chosen)
    parts = ", ".join(f"{name}={describe(value)}" for name, value in chosen.items())
    text = f"{type(estimator).__name__}({parts})"
    return text if len(text) <= 80 else f"{text[:78]}…)"


def _log_acceptable(run: ActiveRun, texts: dict[str, str]) -> None:
    try:
        run.log_params(texts)
    except InvalidParameterValue as error:
        problems.record("logging params", error)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _as_csv(results: dict[str, Any]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(results)
    for row in zip(*results.values(), strict=True):
        writer.writerow(map(_cell_text, row))
    return buffer.getvalue().encode(errors="backslashreplace")


def _cell_text(value: Any) -> str:
    # A masked array's missing value: a param that this candidate does not have.
    return "" if type(value).__name__ == "MaskedConstant" else describe(value)
