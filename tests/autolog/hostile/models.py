"""Estimators whose class is strange: what it answers, how it was made, how it is kept."""

import threading
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case


class OwnParams(Own):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        calls.append("get_params")
        raise RuntimeError("no params today")


@case(params={"alpha": "1.0"}, model="READY")
def get_params_raises() -> Any:
    return OwnParams().fit(X, Y).alpha


class Unpicklable(Own):
    def __getstate__(self) -> Any:
        raise TypeError("cannot be pickled, at all")


@case(model="FAILED", note="cannot be pickled, at all", params={"alpha": "1.0"})
def unpicklable() -> Any:
    return Unpicklable().fit(X, Y).alpha


class Leaving(Own):
    def __getstate__(self) -> Any:
        raise SystemExit(3)


@case(model="FAILED", note="SystemExit: 3", params={"alpha": "1.0"})
def exit_in_getstate() -> Any:
    return Leaving().fit(X, Y).alpha


class Selfish(Own):
    def fit(self, X: Any, y: Any = None) -> "Selfish":
        self.me = self
        self.alpha = self
        return self


@case(model="READY", params={"alpha": "1.0"})
def self_referential() -> Any:
    model = Selfish().fit(X, Y)
    return model.me is model


@case()
def its_own_param() -> Any:
    model = Own()
    model.alpha = [{"again": model}]
    return len(model.fit(X, Y).classes_)


class Slots(Own):
    __slots__ = ("alpha", "classes_")


@case()
def slots() -> Any:
    return Slots().fit(X, Y).predict(X).sum()


class Properties(Own):
    @property
    def alpha(self) -> Any:
        calls.append("alpha")
        return self._alpha

    @alpha.setter
    def alpha(self, value: Any) -> None:
        calls.append("set alpha")
        self._alpha = value


@case()
def property_as_param() -> Any:
    return Properties(alpha=3).fit(X, Y).alpha


class Raising(Own):
    def __init__(self, alpha: Any = 1) -> None:
        self.beta = alpha

    @property
    def alpha(self) -> Any:
        calls.append("alpha")
        raise RuntimeError("no alpha")

    @property
    def best_estimator_(self) -> Any:
        calls.append("best_estimator_")
        raise RuntimeError("none is best")

    @property
    def cv_results_(self) -> Any:
        calls.append("cv_results_")
        raise RuntimeError("no results")

    @property
    def n_features_in_(self) -> Any:
        calls.append("n_features_in_")
        raise RuntimeError("no features")

    @property
    def feature_importances_(self) -> Any:
        calls.append("feature_importances_")
        raise RuntimeError("nothing is important")

    @property
    def coef_(self) -> Any:
        calls.append("coef_")
        raise RuntimeError("no coefficients")


@case()
def properties_that_raise() -> Any:
    return Raising().fit(X, Y).beta


class Answering(Own):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        calls.append(f"getattr {name}")
        return 5


@case(params={"alpha": "1.0"})
def answers_for_everything() -> Any:
    model = Answering().fit(X, Y)
    return model.feature_importances_, model.cv_results_


class Counting(Own):
    def __getattribute__(self, name: str) -> Any:
        calls.append(f"getattribute {name}")
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        calls.append(f"setattr {name}")
        super().__setattr__(name, value)


@case(params={"alpha": "1.0"})
def counts_its_attributes() -> Any:
    return Counting().fit(X, Y).alpha


class Incomparable(Own):
    def __eq__(self, other: object) -> bool:
        calls.append("eq")
        raise RuntimeError("not comparable")

    def __hash__(self) -> int:
        calls.append("hash")
        raise RuntimeError("no hash")

    def __bool__(self) -> bool:
        calls.append("bool")
        raise RuntimeError("neither true nor false")

    def __len__(self) -> int:
        calls.append("len")
        return 0

    def __sizeof__(self) -> int:
        calls.append("sizeof")
        return 0

    def __repr__(self, N_CHAR_MAX: int = 0) -> str:
        calls.append("repr")
        raise RuntimeError("no text")

    def __dir__(self) -> Any:
        calls.append("dir")
        raise RuntimeError("nothing here")

    def __copy__(self) -> Any:
        calls.append("copy")
        raise RuntimeError("unique")

    def __deepcopy__(self, memo: Any) -> Any:
        calls.append("deepcopy")
        raise RuntimeError("unique")

    def __sklearn_tags__(self) -> Any:
        calls.append("tags")
        raise RuntimeError("no tags")

    def __sklearn_is_fitted__(self) -> bool:
        calls.append("is_fitted")
        raise RuntimeError("who knows")

    def _repr_html_(self) -> str:
        calls.append("html")
        raise RuntimeError("no picture")


@case(params={"alpha": "1.0"}, metrics=("fit_time_seconds", "Incomparable_score_X"))
def special_methods_that_raise() -> Any:
    model = Incomparable().fit(X, Y)
    return model.predict(X).sum(), model.score(X, Y)


class Dying(Own):
    def __del__(self) -> None:
        calls.append("del")


@case(runs=2)
def dies_when_let_go() -> Any:
    model = Dying().fit(X, Y)
    model.predict(X)
    calls.append("before")
    del model
    calls.append("after")
    Dying().fit(X, Y)
    calls.append("at once")


class Kind(type(BaseEstimator)):  # type: ignore[misc]
    """A metaclass that will have nothing of it."""

    def __setattr__(cls, name: str, value: Any) -> None:
        if not name.startswith(("_abc", "set_", "__abstract", "__slotnames__")):
            calls.append(f"set {name}")
        super().__setattr__(name, value)

    def __instancecheck__(cls, instance: Any) -> bool:
        calls.append("instancecheck")
        return False

    def __subclasscheck__(cls, other: Any) -> bool:
        calls.append("subclasscheck")
        return False

    def __subclasses__(cls) -> Any:
        calls.append("subclasses")
        raise RuntimeError("no children")

    def __repr__(cls) -> str:
        calls.append("class repr")
        return "?"


class Special(Own, metaclass=Kind):
    pass


@case()
def metaclass_of_its_own() -> Any:
    Special().fit(X, Y)
    return calls.count("fit")


@case(params={"alpha": "1.0"})
def strange_class_name() -> Any:
    return type("Emoji🦜 <b>", (Own,), {})().fit(X, Y).classes_.tolist()


@case()
def class_without_a_module() -> Any:
    scope: dict[str, Any] = {"Own": Own}
    exec("class Mine(Own):\n    pass\nMine.__module__ = None", scope)
    return scope["Mine"]().fit(X, Y).classes_.tolist()


class Liar(Own):
    @property
    def __class__(self) -> Any:  # type: ignore[override]
        calls.append("class")
        return dict


@case(params={"alpha": "1.0"})
def lies_about_its_class() -> Any:
    return type(Liar().fit(X, Y)).__name__


class Meta(Own):
    def fit(self, X: Any, y: Any = None) -> "Meta":
        self.inner_ = LogisticRegression().fit(X, y)
        accuracy_score(y, self.inner_.predict(X))
        return self


@case(note="own code")
def nested_fit() -> Any:
    return Meta().fit(X, Y).inner_.C


@case(metrics=("fit_time_seconds", "Own_score_X"))
def own_estimator() -> Any:
    model = Own().fit(X, Y)
    return model.predict(X).sum(), model.score(X, Y)


class Mutable(ClassifierMixin, BaseEstimator):
    """One whose class is changed by its user."""

    registry: list[Any] = []
    alpha = 1

    def fit(self, X: Any, y: Any = None) -> "Mutable":
        type(self).registry.append(len(X))
        type(self).last = self  # type: ignore[attr-defined]
        self.classes_ = np.unique(y)
        return self


@case()
def class_changed_by_its_user() -> Any:
    Mutable.registry.clear()
    Mutable().fit(X, Y)
    old = Mutable.fit
    Mutable.fit = lambda self, X, y=None: calls.append("new") or old(self, X, y)  # type: ignore
    try:
        model = Mutable().fit(X, Y)
    finally:
        Mutable.fit = old  # type: ignore[method-assign]
    return Mutable.registry, Mutable.last is model, Mutable.fit is old  # type: ignore


@case(metrics=(), runs=0)
def no_estimator_of_sklearns() -> Any:
    class Duck:
        def fit(self, X: Any, y: Any = None) -> "Duck":
            calls.append("fit")
            return self

        def predict(self, X: Any) -> Any:
            return np.zeros(len(X), int)

    return accuracy_score(Y, Duck().fit(X, Y).predict(X))


@case(runs=2, metrics=CLASSIFIER, params={"C": "3"})
def made_without_init() -> Any:
    half = Own.__new__(Own)
    half.fit(X, Y)
    whole = LogisticRegression.__new__(LogisticRegression)
    whole.__dict__.update(LogisticRegression(C=3).get_params())
    return sorted(vars(half)), whole.fit(X, Y).C


class Guarded(Own):
    """One that is fitted from several threads."""

    guard = threading.RLock()

    def fit(self, X: Any, y: Any = None) -> Any:
        with self.guard:
            return super().fit(X, y)

    def __getstate__(self) -> Any:
        with self.guard:
            return dict(self.__dict__)


@case()
def holds_a_lock_while_fitting() -> Any:
    return Guarded().fit(X, Y).alpha
