"""Fits that raise, whatever it is."""

import warnings
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case


class Failing(Own):
    def fit(self, X: Any, y: Any = None) -> "Failing":
        raise self.alpha


class Odd(Exception):
    def __str__(self) -> str:
        calls.append("str")
        raise RuntimeError("no text")


class Closed(Exception):
    """An exception that has its own idea of its attributes."""

    @property
    def args(self) -> Any:
        calls.append("args")
        raise RuntimeError("no arguments")

    def __setattr__(self, name: str, value: Any) -> None:
        calls.append(f"set {name}")
        raise RuntimeError("not to be changed")

    def with_traceback(self, traceback: Any) -> Any:
        calls.append("with_traceback")
        raise RuntimeError("no traceback")

    def __eq__(self, other: object) -> bool:
        calls.append("eq")
        raise RuntimeError("not comparable")

    def __hash__(self) -> int:
        calls.append("hash")
        raise RuntimeError("no hash")


class Base(BaseException):
    pass


@case(status="FAILED")
def fit_raises() -> Any:
    return Failing(alpha=ValueError("bad data")).fit(X, Y)


@case(status="FAILED")
def fit_raises_odd() -> Any:
    return Failing(alpha=Odd(1)).fit(X, Y)


@case(status="FAILED")
def fit_raises_a_closed_one() -> Any:
    return Failing(alpha=Closed(1)).fit(X, Y)


@case(status="FAILED")
def fit_raises_a_base_exception() -> Any:
    return Failing(alpha=Base("all the way")).fit(X, Y)


@case(status="FAILED")
def fit_raises_a_group() -> Any:
    group = BaseExceptionGroup("several", [ValueError(1), ExceptionGroup("more", [Odd(2)])])
    return Failing(alpha=group).fit(X, Y)


@case(status="KILLED")
def fit_interrupted() -> Any:
    return Failing(alpha=KeyboardInterrupt()).fit(X, Y)


@case(status="FAILED")
def fit_exits() -> Any:
    return Failing(alpha=SystemExit(2)).fit(X, Y)


@case(status="FAILED")
def fit_stops_an_iteration() -> Any:
    return (lambda: Failing(alpha=StopIteration(3)).fit(X, Y))()


@case(status="FAILED")
def fit_closes_a_generator() -> Any:
    return Failing(alpha=GeneratorExit()).fit(X, Y)


@case(status="FAILED")
def fit_runs_out_of_memory() -> Any:
    return Failing(alpha=MemoryError()).fit(X, Y)


class Chained(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        try:
            return {}[self.alpha]
        except KeyError as error:
            if self.alpha == "from":
                raise ValueError("the cause is known") from error
            if self.alpha == "none":
                raise ValueError("the cause is hidden") from None
            raise ValueError("while handling") from None if self.alpha else error


@case(status="FAILED", params={"alpha": "from"})
def fit_raises_from() -> Any:
    return Chained(alpha="from").fit(X, Y)


@case(status="FAILED", params={"alpha": "none"})
def fit_raises_from_none() -> Any:
    return Chained(alpha="none").fit(X, Y)


@case(runs=2, status="FAILED")
def raised_while_handling() -> Any:
    try:
        Failing(alpha=ValueError("first")).fit(X, Y)
    except ValueError:
        Failing(alpha=TypeError("second")).fit(X, Y)


@case(status="FAILED")
def raised_with_notes() -> Any:
    error = ValueError("see below")
    error.add_note("a note")
    return Failing(alpha=error).fit(X, Y)


@case(runs=3, status="FAILED")
def the_same_exception_again() -> Any:
    model = Failing(alpha=ValueError("again"))
    for _ in range(2):
        try:
            model.fit(X, Y)
        except ValueError:
            calls.append("caught")
    return model.fit(X, Y)


class Retrying(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        try:
            Failing(alpha=ValueError("inner")).fit(X, y)
        except ValueError as error:
            self.error_ = error
        raise self.error_


@case(status="FAILED")
def raised_in_an_inner_fit() -> Any:
    return Retrying().fit(X, Y)


@case(status="FAILED")
def a_pipeline_raises() -> Any:
    return make_pipeline(StandardScaler(), Failing(alpha=ValueError("deep"))).fit(X, Y)


class Deep(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        return self.fit(X, y)


@case(status="FAILED", unstable=("frames", "text"))
def endless_recursion() -> Any:
    return Deep().fit(X, Y)


@case(status="FAILED", metrics=("fit_time_seconds",), params={"C": "-1"})
def sklearn_refuses() -> Any:
    return LogisticRegression(C=-1).fit(X, Y)


@case(status="FAILED", params={"C": "1.0"})
def wrong_shapes() -> Any:
    return LogisticRegression().fit(X, Y[:-1])


@case(status="FAILED", params={"C": "1.0"})
def fit_without_y() -> Any:
    return LogisticRegression().fit(X)


@case(status="FAILED", params={"C": "1.0"})
def no_arguments() -> Any:
    return LogisticRegression().fit()


@case(status="FAILED", params={"C": "1.0"})
def unknown_argument() -> Any:
    return LogisticRegression().fit(X, Y, weight=1)


@case(status="FAILED", params={"C": "1.0"})
def too_many_arguments() -> Any:
    return LogisticRegression().fit(X, Y, None, None, None)


@case(metrics=(), runs=0)
def not_even_an_instance() -> Any:
    return LogisticRegression.fit()


@case(metrics=(*CLASSIFIER, "accuracy_score_X"))
def metric_refuses() -> Any:
    model = LogisticRegression().fit(X, Y)
    accuracy_score(Y, model.predict(X))
    return accuracy_score(Y, model.predict(X), normalize="perhaps")


@case(metrics=CLASSIFIER)
def prediction_refuses() -> Any:
    return LogisticRegression().fit(X, Y).predict(np.zeros((3, 7)))


@case(runs=0, metrics=())
def not_fitted() -> Any:
    return LogisticRegression().predict(X)


@case(status="FAILED", params={"max_iter": "1"})
def errors_from_warnings() -> Any:
    warnings.simplefilter("error")
    return LogisticRegression(max_iter=1).fit(X, Y)


@case(metrics=CLASSIFIER)
def every_warning_is_an_error() -> Any:
    warnings.simplefilter("error")
    model = LogisticRegression().fit(X, Y)
    return accuracy_score(Y, model.predict(X))
