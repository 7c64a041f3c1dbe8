"""Which way a metric is better, by its name."""

import re
from typing import Final

_GREATER: Final = re.compile(
    r"accuracy|auc|precision|recall|f1|fbeta|r2|score|jaccard|iou|dice|bleu|rouge|ndcg|map\b|gain|"
    r"kappa|mcc|likelihood|explained_variance|reward|silhouette|(^|_)acc(_|$)"
)
_SMALLER: Final = re.compile(
    r"loss|error|mse|mae|rmse|mape|deviance|perplexity|brier|hinge|hamming|time|duration|seconds|"
    r"latency|memory|bytes|inertia|distance|cost|rank|fail"
)


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
