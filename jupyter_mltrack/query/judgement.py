"""What names tell: which way a metric is better, and what is worth a headline.

``labextension/src/compute/interest.ts`` is the same for the panel; a test holds both to one order.
"""

import re
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.search import greater_is_better

__all__ = ["COST", "greater_is_better", "interest", "is_object", "rank"]

_ASKED: Final = 0
_UNASKED: Final = 1
_TRAINING: Final = 2
COST: Final = 3

_COSTS: Final = re.compile(
    r"time|second|duration|latency|bytes|memory|rows_seen|n_resources|epoch|system/"
    r"|(^|_)n_iter(ations)?($|_)|^(std|rank)_|(^|_)steps?($|_)"
)
_ON_TRAINING: Final = re.compile(r"(^|[_\W])train(ing)?($|[_\W])", re.IGNORECASE)
_AUTOMATIC: Final = re.compile(
    r"^test_(score|(accuracy|precision|recall|f1|r2)_score|log_loss|roc_auc|\w+_error)$"
    r"|^((mean|split)_)test_|^best_cv_score$"
)
_HELD_OUT: Final = re.compile(
    r"(^|[_\W])(val|valid|validation|eval|test|dev|hold_?out)\d*($|[_\W])", re.IGNORECASE
)
# What one looks for first: of a classifier, of a regressor, of anything that learns.
_KINDS: Final = tuple(
    re.compile(kind, re.IGNORECASE)
    for kind in (
        *("acc", "auc", "f1", "r2", "rmse|root_mean_sq"),
        *("score|precision|recall", "loss|mse|mae|err"),
    )
)


def interest(metric: str) -> int:
    """How far back a metric stands, from 0.

    What the code asked for; what was measured on test data unasked; what was measured on training
    data; what the run cost, and counts.
    """
    if _COSTS.search(metric):
        return COST
    if _ON_TRAINING.search(metric):
        return _TRAINING
    return _UNASKED if _AUTOMATIC.search(metric) else _ASKED


def rank(metric: str) -> tuple[int, bool, int]:
    """Where a metric stands among others: by interest, held-out data first, by what it tells."""
    kind = next((i for i, kind in enumerate(_KINDS) if kind.search(metric)), len(_KINDS))
    return interest(metric), _HELD_OUT.search(metric) is None, kind


def is_object(values: Sequence[str | None]) -> bool:
    """Whether a param's values are whole objects (an estimator in a pipeline), not settings."""
    return any("(" in (value or "") for value in values)
