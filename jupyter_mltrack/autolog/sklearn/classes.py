"""Which classes of scikit-learn are observed.

Every class below ``BaseEstimator``, with its mixins, whoever defined it: those that exist are
walked, those defined later are seen by ``__init_subclass__``, after scikit-learn's own has wrapped
``transform`` there (``set_output``). A class that keeps that from happening, or whose methods were
replaced since, is found by :func:`refresh` at the next cell.
"""

import sys
import weakref
from typing import Any, Final

from jupyter_mltrack.autolog.deferred import Deferred
from jupyter_mltrack.autolog.observed import Call, Finish, Watch, is_observed, unobserved
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.sklearn.changes import ClassView

_ROOM: Final = "jupyter_mltrack.autolog.sklearn"
_watch_fit: Final = Deferred(f"{_ROOM}.fits", "watch_fit")
_watch_partial_fit: Final = Deferred(f"{_ROOM}.partial", "watch_partial_fit")
_watch_prediction: Final = Deferred(f"{_ROOM}.posthoc", "watch_prediction")
_watch_score: Final = Deferred(f"{_ROOM}.posthoc", "watch_score")
_forget_fitted: Final = Deferred(f"{_ROOM}.lineage", "forget_fitted", otherwise_nothing=True)

METHODS: Final[dict[str, Watch]] = {
    "fit": _watch_fit,
    "fit_predict": _watch_fit,
    "fit_transform": _watch_fit,
    "partial_fit": _watch_partial_fit,
    "predict": _watch_prediction,
    "predict_proba": _watch_prediction,
    "predict_log_proba": _watch_prediction,
    "decision_function": _watch_prediction,
    "transform": _watch_prediction,
    "score": _watch_score,
}
_views: Final["weakref.WeakKeyDictionary[Patcher, ClassView]"] = weakref.WeakKeyDictionary()


def observe_classes(patcher: Patcher) -> None:
    """Observe all estimator classes there are, and see those to come."""
    module: Any = sys.modules["sklearn.base"]
    refresh(patcher)
    if _forget_fitted not in unobserved:
        unobserved.append(_forget_fitted)

    def watch_definition(call: Call) -> Finish:
        kind = call.args[0]
        return lambda _result, _error: observe_class(patcher, kind)

    for kind in (module.BaseEstimator, module.TransformerMixin):
        for ancestor in kind.__mro__[:-1]:
            if "__init_subclass__" in vars(ancestor):
                patcher.observe_method(ancestor, "__init_subclass__", watch_definition)


def refresh(patcher: Patcher) -> None:
    """Observe the classes that are not yet; each is looked at only when anything has changed."""
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    if base is None:
        return
    view = _views.get(patcher)
    if view is None or not view.is_as_before():
        _views[patcher] = ClassView(*_walk(patcher, base), METHODS)


def _walk(patcher: Patcher, base: type) -> tuple[list[type], list[type]]:
    """Observe what is not yet of all classes below one, and of those mixed in; returns both."""
    # By identity: a metaclass may have its own idea of equality.
    known: dict[int, type] = {}
    mixed_in: dict[int, type] = {}
    waiting: list[type] = [base]
    while waiting:
        kind = waiting.pop()
        if id(kind) in known:
            continue
        known[id(kind)] = kind
        _observe_own(patcher, kind)
        waiting += type.__subclasses__(kind)
        for above in kind.__bases__:
            if id(above) not in known and id(above) not in mixed_in:
                mixed_in.update((id(one), one) for one in above.__mro__[:-1])
                observe_class(patcher, above)
    others = [kind for key, kind in mixed_in.items() if key not in known]
    return list(known.values()), others


def observe_class(patcher: Patcher, kind: type) -> None:
    """Observe the methods that a class or its bases define."""
    for ancestor in kind.__mro__[:-1]:
        _observe_own(patcher, ancestor)


def _observe_own(patcher: Patcher, kind: type) -> None:
    own = vars(kind)
    for name in METHODS:
        if name in own and not is_observed(own[name]):
            patcher.observe_method(kind, name, METHODS[name])
