"""A search (``GridSearchCV`` and its kind): what it found, on its run.

Beside MLflow's (``best_<param>``, ``best_cv_score``, ``cv_results.csv``, the best candidates as
child runs: :mod:`.candidates`) a halving search has ``n_candidates`` and ``n_resources`` as series
(step = iteration).
"""

import csv
import io
import numbers
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.sklearn.candidates import Candidates
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.problems import problems


def record_search(record: FitRecord) -> None:
    """Record what a search found; nothing of another fit."""
    if not record.is_search:
        return
    results: dict[str, Any] = record.estimator.cv_results_
    fitted = vars(record.estimator)
    with problems.caught("logging the best of a search"):
        _log_best(record, fitted)
    with problems.caught("logging cv_results.csv"):
        record.run.log_content("cv_results.csv", _as_csv(results), "text/csv")
    with problems.caught("logging the iterations of a search"):
        _log_iterations(record.run, fitted)
    with problems.caught("logging the candidates of a search"):
        _log_candidates(record, results, fitted)


def _log_best(record: FitRecord, fitted: dict[str, Any]) -> None:
    best = fitted.get("best_params_")
    if isinstance(best, dict):
        try:
            record.run.log_params({f"best_{key}": describe(best[key]) for key in best})
        except InvalidParameterValue as error:
            record.notes.append(f"Not every best param could be kept: {error}")
    if isinstance(fitted.get("best_score_"), numbers.Real):
        record.run.log_metric("best_cv_score", float(fitted["best_score_"]))


def _log_iterations(run: ActiveRun, fitted: dict[str, Any]) -> None:
    for name in ("n_candidates", "n_resources"):
        values = fitted.get(f"{name}_")
        if type(values) is list and all(isinstance(value, numbers.Real) for value in values):
            run.log_series(name, [float(value) for value in values], range(len(values)))


def _log_candidates(record: FitRecord, results: dict[str, Any], fitted: dict[str, Any]) -> None:
    name = _ranking(results, record.params.get("refit"))
    if name is None:
        record.notes.append("No child runs: the search did not rank its candidates.")
        return
    if name != "rank_test_score":
        record.notes.append(f"Child runs are the best by {name.removeprefix('rank_test_')}.")
    order = _order(results, name, fitted.get("best_index_"))
    limit = state.options_of("sklearn").max_tuning_runs
    chosen = order if limit is None else order[: max(limit, 0)]
    candidates = Candidates(record)
    for row in chosen:
        with problems.caught("logging a candidate of a search"):
            candidates.log(row)
    if candidates.failures:
        record.notes.append(
            f"{len(candidates.failures)} of {len(order)} candidates failed (error_score)."
        )
    if len(chosen) < len(order):
        record.notes.append(
            f"Child runs for the best {len(chosen)} of {len(order)} candidates "
            "(max_tuning_runs); cv_results.csv has all."
        )


def _ranking(results: dict[str, Any], refit: Any) -> str | None:
    """The column of ranks that counts: of several scores that of the one it refits by."""
    if "rank_test_score" in results:
        return "rank_test_score"
    if type(refit) is str and f"rank_test_{refit}" in results:
        return f"rank_test_{refit}"
    return next((key for key in results if key.startswith("rank_test_")), None)


def _order(results: dict[str, Any], ranking: str, best: Any) -> list[int]:
    """The candidates, best first: the chosen one, then by iteration of a halving search, by rank.

    A halving search compares all it ever scored, with however little data, but chooses among those
    of its last iteration.
    """
    ranks = results[ranking].tolist()
    iterations = results["iter"].tolist() if "iter" in results else [0] * len(ranks)
    return sorted(
        range(len(ranks)), key=lambda row: (row != best, -iterations[row], ranks[row], row)
    )


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
