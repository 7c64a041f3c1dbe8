"""What the plots of a classifier's training are drawn from, and those of a search."""

import numbers
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.drawings import drawn_text
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn import quick
from jupyter_mltrack.autolog.sklearn.data import FitData
from jupyter_mltrack.autolog.sklearn.params import is_talkative, own_generators
from jupyter_mltrack.autolog.sklearn.ranking import Ranking
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes
from jupyter_mltrack.entities.drawings import MAX_CANDIDATES, MAX_CLASSES, MAX_PANELS

CONFUSION_MATRIX: Final = "training_confusion_matrix.png"
ROC_CURVE: Final = "training_roc_curve.png"
PRECISION_RECALL_CURVE: Final = "training_precision_recall_curve.png"
SEARCH: Final = "cv_results.png"


def record_plots(record: FitRecord) -> None:
    """Keep what a classifier's confusion matrix, ROC and precision-recall curve are drawn from.

    Nothing is predicted for them that the metrics did not ask for, but the ranking of two classes
    by an estimator without probabilities.
    """
    scores = record.scores
    if not state.options_of("sklearn").log_plots or scores.predictions is None:
        return
    classes: Any = getattr(record.estimator, "classes_", None)
    data = scores.data or record.data
    truth = quick.label_indexes(_flat(data.y), classes)
    predicted = quick.label_indexes(_flat(scores.predictions), classes)
    if truth is None or predicted is None or len(truth) != len(predicted):
        return
    note = _sampling(record, data)
    weights = _weights(data, len(truth))
    labels = [drawn_text(describe(label)) for label in classes.tolist()]
    record.drawings[CONFUSION_MATRIX] = confusion_matrix(truth, predicted, labels, weights, note)
    if len(labels) == 2:
        _record_curves(record, data, truth, labels, weights, note)


def confusion_matrix(
    truth: Any, predicted: Any, labels: list[str], weights: Any = None, note: str = ""
) -> dict[str, Any]:
    """The drawing of a confusion matrix from label indexes.

    Of more than :data:`MAX_CLASSES` classes the most frequent are kept, which ``note`` says.
    """
    import numpy as np

    count = len(labels)
    if count > MAX_CLASSES:
        frequent = np.argsort(-np.bincount(truth, minlength=count), kind="stable")[:MAX_CLASSES]
        chosen = np.sort(frequent)
        places = np.full(count, -1)
        places[chosen] = np.arange(MAX_CLASSES)
        truth, predicted = places[truth], places[predicted]
        both = (truth >= 0) & (predicted >= 0)
        truth, predicted = truth[both], predicted[both]
        weights = None if weights is None else weights[both]
        labels = [labels[place] for place in chosen]
        note = f"The {MAX_CLASSES} most frequent of {count:,} classes, among themselves. {note}"
        count = MAX_CLASSES
    flat = np.bincount(truth * count + predicted, weights, minlength=count * count)
    return {
        "kind": "confusion_matrix",
        "title": "Confusion matrix, training",
        "labels": labels,
        "matrix": flat.reshape(count, count).tolist(),
        "note": note.strip(),
    }


def _record_curves(
    record: FitRecord, data: FitData, truth: Any, labels: list[str], weights: Any, note: str
) -> None:
    positive = _positive_index(record.estimator)
    ranks = _rank(record, data, positive)
    if ranks is None or len(ranks) != len(truth):
        return
    try:
        ranking = Ranking(truth == positive, ranks, weights)
    except ValueError:
        return
    label = f"positive class: {labels[positive]}"
    roc, recalled = ranking.roc_curve(), ranking.precision_recall_curve()
    common: dict[str, Any] = {"kind": "curve", "unit": True, "note": f"{label}. {note}".strip()}
    record.drawings[ROC_CURVE] = common | {
        "title": "ROC curve, training",
        "x_label": "false positive rate",
        "y_label": "true positive rate",
        "lines": [
            {"x": roc.x, "y": roc.y, "label": f"area {roc.area:.4f}"},
            {"x": [0.0, 1.0], "y": [0.0, 1.0], "label": "chance", "dashed": True},
        ],
    }
    level = ranking.prevalence
    record.drawings[PRECISION_RECALL_CURVE] = common | {
        "title": "Precision-recall curve, training",
        "x_label": "recall",
        "y_label": "precision",
        "steps": True,
        "lines": [
            {"x": recalled.x, "y": recalled.y, "label": f"average precision {recalled.area:.4f}"},
            {"x": [0.0, 1.0], "y": [level, level], "label": "chance", "dashed": True},
        ],
    }


def _positive_index(estimator: Any) -> int:
    wanted = state.options_of("sklearn").pos_label
    return 0 if wanted is not None and wanted == estimator.classes_[0] else 1


def _rank(record: FitRecord, data: FitData, positive: int) -> Any:
    """A number for each sample that is the higher the more it is of the positive class."""
    probabilities = record.scores.probabilities
    if getattr(probabilities, "ndim", 0) == 2 and probabilities.shape[1] == 2:
        return probabilities[:, positive]
    if probabilities is not None or is_talkative(record.params):
        return None
    decide = getattr(record.estimator, "decision_function", None)
    if decide is None:
        return None
    with unmoved_random_states(*own_generators(record.params)):
        decided = decide(data.X)
    if getattr(decided, "ndim", 0) != 1:
        return None
    return decided if positive == 1 else -decided


def _flat(y: Any) -> Any:
    shape = getattr(y, "shape", None)
    if shape is not None and len(shape) == 2 and shape[1] == 1:
        import numpy as np

        return np.asarray(y).ravel()
    return y


def _weights(data: FitData, count: int) -> Any:
    if data.sample_weight is None:
        return None
    import numpy as np

    weights = np.asarray(data.sample_weight, dtype=float)
    return weights if weights.shape == (count,) else None


def _sampling(record: FitRecord, data: FitData) -> str:
    if data is record.data:
        return ""
    shape = getattr(data.y, "shape", None)
    rows = shape[0] if shape else len(data.y)
    return f"Of {rows:,} rows, evenly spread."


def record_search_scores(record: FitRecord) -> None:
    """Keep the scores of a search by the params that it varied."""
    if not state.options_of("sklearn").log_plots or not record.is_search:
        return
    results: dict[str, Any] = record.estimator.cv_results_
    suffix = _scorer(record, results)
    if suffix is None:
        return
    scores = results[f"mean_test_{suffix}"]
    chosen, note = _candidates(scores)
    deviations = results.get(f"std_test_{suffix}")
    params = [
        {"name": drawn_text(name.removeprefix("param_")), "values": values}
        for name, column in results.items()
        if name.startswith("param_") and len(set(values := _values(column, chosen))) > 1
    ]
    if len(params) > MAX_PANELS:
        note = f"{note} {MAX_PANELS} of {len(params)} params that it varied.".strip()
    places = {row: place for place, row in enumerate(chosen)}
    best = own_attributes(record.estimator).get("best_index_")
    record.drawings[SEARCH] = {
        "kind": "search",
        "title": f"Scores of {len(scores):,} candidates",
        "label": "mean test score" if suffix == "score" else f"mean test {drawn_text(suffix)}",
        "scores": [float(scores[row]) for row in chosen],
        "deviations": [0.0 if deviations is None else float(deviations[row]) for row in chosen],
        "params": params[:MAX_PANELS],
        "best": places.get(int(best)) if isinstance(best, numbers.Integral) else None,
        "note": note,
    }


def _scorer(record: FitRecord, results: dict[str, Any]) -> str | None:
    """Which of the scores is shown: the one it refits by, else the first."""
    refit = record.params.get("refit")
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    if isinstance(refit, str) and refit in names:
        return refit
    return next(iter(names), None)


def _candidates(scores: Any) -> tuple[list[int], str]:
    count = len(scores)
    if count <= MAX_CANDIDATES:
        return list(range(count)), ""
    # NaN, a candidate that failed, comes last.
    best = sorted(range(count), key=lambda row: (scores[row] != scores[row], -scores[row]))
    return sorted(best[:MAX_CANDIDATES]), f"The best {MAX_CANDIDATES:,} of {count:,}."


def _values(column: Any, rows: list[int]) -> list[float | str | None]:
    return [_value(column[row]) for row in rows]


def _value(value: Any) -> float | str | None:
    # A masked array's missing value: a param that this candidate does not have.
    if type(value).__name__ == "MaskedConstant":
        return None
    if type(value) in (int, float) or _is_numpy_number(value):
        return float(value)
    return drawn_text(describe(value), 60)


def _is_numpy_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and type(value).__module__ == "numpy"
