"""Which functions of scikit-learn are observed; what watches them is loaded with the first call."""

import sys
from typing import Any, Final

from jupyter_mltrack.autolog.deferred import Deferred
from jupyter_mltrack.autolog.patching import Patcher

EVALUATIONS: Final = (
    "cross_validate",
    "cross_val_score",
    "cross_val_predict",
    "learning_curve",
    "validation_curve",
    "permutation_test_score",
)
_NOT_METRICS: Final = (
    "check_scoring",
    "get_scorer",
    "make_scorer",
    "pairwise_",
    "euclidean",
    "nan_",
)
_ROOM: Final = "jupyter_mltrack.autolog.sklearn"
_watch_metric: Final = Deferred(f"{_ROOM}.posthoc", "watch_metric")
_watch_scorer: Final = Deferred(f"{_ROOM}.posthoc", "watch_scorer")
_watch_evaluation: Final = Deferred(f"{_ROOM}.cross_validation", "watch_evaluation")
_watch_split: Final = Deferred(f"{_ROOM}.cross_validation", "watch_split")
_watch_permutation: Final = Deferred(f"{_ROOM}.permutation", "watch_permutation")


def observe_metrics(patcher: Patcher) -> None:
    """Observe the functions of ``sklearn.metrics``."""
    module: Any = sys.modules["sklearn.metrics"]
    for name in module.__all__:
        function = getattr(module, name, None)
        if not name.startswith(_NOT_METRICS) and not isinstance(function, type):
            patcher.observe_function(function, _watch_metric)
    scorer = getattr(sys.modules.get("sklearn.metrics._scorer"), "_BaseScorer", None)
    if scorer is not None:
        patcher.observe_method(scorer, "__call__", _watch_scorer)


def observe_evaluations(patcher: Patcher) -> None:
    """Observe the functions of ``sklearn.model_selection`` that fit and measure, or split."""
    module: Any = sys.modules["sklearn.model_selection"]
    for name in EVALUATIONS:
        patcher.observe_function(getattr(module, name, None), _watch_evaluation)
    patcher.observe_function(module.train_test_split, _watch_split)


def observe_inspection(patcher: Patcher) -> None:
    """Observe ``sklearn.inspection.permutation_importance``."""
    module: Any = sys.modules["sklearn.inspection"]
    patcher.observe_function(module.permutation_importance, _watch_permutation)
