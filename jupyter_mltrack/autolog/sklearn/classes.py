"""Which classes and functions of scikit-learn are observed.

Every class below ``BaseEstimator``, with its mixins, whoever defined it: those that exist are
walked, those defined later are seen by ``__init_subclass__``, after scikit-learn's own has wrapped
``transform`` there (``set_output``). A class that keeps that from happening, or whose methods were
replaced since, is found by :func:`refresh` at the next cell.
"""

import sys
from typing import Any, Final

from jupyter_mltrack.autolog.patching import (
    Call,
    Finish,
    Observed,
    Patcher,
    Watch,
    unobserved,
)
from jupyter_mltrack.autolog.sklearn.fits import watch_fit
from jupyter_mltrack.autolog.sklearn.lineage import forget_fitted
from jupyter_mltrack.autolog.sklearn.partial import watch_partial_fit
from jupyter_mltrack.autolog.sklearn.posthoc import (
    watch_metric,
    watch_prediction,
    watch_score,
    watch_scorer,
)

METHODS: Final[dict[str, Watch]] = {
    "fit": watch_fit,
    "fit_predict": watch_fit,
    "fit_transform": watch_fit,
    "partial_fit": watch_partial_fit,
    "predict": watch_prediction,
    "predict_proba": watch_prediction,
    "predict_log_proba": watch_prediction,
    "decision_function": watch_prediction,
    "transform": watch_prediction,
    "score": watch_score,
}
_NOT_METRICS: Final = (
    "check_scoring",
    "get_scorer",
    "make_scorer",
    "pairwise_",
    "euclidean",
    "nan_",
)


def observe_classes(patcher: Patcher) -> None:
    """Observe all estimator classes there are, and see those to come."""
    module: Any = sys.modules["sklearn.base"]
    refresh(patcher)
    if forget_fitted not in unobserved:
        unobserved.append(forget_fitted)

    def watch_definition(call: Call) -> Finish:
        kind = call.args[0]
        return lambda _result, _error: observe_class(patcher, kind)

    for kind in (module.BaseEstimator, module.TransformerMixin):
        for ancestor in kind.__mro__[:-1]:
            if "__init_subclass__" in vars(ancestor):
                patcher.observe_method(ancestor, "__init_subclass__", watch_definition)


def refresh(patcher: Patcher) -> None:
    """Observe the classes that are not yet; each of some 300 is looked at once."""
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    if base is None:
        return
    # By identity: a metaclass may have its own idea of equality.
    known: set[int] = set()
    mixed_in: set[int] = set()
    waiting: list[type] = [base]
    while waiting:
        kind = waiting.pop()
        if id(kind) in known:
            continue
        known.add(id(kind))
        _observe_own(patcher, kind)
        waiting += type.__subclasses__(kind)
        for above in kind.__bases__:
            if id(above) not in known and id(above) not in mixed_in:
                mixed_in.update(map(id, above.__mro__))
                observe_class(patcher, above)


def observe_class(patcher: Patcher, kind: type) -> None:
    """Observe the methods that a class or its bases define."""
    for ancestor in kind.__mro__[:-1]:
        _observe_own(patcher, ancestor)


def _observe_own(patcher: Patcher, kind: type) -> None:
    own = vars(kind)
    for name in METHODS:
        if name in own and type(own[name]) is not Observed:
            patcher.observe_method(kind, name, METHODS[name])


def observe_metrics(patcher: Patcher) -> None:
    """Observe the functions of ``sklearn.metrics``."""
    module: Any = sys.modules["sklearn.metrics"]
    for name in module.__all__:
        function = getattr(module, name, None)
        if not name.startswith(_NOT_METRICS) and not isinstance(function, type):
            patcher.observe_function(function, watch_metric)
    scorer = getattr(sys.modules.get("sklearn.metrics._scorer"), "_BaseScorer", None)
    if scorer is not None:
        patcher.observe_method(scorer, "__call__", watch_scorer)
