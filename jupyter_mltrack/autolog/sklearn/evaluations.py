"""What is recorded of the result of a cross-validation, by the function that made it.

The names are those that scikit-learn, and with it MLflow, gives to the candidates of a search, so
that an estimator that was cross-validated and one that was searched stand in the same columns:
``mean_test_score``, ``std_test_score``, ``mean_fit_time`` (seconds) and so on, with several scorers
``mean_test_accuracy``. Each fold is a point of ``split_test_score`` (step = fold, from 0).

==========================  =====================================================================
``cross_validate``          all of these, also train scores and times; ``cross_validation.csv``
``cross_val_score``         the test scores
``cross_val_predict``       scores of the predictions, which later metrics find their run by
``learning_curve``          means and deviations at each size (step = rows trained with)
``validation_curve``        the same for each value (step = its place in ``param_range``)
``permutation_test_score``  ``mean_test_score``, ``pvalue``, ``permutation_score`` (step =
                            permutation), ``mean_permutation_score``
==========================  =====================================================================

Nothing is computed but from the arrays that the call returned: no method of an estimator is called.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.sklearn import lineage, quick
from jupyter_mltrack.tracking.active import ActiveRun


class Evaluation:
    """A call that fits and measures; ``given`` are its arguments, ``variable`` the name of X."""

    __slots__ = ("drawings", "estimator", "function", "given", "notes", "run", "variable")

    def __init__(
        self,
        *,
        run: ActiveRun,
        function: str,
        estimator: Any,
        given: dict[str, Any],
        variable: str,
    ) -> None:
        self.run = run
        self.function = function
        self.estimator = estimator
        self.given = given
        self.variable = variable
        self.notes: list[str] = []
        self.drawings: dict[str, dict[str, Any]] = {}


def log_folds(run: ActiveRun, name: str, values: Any) -> None:
    """Each fold's value as a point of ``split_<name>`` (step = fold), their mean and deviation."""
    run.log_series(f"split_{name}", values.astype(float).tolist(), range(len(values)))
    run.log_metrics({f"mean_{name}": values.mean(), f"std_{name}": values.std()})


def record_cross_validate(evaluation: Evaluation, result: Any) -> None:
    """The folds of ``cross_validate``."""
    columns = {name: result[name] for name in result if _is_series(result[name])}
    for name, values in columns.items():
        log_folds(evaluation.run, name, values)
    folds = len(next(iter(columns.values()), ()))
    _say_folds(evaluation, folds)
    _note_failures(evaluation, columns)
    header = ["fold", *columns]
    rows = zip(range(folds), *(values.tolist() for values in columns.values()), strict=True)
    _log_table(evaluation, "cross_validation.csv", header, rows)
    _remember_estimators(evaluation, result.get("estimator", ()))


def record_cross_val_score(evaluation: Evaluation, result: Any) -> None:
    """The folds of ``cross_val_score``."""
    log_folds(evaluation.run, "test_score", result)
    _say_folds(evaluation, len(result))
    _note_failures(evaluation, {"test_score": result})


def record_cross_val_predict(evaluation: Evaluation, result: Any) -> None:
    """Predictions of rows that were left out: what is measured of them later is this run's."""
    model = lineage.TrackedModel(evaluation.run, type(evaluation.estimator).__name__)
    X, y = evaluation.given.get("X"), evaluation.given.get("y")
    if state.options_of("sklearn").log_post_training_metrics:
        dataset = model.dataset_name(evaluation.variable, X)
        lineage.remember_prediction(result, X, lineage.Prediction(model, dataset))
    if evaluation.given.get("method") == "predict" and y is not None:
        found = _prediction_scores(y, result)
        evaluation.run.log_metrics({f"cross_val_{name}": found[name] for name in found})


def record_learning_curve(evaluation: Evaluation, result: Any) -> None:
    """Scores at growing numbers of rows."""
    sizes, train, test, *times = result
    matrices = {"train_score": train, "test_score": test}
    matrices |= dict(zip(("fit_time", "score_time"), times, strict=False))
    _log_matrices(evaluation, matrices, sizes.tolist())
    _log_folds_table(evaluation, "learning_curve.csv", "train_size", sizes.tolist(), matrices)
    evaluation.drawings["learning_curve.png"] = _curve(
        "Learning curve", "rows trained with", sizes.tolist(), matrices
    )


def record_validation_curve(evaluation: Evaluation, result: Any) -> None:
    """Scores at several values of a param."""
    train, test = result
    name = str(evaluation.given.get("param_name"))
    texts = [describe(value) for value in evaluation.given.get("param_range", ())]
    matrices = {"train_score": train, "test_score": test}
    _log_matrices(evaluation, matrices, range(len(test)))
    _log_folds_table(evaluation, "validation_curve.csv", name, texts, matrices)
    places, note = _places(texts)
    evaluation.drawings["validation_curve.png"] = _curve(
        f"Validation curve of {name}", name, places, matrices, note
    )


def record_permutation_test(evaluation: Evaluation, result: Any) -> None:
    """The score, and those that chance gives."""
    score, chance, pvalue = result
    evaluation.run.log_series("permutation_score", chance.tolist(), range(len(chance)))
    found = {"mean_test_score": float(score), "pvalue": float(pvalue)}
    found |= {"mean_permutation_score": chance.mean(), "std_permutation_score": chance.std()}
    evaluation.run.log_metrics(found)


RECORDERS: Final[dict[str, Callable[[Evaluation, Any], None]]] = {
    "cross_validate": record_cross_validate,
    "cross_val_score": record_cross_val_score,
    "cross_val_predict": record_cross_val_predict,
    "learning_curve": record_learning_curve,
    "validation_curve": record_validation_curve,
    "permutation_test_score": record_permutation_test,
}


def _is_series(value: Any) -> bool:
    return getattr(value, "ndim", 0) == 1 and value.dtype.kind in "fiu"


def _say_folds(evaluation: Evaluation, folds: int) -> None:
    evaluation.run.log_params({"cv_n_splits": str(folds)})


def _note_failures(evaluation: Evaluation, columns: dict[str, Any]) -> None:
    for name, values in columns.items():
        failed = int((values != values).sum())
        if failed and name.startswith("test_"):
            evaluation.notes.append(
                f"{failed} of {len(values)} folds have no {name}: "
                "fitting or scoring failed there (error_score)."
            )


def _remember_estimators(evaluation: Evaluation, estimators: Sequence[Any]) -> None:
    if not estimators:
        return
    model = lineage.TrackedModel(evaluation.run, type(evaluation.estimator).__name__)
    for estimator in estimators:
        lineage.models.remember(estimator, model)
    evaluation.notes.append(
        f"The {len(estimators)} estimators of the folds are not kept as models; "
        "what you measure with them is."
    )


def _prediction_scores(y: Any, predicted: Any) -> dict[str, float]:
    """Accuracy, precision, recall and F1 of labels; errors and R² of numbers."""
    import numpy as np

    truth = np.asarray(y)
    if truth.shape != getattr(predicted, "shape", None) or truth.ndim != 1:
        return {}
    if truth.dtype.kind == "f" and predicted.dtype.kind == "f":
        return _errors(truth, predicted)
    classes = np.unique(truth)
    indexes, claimed = quick.label_indexes(truth, classes), quick.label_indexes(predicted, classes)
    if indexes is None or claimed is None:
        return {}
    return quick.label_scores(indexes, claimed, len(classes))


def _errors(truth: Any, predicted: Any) -> dict[str, float]:
    error = truth - predicted
    squared = float((error**2).mean())
    spread = float(((truth - truth.mean()) ** 2).mean())
    found = {
        "mean_absolute_error": float(abs(error).mean()),
        "mean_squared_error": squared,
        "root_mean_squared_error": squared**0.5,
    }
    return found | ({"r2_score": 1 - squared / spread} if spread else {})


def _log_matrices(evaluation: Evaluation, matrices: dict[str, Any], steps: Iterable[Any]) -> None:
    places = [int(step) for step in steps]
    for name, matrix in matrices.items():
        columns = ((f"mean_{name}", matrix.mean(axis=1)), (f"std_{name}", matrix.std(axis=1)))
        for key, values in columns:
            evaluation.run.log_series(key, values.tolist(), places)
    _say_folds(evaluation, matrices["test_score"].shape[1])


def _log_folds_table(
    evaluation: Evaluation,
    path: str,
    name: str,
    places: Sequence[Any],
    matrices: dict[str, Any],
) -> None:
    parts = [matrix.tolist() for matrix in matrices.values()]
    rows = (
        [place, fold, *(part[number][fold] for part in parts)]
        for number, place in enumerate(places)
        for fold in range(len(parts[0][number]))
    )
    _log_table(evaluation, path, [name, "fold", *matrices], rows)


def _log_table(
    evaluation: Evaluation, path: str, header: Sequence[str], rows: Iterable[Any]
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = buffer.getvalue().encode(errors="backslashreplace")
    evaluation.run.log_content(path, content, "text/csv")


def _curve(
    title: str, x_label: str, x: Sequence[Any], matrices: dict[str, Any], note: str = ""
) -> dict[str, Any]:
    """What a plot of means, and of one standard deviation about the test scores, is drawn from."""
    train, test = matrices["train_score"].mean(axis=1), matrices["test_score"].mean(axis=1)
    deviation = matrices["test_score"].std(axis=1)
    lines = (
        ("training", train, False),
        ("test", test, False),
        ("test - 1 deviation", test - deviation, True),
        ("test + 1 deviation", test + deviation, True),
    )
    return {
        "kind": "curve",
        "title": title,
        "note": note,
        "x_label": x_label,
        "y_label": "score",
        "lines": [
            {"label": label, "x": list(x), "y": _finite(y), "dashed": dashed}
            for label, y, dashed in lines
        ],
    }


def _finite(values: Any) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _places(texts: list[str]) -> tuple[list[float], str]:
    """Where values stand on an axis; and what the places mean, when the values are no numbers."""
    try:
        return [float(text) for text in texts], ""
    except ValueError:
        note = ", ".join(f"{place} = {text[:40]}" for place, text in enumerate(texts))
        return [float(place) for place in range(len(texts))], note[:500]
