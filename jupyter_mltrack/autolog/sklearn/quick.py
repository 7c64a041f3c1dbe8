"""The metrics of a classifier with one label per sample, by their definitions in scikit-learn.

scikit-learn's own functions examine their arguments anew each time (four fifths of 5 ms for the
seven metrics of 60 rows), and draw a ROC curve for every pair of classes (25 ms for the ten
digits). These take labels known to be good, after a fit; anything unusual is left to scikit-learn.
"""

import sys
from collections.abc import Callable
from typing import Any


def unchecked_predict(estimator: Any, X: Any) -> Callable[[Any], Any] | None:
    """What ``predict`` of a support vector classifier comes to for data known to be good.

    Examining them takes as long as predicting a hundred rows. None for what else there is, and
    unless scikit-learn is set to take data for finite.
    """
    base = getattr(sys.modules.get("sklearn.svm._base"), "BaseSVC", None)
    kind: Any = type(estimator)
    if base is None or kind.__module__ != "sklearn.svm._classes":
        return None
    if kind.predict is not base.predict or not hasattr(base, "_dense_predict"):
        return None
    if not _is_plain_svc(vars(estimator)) or not _is_plain_matrix(X, estimator.n_features_in_):
        return None
    if not sys.modules["sklearn"].get_config()["assume_finite"]:
        return None
    return lambda rows: estimator.classes_.take(estimator._dense_predict(rows).astype("intp"))


def _is_plain_svc(own: dict[str, Any]) -> bool:
    kernel = own.get("kernel")
    is_known = type(kernel) is str and kernel in ("linear", "poly", "rbf", "sigmoid")
    return is_known and own.get("_sparse") is False and own.get("break_ties") is False


def _is_plain_matrix(X: Any, columns: Any) -> bool:
    import numpy as np

    is_matrix = type(X) is np.ndarray and X.ndim == 2 and X.flags.c_contiguous
    return bool(is_matrix and len(X) and X.dtype == np.float64 and X.shape[1] == columns)


def label_indexes(y: Any, classes: Any) -> Any:
    """Positions of the labels among the sorted ``classes``; None when that is not what they are."""
    import numpy as np

    labels = np.asarray(y)
    if not isinstance(classes, np.ndarray) or classes.ndim != 1 or labels.ndim != 1:
        return None
    if labels.dtype.kind not in "biufUSO" or labels.dtype.kind != classes.dtype.kind:
        return None
    indexes = np.searchsorted(classes, labels)
    if not len(labels) or indexes.max() >= len(classes) or (classes[indexes] != labels).any():
        return None
    return indexes


def label_scores(truth: Any, predicted: Any, count: int) -> dict[str, float]:
    """Accuracy, and precision, recall and F1 weighted by class, of label indexes."""
    import numpy as np

    # np.average, with weights or without, takes ten times as long for few rows.
    right = np.bincount(truth[truth == predicted], minlength=count).astype(float)
    actual = np.bincount(truth, minlength=count).astype(float)
    claimed = np.bincount(predicted, minlength=count).astype(float)
    total = float(len(truth))

    def average(part: Any, whole: Any) -> float:
        shares = part / np.maximum(whole, 1.0)  # of a class that does not occur, 0 / 1
        return float((shares * actual).sum() / total)

    accuracy = float(right.sum() / total)
    return {
        "precision_score": average(right, claimed),
        "recall_score": average(right, actual),
        "f1_score": average(2 * right, actual + claimed),
        "accuracy_score": accuracy,
    }


def log_loss(truth: Any, probabilities: Any) -> float:
    """``log_loss`` of label indexes.

    Raises
    ------
    ValueError
        There is only one class.
    """
    import numpy as np

    if probabilities.shape[1] < 2:
        raise ValueError("there is only one class")
    epsilon = np.finfo(probabilities.dtype).eps
    chosen = np.clip(probabilities[np.arange(len(truth)), truth], epsilon, 1 - epsilon)
    return float(np.average(-np.log(chosen)))


def roc_auc(truth: Any, probabilities: Any) -> float:
    """``roc_auc_score``; of many classes, each against each, weighted by their sizes (``ovo``).

    The area under a ROC curve is the share of pairs of samples in the right order, where ties count
    half: two binary searches in sorted scores.

    Raises
    ------
    ValueError
        Not every class occurs, or the probabilities of a sample do not add up to 1.
    """
    import numpy as np

    count = probabilities.shape[1]
    sizes = np.bincount(truth, minlength=count)
    if count < 2 or not sizes.all():
        raise ValueError("not every class occurs in y")
    if count > 2 and not np.allclose(1, probabilities.sum(axis=1)):
        raise ValueError("the probabilities do not add up to 1")
    members = [probabilities[truth == b] for b in range(count)]
    # columns[a][b]: sorted scores for class a of the samples of class b
    columns = [[np.sort(rows[:, a]) for rows in members] for a in range(count)]
    if count == 2:
        return _area(columns[1][1], columns[1][0])
    area = weight = 0.0
    for a in range(count):
        for b in range(a + 1, count):
            pair = (_area(columns[a][a], columns[a][b]) + _area(columns[b][b], columns[b][a])) / 2
            area += pair * (sizes[a] + sizes[b])
            weight += sizes[a] + sizes[b]
    return float(area / weight)


def _area(positive: Any, negative: Any) -> float:
    import numpy as np

    below = np.searchsorted(negative, positive, side="left").sum()
    upto = np.searchsorted(negative, positive, side="right").sum()
    return float((below + upto) / (2 * len(positive) * len(negative)))
