"""The table of cases, and what they share: data, an estimator of the user's, who was called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

calls: list[str] = []
RNG = np.random.RandomState(0)
X = RNG.rand(60, 3)
Y = (X[:, 0] > 0.5).astype(int)
CLASSIFIER = (
    "training_score",
    "training_accuracy_score",
    "training_f1_score",
    "training_roc_auc",
    "training_log_loss",
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Code that a tracker may trip over, and what its runs hold all the same.

    ``runs`` counts the runs, ``statuses`` are theirs in the order they began; ``params``,
    ``metrics`` and ``note`` are what the last of them has among others, ``model`` the status of
    its model. ``problems`` says that something of ours may fail in between; ``unstable`` names
    aspects that two untracked executions do not agree on.
    """

    function: Callable[[], Any]
    runs: int | None = 1
    status: str = "FINISHED"
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: tuple[str, ...] = ("fit_time_seconds",)
    note: str = ""
    model: str | None = None
    problems: bool = False
    unstable: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__


CASES: list[Case] = []


def case(**kept: Any) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Enter a function, whose result is the outcome of the case, into the table."""

    def enter(function: Callable[[], Any]) -> Callable[[], Any]:
        CASES.append(Case(function=function, **kept))
        return function

    return enter


class Own(ClassifierMixin, BaseEstimator):
    """An estimator of the user's that tells which of its methods are called."""

    def __init__(self, alpha: Any = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: Any, y: Any = None) -> "Own":
        """Learn nothing."""
        calls.append("fit")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        calls.append("predict")
        return np.zeros(len(X), int)

    def score(self, X: Any, y: Any) -> float:  # type: ignore[override]
        calls.append("score")
        return 0.25


def weights(model: Any) -> bytes:
    """What a linear model learned, to the bit."""
    return bytes(np.ascontiguousarray(model.coef_).tobytes())
