"""Training metrics, under MLflow's names and with its definitions.

They need predictions, so they are made only for estimators that are a library's in every part,
within a budget of time (:data:`BUDGET_SECONDS`): above it on a part of the rows, which is said.
"""

import copy
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Final

from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn import quick
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size, take_rows
from jupyter_mltrack.autolog.sklearn.params import foreign_part, is_talkative, own_generators

BUDGET_SECONDS: Final = 0.6
SMALL_ROWS: Final = 3000
SMALL_CELLS: Final = 200_000
TRIED: Final = (50, 200, 1000)
_CALLS: Final = 3  # predict, predict_proba, score


class Scores:
    """Training metrics, the predictions behind them, and what has to be said of them."""

    def __init__(self) -> None:
        self.metrics: dict[str, float] = {}
        self.data: FitData | None = None
        self.predictions: Any = None
        self.probabilities: Any = None
        self.notes: list[str] = []

    def add(self, name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Compute one metric; one that cannot be computed is left out."""
        try:
            value = float(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - such as ROC AUC of one class: costs that item
            self._miss(f"training_{name}", f"{type(error).__name__}: {error}"[:250])
            return
        self.metrics[f"training_{name}"] = value

    def _miss(self, name: str, reason: str) -> None:
        """Note that there is no such metric; several for one reason share a note."""
        end = f": {reason}"
        for position, note in enumerate(self.notes):
            if note.startswith("No training_") and note.endswith(end):
                self.notes[position] = f"{note.removesuffix(end)}, {name}{end}"
                return
        self.notes.append(f"No {name}{end}")


class Measuring:
    """How an estimator is measured: with which rows, and at what care for random states.

    ``config`` are settings of scikit-learn: data that were just fitted need no second look.
    """

    config: Mapping[str, bool] = MappingProxyType({"skip_parameter_validation": True})

    def rows(self, estimator: Any, data: FitData, scores: Scores) -> FitData:
        """The data to measure with; that they are not all is noted."""
        return _affordable(estimator, data, scores)

    def choose(
        self, estimator: Any, data: FitData, _params: dict[str, Any]
    ) -> Callable[..., None] | None:
        """What measures such an estimator, if anything."""
        return _choose_measure(estimator, data)

    def guard(self, params: dict[str, Any]) -> AbstractContextManager[Any]:
        """A block for all that may draw random numbers."""
        return unmoved_random_states(*own_generators(params))


def training_scores(
    estimator: Any,
    data: FitData,
    params: dict[str, Any],
    pos_label: Any = None,
    measuring: Measuring | None = None,
) -> Scores:
    """Metrics of a fitted estimator on the data it was fitted with.

    ``data`` of the result is what they were computed on: all of it, or part of the rows.
    """
    measuring = measuring or Measuring()
    scores = Scores()
    reason = _reason_against(estimator, data, params)
    # Not before that: copying would call what the user's class has to say on it.
    silent = None if reason else _silent(estimator, params)
    if silent is None:
        reason = reason or "an inner estimator prints (verbose)"
        scores.notes.append(f"No training metrics: {reason}.")
        return scores
    with measuring.guard(params), sys.modules["sklearn"].config_context(**measuring.config):
        measure = measuring.choose(silent, data, params)
        if measure is not None:
            scores.data = measuring.rows(silent, data, scores)
            measure(silent, scores.data, scores, pos_label)
    return scores


def _choose_measure(estimator: Any, data: FitData) -> Callable[..., None] | None:
    base = sys.modules["sklearn.base"]
    supervised = data.y is not None and hasattr(estimator, "predict")
    if supervised and base.is_classifier(estimator):
        return _classifier
    if supervised and base.is_regressor(estimator):
        return _regressor
    return _other if hasattr(estimator, "score") else None


def _reason_against(estimator: Any, data: FitData, params: dict[str, Any]) -> str:
    foreign = foreign_part(estimator, params)
    if foreign:
        return f"{foreign} is your own code, and only you call its methods"
    if data.foreign:
        return f"the data are of your own class {data.foreign}, and only you ask it for anything"
    return ""


def _classifier(estimator: Any, data: FitData, scores: Scores, pos_label: Any) -> None:
    probabilities = None
    if hasattr(estimator, "predict_proba"):
        try:
            probabilities = scores.probabilities = estimator.predict_proba(data.X)
        except Exception as error:  # noqa: BLE001 - whether it can, only calling it tells
            scores.notes.append(f"No probabilities: {type(error).__name__}: {error}"[:300])
    predicted = scores.predictions = _predict(estimator, data.X, probabilities)
    classes = getattr(estimator, "classes_", None)
    truth = quick.label_indexes(data.y, classes)
    claimed = quick.label_indexes(predicted, classes)
    if truth is None or claimed is None or data.sample_weight is not None or pos_label is not None:
        _unusual_classifier(data, scores, predicted, probabilities, pos_label)
    else:
        found = quick.label_scores(truth, claimed, len(getattr(estimator, "classes_", ())))
        scores.metrics |= {f"training_{name}": value for name, value in found.items()}
        if probabilities is not None:
            scores.add("log_loss", quick.log_loss, truth, probabilities)
            scores.add("roc_auc", quick.roc_auc, truth, probabilities)
    accuracy = scores.metrics.get("training_accuracy_score")
    if accuracy is not None and _inherits_score(estimator, "ClassifierMixin"):
        scores.metrics["training_score"] = accuracy
    else:
        scores.add("score", _score, estimator, data)


def _predict(estimator: Any, X: Any, probabilities: Any) -> Any:
    forest: Any = getattr(sys.modules.get("sklearn.ensemble._forest"), "ForestClassifier", None)
    is_forest = forest is not None and type(estimator).predict is forest.predict
    if is_forest and type(probabilities).__name__ == "ndarray":
        # What its `predict` does with the same probabilities, at the price of making them anew.
        return estimator.classes_.take(probabilities.argmax(axis=1), axis=0)
    predict = quick.unchecked_predict(estimator, X)
    return estimator.predict(X) if predict is None else predict(X)


def _unusual_classifier(
    data: FitData, scores: Scores, predicted: Any, probabilities: Any, pos_label: Any
) -> None:
    """Weighted samples, several labels per sample, a positive class: by scikit-learn itself."""
    from sklearn import metrics

    weight = {"sample_weight": data.sample_weight}
    average: dict[str, Any] = {"average": "weighted"}
    if pos_label is not None:
        average = {"average": "binary", "pos_label": pos_label}
    for name in ("precision_score", "recall_score", "f1_score"):
        scores.add(name, getattr(metrics, name), data.y, predicted, **weight, **average)
    scores.add("accuracy_score", metrics.accuracy_score, data.y, predicted, **weight)
    if probabilities is None:
        return
    scores.add("log_loss", metrics.log_loss, data.y, probabilities, **weight)
    if len(probabilities[0]) == 2:
        probabilities = probabilities[:, 1]
    ranking = {"average": "weighted", "multi_class": "ovo", **weight}
    scores.add("roc_auc", metrics.roc_auc_score, data.y, probabilities, **ranking)


def _regressor(estimator: Any, data: FitData, scores: Scores, _pos_label: Any) -> None:
    from sklearn import metrics

    predicted = scores.predictions = estimator.predict(data.X)
    weight = {"sample_weight": data.sample_weight}
    for name in (
        "mean_squared_error",
        "mean_absolute_error",
        "r2_score",
        "root_mean_squared_error",
    ):
        scores.add(name, getattr(metrics, name), data.y, predicted, **weight)
    r2 = scores.metrics.get("training_r2_score")
    if r2 is not None and _inherits_score(estimator, "RegressorMixin"):
        scores.metrics["training_score"] = r2
    else:
        scores.add("score", _score, estimator, data)


def _other(estimator: Any, data: FitData, scores: Scores, _pos_label: Any) -> None:
    scores.add("score", _score, estimator, data)


def _inherits_score(estimator: Any, mixin: str) -> bool:
    # Then `score` is accuracy or R², known already: no need to predict once more.
    while type(estimator).__name__ == "Pipeline" and estimator.steps:
        estimator = estimator.steps[-1][1]
    score = getattr(type(estimator), "score", None)
    return score is getattr(sys.modules["sklearn.base"], mixin).score


def _score(estimator: Any, data: FitData) -> Any:
    if data.y is None:
        return estimator.score(data.X)
    if data.sample_weight is not None:
        try:
            return estimator.score(data.X, data.y, sample_weight=data.sample_weight)
        except TypeError:
            pass
    return estimator.score(data.X, data.y)


def _silent(estimator: Any, params: dict[str, Any]) -> Any:
    """The estimator, or one that shares what it learned and does not print; None if impossible."""
    if type(estimator).__module__.startswith("lightgbm."):
        # Unless told otherwise it warns of its params whenever it predicts, by printing.
        quiet = copy.copy(estimator)
        quiet.verbose = -1
        return quiet
    if not is_talkative(params):
        return estimator
    if any(name.endswith("__verbose") and value for name, value in params.items()):
        return None
    silent = copy.copy(estimator)
    silent.verbose = 0
    return silent


def _affordable(estimator: Any, data: FitData, scores: Scores) -> FitData:
    """The data, or as many evenly spread rows of it as can be predicted within the budget."""
    rows, columns = data_size(data.X)
    if rows * columns <= SMALL_CELLS and rows <= SMALL_ROWS:
        return data
    if not hasattr(estimator, "predict"):
        return data
    expected = _seconds_for(estimator, data.X, rows)
    if expected <= BUDGET_SECONDS:
        return data
    step = max(2, round(expected / BUDGET_SECONDS))
    sample = data.take(slice(0, None, step))
    scores.notes.append(
        f"Training metrics are of {data_size(sample.X)[0]:,} of {rows:,} rows, evenly spread: "
        f"predicting all would have taken about {expected:.1f} s."
    )
    return sample


def _seconds_for(estimator: Any, X: Any, rows: int) -> float:
    """About what predicting all rows takes, as often as it is needed.

    A call may cost much by itself (a forest's does), so that few rows tell little of many.
    """
    known, *others = TRIED
    seconds = _time(estimator, X, known)
    if seconds / known * rows * _CALLS <= BUDGET_SECONDS:
        return 0.0
    row = seconds / known
    for part in others:
        if part >= rows or seconds + row * (part - known) > BUDGET_SECONDS / 2:
            break
        elapsed = _time(estimator, X, part)
        row = max(elapsed - seconds, 0.0) / (part - known)
        known, seconds = part, elapsed
    return _CALLS * (seconds + row * (rows - known))


def _time(estimator: Any, X: Any, rows: int) -> float:
    part = take_rows(X, slice(0, rows))
    start = time.perf_counter()
    estimator.predict(part)
    return time.perf_counter() - start
