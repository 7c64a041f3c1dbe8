"""What names tell: which way a metric is better, and what is worth a headline."""

import re
from collections.abc import Sequence
from typing import Final

_GREATER: Final = re.compile(
    r"accuracy|auc|precision|recall|f1|fbeta|r2|score|jaccard|iou|dice|bleu|rouge|ndcg|map\b|gain|"
    r"kappa|mcc|likelihood|explained_variance|reward|silhouette|(^|_)acc(_|$)"
)
_SMALLER: Final = re.compile(
    r"loss|error|mse|mae|rmse|mape|deviance|perplexity|brier|hinge|hamming|time|duration|seconds|"
    r"latency|memory|bytes|inertia|distance|cost|rank|fail"
)
_COST: Final = re.compile(r"time|seconds|duration|latency|bytes|memory")


def greater_is_better(metric: str) -> bool | None:
    """Whether more of a metric is better, by its name; None when the name does not tell."""
    name = metric.lower()
    if name.startswith("std_"):
        return None
    if "neg_" in name:
        return True
    if _SMALLER.search(name):
        return False
    return True if _GREATER.search(name) else None


def interest(metric: str) -> int:
    """How far back a metric stands: held-out quality first, then training, then what it cost."""
    if _COST.search(metric):
        return 2
    return 1 if metric.startswith(("training_", "train_")) else 0


def is_object(values: Sequence[str | None]) -> bool:
    """Whether a param's values are whole objects (an estimator in a pipeline), not settings."""
    return any("(" in (value or "") for value in values)
