"""Methods ``fit`` of every shape."""

import functools
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights


class AsClassMethod(Own):
    @classmethod
    def fit(cls, X: Any, y: Any = None) -> Any:  # noqa: ARG003 - what every fit is given
        calls.append(cls.__name__)
        return cls


@case(runs=0, metrics=())
def fit_as_classmethod() -> Any:
    return AsClassMethod().fit(X, Y).__name__, AsClassMethod.fit(X).__name__


class AsStaticMethod(Own):
    @staticmethod
    def fit(X: Any, y: Any = None) -> Any:  # noqa: ARG004 - what every fit is given
        calls.append("static")
        return len(X)


@case(runs=0, metrics=())
def fit_as_staticmethod() -> Any:
    return AsStaticMethod().fit(X, Y), AsStaticMethod.fit(X, Y)


def _fit(self: Any, X: Any, y: Any = None, *, times: int = 1) -> Any:
    calls.extend(["fit"] * times)
    return self


class AsPartialMethod(Own):
    fit = functools.partialmethod(_fit, times=2)  # type: ignore[assignment]  # no method: the case


class AsPartial(Own):
    fit = functools.partial(_fit, None, times=3)  # type: ignore[assignment]  # no method: the case


@case(runs=0, metrics=())
def fit_as_partial() -> Any:
    return AsPartialMethod().fit(X, Y).alpha, AsPartial().fit(X, Y)


class AsProperty(Own):
    @property
    def fit(self) -> Any:
        calls.append("property")
        return lambda X, *_: len(X)


@case(runs=0, metrics=())
def fit_as_property() -> Any:
    return AsProperty().fit(X, Y)


class Callable_:
    def __call__(self, X: Any, y: Any = None) -> Any:
        calls.append("called")
        return len(X)


class AsObject(Own):
    fit = Callable_()  # type: ignore[assignment]  # no method: the case


@case(runs=0, metrics=())
def fit_as_object() -> Any:
    return AsObject().fit(X, Y), AsObject.fit is vars(AsObject)["fit"]


class Coroutine(Own):
    async def fit(self, X: Any, y: Any = None) -> Any:  # type: ignore[override]  # the case
        calls.append("async")
        return self


@case()
def fit_as_coroutine() -> Any:
    import asyncio

    return type(asyncio.run(Coroutine().fit(X, Y))).__name__


class Generating(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        for number in range(3):
            calls.append(f"step {number}")
            yield number


@case()
def fit_as_generator() -> Any:
    return list(Generating().fit(X, Y))


class Returning(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        return self.alpha


@case(runs=4)
def fit_returns_something_else() -> Any:
    other = LogisticRegression()
    values = (None, 5, other, np.arange(3))
    return [Returning(alpha=value).fit(X, Y) is value for value in values]


class Dispatching(Own):
    @functools.singledispatchmethod
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("any")
        return self

    @fit.register
    def _(self, X: list, y: Any = None) -> Any:  # type: ignore[type-arg]
        calls.append("list")
        return self


@case(runs=0, metrics=())
def fit_that_dispatches() -> Any:
    return Dispatching().fit(X, Y).alpha, Dispatching().fit([1], Y).alpha


def noisy(function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        calls.append("wrapper")
        return function(*args, **kwargs)

    return wrapper


class Decorated(Own):
    @noisy
    @noisy
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("fit")
        return self


class Cached(Own):
    @functools.lru_cache  # noqa: B019
    def fit(self, number: int) -> Any:
        calls.append("fit")
        return self


@case()
def fit_decorated() -> Any:
    return Decorated().fit(X, Y).alpha


@case(runs=0, metrics=())
def fit_cached() -> Any:
    model = Cached()
    return model.fit(1) is model.fit(1), Cached.fit.cache_info().hits > 0


class Delegating(Own):
    def __init__(self, alpha: Any = 1) -> None:
        super().__init__(alpha)
        self.fit = self.train  # type: ignore[method-assign]

    def train(self, X: Any, y: Any = None) -> Any:
        calls.append("train")
        return Own.fit(self, X, y)


@case(runs=0, metrics=())
def fit_set_on_the_instance() -> Any:
    model = LogisticRegression()
    model.fit = lambda *_: "mine"  # type: ignore[method-assign]
    return model.fit(X, Y), Delegating().fit(X, Y).classes_.tolist()


class Alias(Own):
    def train(self, X: Any, y: Any = None) -> Any:
        calls.append("train")
        return super().fit(X, y)

    fit = train


@case(runs=2)
def fit_by_another_name() -> Any:
    return Alias().fit(X, Y).alpha, Alias().train(X, Y).alpha


class First(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("first")
        return super().fit(X, y)


class Second(First):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("second")
        return super().fit(X, y)


class Left(Second):
    pass


class Right(Second):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("right")
        return super().fit(X, y)


class Bottom(Left, Right):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("bottom")
        return super().fit(X, y)


@case(params={"alpha": "1.0"})
def fit_of_deep_ancestors() -> Any:
    return Bottom().fit(X, Y).classes_.tolist()


class Deriving(LogisticRegression):
    """A class of scikit-learn's with something added."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        calls.append("fit")
        return super().fit(X * 2, y, sample_weight)


@case(params={"C": "2"}, note="own code")
def fit_of_a_derived_class() -> Any:
    return weights(Deriving(C=2).fit(X, Y))


class Repeating(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append(str(self.alpha))
        if self.alpha:
            self.alpha -= 1
            return self.fit(X, y)
        return self


@case(params={"alpha": "50"})
def fit_calls_itself() -> Any:
    return Repeating(alpha=50).fit(X, Y).alpha


class Mixed:
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("mixed")
        return self


class OfTheMixin(Mixed, BaseEstimator):
    pass


@case(runs=1)
def fit_of_a_mixin() -> Any:
    Mixed().fit(X)
    return type(OfTheMixin().fit(X)).__name__


@case(runs=2, metrics=CLASSIFIER)
def called_on_the_class() -> Any:
    # What is asked of the class itself is the function as it always was: nobody sees the call.
    bare = weights(LogisticRegression.fit(LogisticRegression(), X, Y))
    LogisticRegression().fit(X, Y)
    fit = LogisticRegression().fit
    return bare, weights(fit(X, Y))


@case(runs=3)
def bound_methods() -> Any:
    fit = Own(alpha=1).fit
    models = list(map(fit, [X], [Y]))
    models.append(functools.partial(Own().fit, y=Y)(X))
    models.append(getattr(Own(), "fit")(*[X], **{"y": Y}))  # noqa: B009
    return len(models), fit.__self__ is models[0], fit == fit.__self__.fit


class Transforming(TransformerMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> Any:
        calls.append("fit")
        return self

    def transform(self, X: Any) -> Any:
        calls.append("transform")
        return X * 2


@case()
def fit_transform_inherited() -> Any:
    return float(Transforming().fit_transform(X).sum())


@case()
def fit_then_fitted_again() -> Any:
    class Restless(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            SVC().fit(X, y)
            return super().fit(X, y)

        def predict(self, X: Any) -> Any:
            SVC().fit(X, Y)
            return super().predict(X)

    return Restless().fit(X, Y).alpha


@case(runs=2)
def class_defined_in_a_loop() -> Any:
    found = []
    for number in range(2):

        class Again(ClassifierMixin, BaseEstimator):
            def fit(self, X: Any, y: Any = None, number: int = number) -> Any:
                self.number_ = number
                return self

        found.append(Again().fit(X, Y).number_)
    return found
