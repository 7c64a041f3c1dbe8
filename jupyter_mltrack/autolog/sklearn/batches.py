"""The score of an estimator on the batch it was just given, as long as that is cheap."""

import sys
import time
from typing import Any, Final

from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn.data import FitData
from jupyter_mltrack.autolog.sklearn.params import foreign_part, is_talkative, own_generators
from jupyter_mltrack.autolog.usercode import is_library_class

DENSE: Final = 50
"""So many calls are scored one by one; then every second up to twice as many, and so on.

By number and not by time, so that the same code has the same points again.
"""
MAX_SECONDS: Final = 0.02
"""A score that took longer, and longer than the call itself, is the last one.

This thread's own time counts: waiting for a busy machine would end the scores at random.
"""
MAX_CELLS: Final = 200_000


class BatchScorer:
    """Scores batches by accuracy or R²; not with code of the user's, nor with what may print."""

    def __init__(self, estimator: Any, params: dict[str, Any]) -> None:
        base = sys.modules["sklearn.base"]
        self.scored = 0
        self.is_slow = False
        self._generators = own_generators(params)
        self._is_classifier = base.is_classifier(estimator)
        is_usable = (
            _inherits(
                estimator, base.ClassifierMixin if self._is_classifier else base.RegressorMixin
            )
            and not foreign_part(estimator, params)
            and not is_talkative(params)
            and not any(
                key.endswith("n_jobs") and value not in (None, 1) for key, value in params.items()
            )
        )
        self._is_on = is_usable

    def score(self, estimator: Any, data: FitData, call: int, seconds: float) -> float | None:
        """The score of the batch of a call that took so long; None when it is not to be had."""
        if not self._is_on or call % _stride(call) or not _is_simple(data):
            return None
        start = time.thread_time()
        try:
            with unmoved_random_states(*self._generators):
                predicted = estimator.predict(data.X)
            found = self._compare(data, predicted)
        except Exception:  # noqa: BLE001 - whatever it is: there is no score
            self._is_on = False
            return None
        if time.thread_time() - start > max(MAX_SECONDS, seconds):
            self._is_on, self.is_slow = False, True
        self.scored += 1
        return found

    def note(self, calls: int) -> str:
        """What has to be said of the scores of so many calls."""
        if not self.scored or self.scored >= calls:
            return ""
        why = "it takes longer than the call itself" if self.is_slow else "all would take too long"
        return f"training_score is of {self.scored:,} of {calls:,} calls: {why}."

    def _compare(self, data: FitData, predicted: Any) -> float | None:
        import numpy as np

        truth = np.asarray(data.y)
        if truth.ndim != 1 or truth.shape != predicted.shape or not len(truth):
            self._is_on = False
            return None
        weight = data.sample_weight
        if self._is_classifier:
            return float(np.average(truth == predicted, weights=weight))
        spread = np.average((truth - np.average(truth, weights=weight)) ** 2, weights=weight)
        error = np.average((truth - predicted) ** 2, weights=weight)
        return float(1 - error / spread) if spread else None


def count_rows(data: Any) -> int:
    """The number of rows of data; 0 when only code of the user's could tell."""
    if type(data) in (list, tuple):
        return len(data)
    shape = getattr(data, "shape", None) if is_library_class(type(data)) else None
    return int(shape[0]) if shape else 0


def _stride(call: int) -> int:
    """Of the calls around this one, every how manieth is scored."""
    stride = 1
    while call > DENSE * stride:
        stride *= 2
    return stride


def _inherits(estimator: Any, mixin: Any) -> bool:
    return getattr(type(estimator), "score", None) is mixin.score and hasattr(estimator, "predict")


def _is_simple(data: FitData) -> bool:
    shape = getattr(data.X, "shape", None)
    if data.y is None or shape is None or len(shape) != 2:
        return False
    return bool(shape[0] * shape[1] <= MAX_CELLS)
