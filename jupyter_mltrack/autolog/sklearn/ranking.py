"""ROC and precision-recall curves of two classes, by their definitions in scikit-learn.

As in :mod:`.quick`: what a fit just predicted need not be examined once more, which is nearly all
of the 2 ms that scikit-learn's functions take for 500 samples.
"""

from typing import Any, Final, NamedTuple

MAX_POINTS: Final = 200


class RankingCurve(NamedTuple):
    """A curve of at most :data:`MAX_POINTS` points, and the area under the whole one."""

    x: list[float]
    y: list[float]
    area: float


class Ranking:
    """How scores rank samples: true and false positives by falling threshold.

    ``positive`` says which samples are of the positive class, ``weights`` are theirs or None.

    Raises
    ------
    ValueError
        Only one class occurs, or a score is no number.
    """

    def __init__(self, positive: Any, scores: Any, weights: Any = None) -> None:
        import numpy as np

        scores = np.asarray(scores)
        if not np.isfinite(scores).all():
            raise ValueError("a score is NaN or infinite")
        if weights is not None:
            weights = np.asarray(weights, dtype=float)
            kept = weights != 0
            positive, scores, weights = positive[kept], scores[kept], weights[kept]
        order = np.argsort(-scores, kind="stable")
        ranked = scores[order]
        # One point for each distinct score: the last sample that has it.
        ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
        found = positive[order].astype(float)
        if weights is None:
            self.true = np.cumsum(found)[ends]
            self.false = 1 + ends - self.true
        else:
            self.true = np.cumsum(found * weights[order])[ends]
            self.false = np.cumsum((1 - found) * weights[order])[ends]
        if not len(ranked) or self.true[-1] <= 0 or self.false[-1] <= 0:
            raise ValueError("only one class occurs")

    @property
    def prevalence(self) -> float:
        """The share of the positive class."""
        return float(self.true[-1] / (self.true[-1] + self.false[-1]))

    def roc_curve(self) -> RankingCurve:
        """True positive rate (y) over false positive rate (x), as ``roc_curve``."""
        import numpy as np

        true, false = self.true, self.false
        if len(true) > 2:
            corner = np.logical_or(np.diff(false, 2), np.diff(true, 2))
            kept = np.flatnonzero(np.concatenate([[True], corner, [True]]))
            true, false = true[kept], false[kept]
        x = np.concatenate([[0.0], false / false[-1]])
        y = np.concatenate([[0.0], true / true[-1]])
        area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
        return RankingCurve(*thinned(x, y), area)

    def precision_recall_curve(self) -> RankingCurve:
        """Precision (y) over recall (x), as ``precision_recall_curve``; recall falls.

        The area is scikit-learn's average precision.
        """
        import numpy as np

        claimed = self.true + self.false
        precision = np.append((self.true / claimed)[::-1], 1.0)
        recall = np.append((self.true / self.true[-1])[::-1], 0.0)
        area = max(0.0, -float(np.sum(np.diff(recall) * precision[:-1])))
        return RankingCurve(*thinned(recall, precision), area)


def thinned(x: Any, y: Any, limit: int = MAX_POINTS) -> tuple[list[float], list[float]]:
    """At most ``limit`` of the points, evenly along the line, the ends and extremes among them."""
    import numpy as np

    if len(x) <= limit:
        return x.tolist(), y.tolist()
    span = np.ptp(x) or 1.0, np.ptp(y) or 1.0
    steps = np.abs(np.diff(x)) / span[0] + np.abs(np.diff(y)) / span[1]
    path = np.concatenate([[0.0], np.cumsum(steps)])
    even = np.searchsorted(path, np.linspace(0, path[-1], limit - 4))
    ends = [0, len(x) - 1, int(np.argmin(y)), int(np.argmax(y))]
    kept = np.unique(np.concatenate([np.minimum(even, len(x) - 1), ends]))
    return x[kept].tolist(), y[kept].tolist()
