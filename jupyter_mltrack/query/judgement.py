"""What names tell: which way a metric is better, and what is worth a headline."""

import re
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.search import greater_is_better

__all__ = ["greater_is_better", "interest", "is_object"]

_COST: Final = re.compile(
    r"time|seconds|duration|latency|bytes|memory|rows_seen|(^|_)n_iter(ations)?($|_)|n_resources"
)


def interest(metric: str) -> int:
    """How far back a metric stands: held-out quality first, then training, then what it cost."""
    if _COST.search(metric):
        return 2
    return 1 if metric.startswith(("training_", "train_")) else 0


def is_object(values: Sequence[str | None]) -> bool:
    """Whether a param's values are whole objects (an estimator in a pipeline), not settings."""
    return any("(" in (value or "") for value in values)
