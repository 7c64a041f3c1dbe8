"""ROC AUC of many classes, each against each, as scikit-learn defines it, in sorted arrays.

scikit-learn draws a ROC curve for every pair of classes: 25 ms for the ten digits. The area under
one is the share of pairs of samples in the right order (ties count half), which takes two binary
searches.
"""

from typing import Any


def one_against_one(y_true: Any, probabilities: Any, classes: Any) -> float:
    """``roc_auc_score(y_true, probabilities, multi_class="ovo", average="weighted")``.

    Raises
    ------
    ValueError
        Not every class occurs.
    """
    import numpy as np

    labels = np.searchsorted(classes, np.asarray(y_true))
    count = len(classes)
    sizes = np.bincount(labels, minlength=count)
    if len(sizes) != count or not sizes.all():
        raise ValueError("not every class occurs in y")
    if not np.allclose(1, probabilities.sum(axis=1)):
        raise ValueError("the probabilities do not add up to 1")
    # columns[a][b]: sorted scores for class a of the samples of class b
    members = [probabilities[labels == b] for b in range(count)]
    columns = [[np.sort(rows[:, a]) for rows in members] for a in range(count)]
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
