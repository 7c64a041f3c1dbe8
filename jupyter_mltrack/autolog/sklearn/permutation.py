"""``permutation_importance``: a plot and a table of the model's run.

What it measures is a model that is fitted already: like a metric computed later it belongs to the
run that fitted it, named after the data (``permutation_importance_X_test.csv``, and a plot of the
same name). A model that no run knows gets a run of its own.
"""

import csv
import io
import sys
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import find_caller, variable_name
from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.drawings import add_drawings, drawn_text
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.runs import end_fit_run, open_fit_run
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.cross_validation import given_arguments
from jupyter_mltrack.autolog.sklearn.fits import log_params
from jupyter_mltrack.autolog.sklearn.params import deep_params, shallow_params
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

MAX_BARS: Final = 50
NAME: Final = "permutation_importance"


def watch_permutation(call: Call) -> Finish | None:
    """See a permutation importance of the user's."""
    caller = find_caller(call.frame)
    if caller is None:
        return None
    given = given_arguments(call)
    estimator, X = given.get("estimator"), given.get("X")
    if estimator is None or not state.is_wanted("sklearn", type(estimator)):
        return None
    variable = variable_name(X, caller, place=1)
    model: lineage.TrackedModel | None = lineage.models.find(estimator)
    if model is not None and not state.options_of("sklearn").log_post_training_metrics:
        return None
    run = _open_run(estimator) if model is None else model.run
    dataset = variable if model is None else model.dataset_name(variable, X)

    def finish(result: Any, error: BaseException | None) -> None:
        try:
            if error is None:
                with problems.caught("recording permutation_importance"):
                    _record(run, result, _feature_names(X), dataset)
        finally:
            if model is None:
                end_fit_run(run, error, now_ms())

    return finish


def _open_run(estimator: Any) -> ActiveRun:
    kind = type(estimator)
    tags = {
        "estimator_name": kind.__name__,
        "estimator_class": f"{kind.__module__}.{kind.__name__}",
        "mltrack.evaluation": NAME,
        **state.options_of("sklearn").extra_tags,
    }
    name = f"{NAME}: {short_name(estimator, shallow_params(estimator))}"
    run = open_fit_run(name, "sklearn", tags, predicts=True)
    log_params(run, deep_params(estimator))
    return run


def _record(run: ActiveRun, result: Any, names: list[str] | None, dataset: str) -> None:
    # Of several scorers each has a result of its own; of one there is only that.
    results = {"": result} if "importances_mean" in result else dict(result)
    drawings = {}
    for scorer, found in results.items():
        name = "_".join(part for part in (NAME, _path_part(scorer), _path_part(dataset)) if part)
        features = names or [f"x{number}" for number in range(len(found["importances_mean"]))]
        run.log_content(f"{name}.csv", _table(features, found), "text/csv")
        drawings[f"{name}.png"] = _bars(features, found, dataset)
    if state.options_of("sklearn").log_plots:
        add_drawings(run, drawings)


def _table(names: list[str], found: Any) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    repeats = [f"repeat{number}" for number in range(found["importances"].shape[1])]
    writer.writerow(["feature", "importance_mean", "importance_std", *repeats])
    columns = (found[f"importances{part}"].tolist() for part in ("_mean", "_std", ""))
    for name, mean, deviation, values in zip(names, *columns, strict=True):
        writer.writerow([name, mean, deviation, *values])
    return buffer.getvalue().encode(errors="backslashreplace")


def _bars(names: list[str], found: Any, dataset: str) -> dict[str, Any]:
    means = found["importances_mean"].tolist()
    order = sorted(
        range(len(means)), key=lambda place: (means[place] != means[place], -means[place])
    )
    shown = order[:MAX_BARS]
    note = f"The {MAX_BARS} greatest of {len(order):,}." if len(order) > MAX_BARS else ""
    return {
        "kind": "bars",
        "title": drawn_text(
            f"Permutation importance on {dataset}" if dataset else "Permutation importance"
        ),
        "label": "mean decrease of the score",
        "names": [drawn_text(names[place]) for place in shown],
        "values": [means[place] if means[place] == means[place] else None for place in shown],
        "note": note,
    }


def _feature_names(X: Any) -> list[str] | None:
    pandas: Any = sys.modules.get("pandas")
    if pandas is None or not isinstance(X, pandas.DataFrame):
        return None
    return [name if type(name) is str else describe(name) for name in X.columns]


def _path_part(text: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in text)[:80]
