"""Warnings, what is printed, and random numbers."""

import io
import random
import sys
import warnings
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline
from sklearn.tree import DecisionTreeClassifier

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights


class Warning_(Own):
    def fit(self, X: Any, y: Any = None) -> "Warning_":
        warnings.warn("look at the caller", UserWarning, stacklevel=2)
        warnings.warn("look further up", UserWarning, stacklevel=3)
        warnings.warn("look here", DeprecationWarning, stacklevel=1)
        return self


@case(runs=4)
def warns() -> Any:
    for _ in range(3):
        Warning_().fit(X, Y)
    return LogisticRegression(max_iter=1).fit(X, Y).n_iter_.tolist()


@case(runs=3)
def warned_once() -> Any:
    # Whether Python still knows that this very warning was shown.
    for _ in range(3):
        Own().fit(X, Y)
        warnings.warn("once per place", UserWarning, stacklevel=1)


class Filtering(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        warnings.filterwarnings("error", category=UserWarning)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.warn("unheard", UserWarning, stacklevel=1)
        return self


@case()
def filters_changed_in_fit() -> Any:
    Filtering().fit(X, Y)
    kept = [item[:1] + item[2:3] for item in warnings.filters]
    warnings.resetwarnings()
    return kept


@case(runs=2)
def warnings_shown_by_the_user() -> Any:
    seen = []
    shown = warnings.showwarning
    warnings.showwarning = lambda message, *_: seen.append(str(message))  # type: ignore
    try:
        Warning_().fit(X, Y)
        LogisticRegression(max_iter=1).fit(X, Y)
    finally:
        warnings.showwarning = shown
    return seen


class Logging(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        import logging

        logger = logging.getLogger("user")
        logger.error("who fitted?", stacklevel=2)
        logger.error("here", stack_info=False)
        return self


@case()
def logged_from_a_fit() -> Any:
    import logging

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(filename)s %(lineno)d %(funcName)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        Logging().fit(X, Y)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    return [line for line in stream.getvalue().splitlines() if "fit" in line]


@case(runs=5)
def prints() -> Any:
    forest = RandomForestClassifier(3, verbose=1, random_state=0).fit(X, Y)
    bag = BaggingClassifier(DecisionTreeClassifier(), 2, verbose=1, random_state=0).fit(X, Y)
    pipe = Pipeline([("f", RandomForestClassifier(3, verbose=2, random_state=0))], verbose=True)
    sgd = SGDClassifier(verbose=1, max_iter=2, random_state=0).fit(X, Y)
    net = MLPClassifier((3,), verbose=True, max_iter=2, random_state=0).fit(X, Y)
    return forest.verbose, len(bag.estimators_), len(pipe.fit(X, Y)), sgd.verbose, net.n_iter_


class Printing(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        print("fitting", end="…")
        print("still", file=sys.stderr)
        sys.stdout.write("written")
        return self


@case()
def prints_itself() -> Any:
    print("before")
    Printing().fit(X, Y)
    print("after")


class Counting(io.StringIO):
    def write(self, text: str) -> int:
        calls.append("write")
        return super().write(text)

    def flush(self) -> None:
        calls.append("flush")
        super().flush()


@case()
def output_replaced() -> Any:
    old = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Counting(), Counting()
    try:
        Printing().fit(X, Y)
        return sys.stdout.getvalue(), sys.stderr.getvalue()
    finally:
        sys.stdout, sys.stderr = old


@case()
def output_taken_away() -> Any:
    old = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = None  # type: ignore[assignment]
    try:
        return Own().fit(X, Y).alpha
    finally:
        sys.stdout, sys.stderr = old


class Random(Own):
    def fit(self, X: Any, y: Any = None) -> "Random":
        self.drawn_ = (random.random(), float(np.random.rand()))
        return self


@case(runs=3)
def draws() -> Any:
    first = Random().fit(X, Y).drawn_
    forest = RandomForestClassifier(5).fit(X, Y).predict_proba(X).sum()
    dummy = DummyClassifier(strategy="stratified").fit(X, Y)
    return first, forest, dummy.predict(X).tolist(), random.random(), np.random.rand()


@case(runs=2)
def shared_generator() -> Any:
    generator = np.random.RandomState(3)
    model = DummyClassifier(strategy="uniform", random_state=generator).fit(X, Y)
    forest = RandomForestClassifier(3, random_state=generator).fit(X, Y)
    return model.predict(X).tolist(), forest.predict(X).tolist(), generator.rand()


@case()
def generator_of_ones_own() -> Any:
    generator = np.random.default_rng(3)
    drawn = Own(alpha=generator).fit(X, Y).alpha.random()
    return drawn, generator.bit_generator.state["state"]["state"]


class Drawing(np.random.RandomState):
    def rand(self, *args: Any) -> Any:
        calls.append("rand")
        return super().rand(*args)

    def randint(self, *args: Any, **kwargs: Any) -> Any:
        calls.append("randint")
        return super().randint(*args, **kwargs)


@case()
def generator_of_a_class() -> Any:
    model = RandomForestClassifier(3, random_state=Drawing(1)).fit(X, Y)
    return model.predict(X).tolist()


@case()
def random_bits_replaced() -> Any:
    old = np.random.get_bit_generator()
    np.random.set_bit_generator(np.random.PCG64(5))
    try:
        forest = RandomForestClassifier(3).fit(X, Y).predict_proba(X).sum()
        return forest, np.random.rand()
    finally:
        np.random.set_bit_generator(old)


@case(metrics=CLASSIFIER)
def random_module_replaced() -> Any:
    functions = {"random": random.random, "getstate": random.getstate, "setstate": random.setstate}
    for name, function in functions.items():
        setattr(random, name, _counting(name, function))
    try:
        return weights(LogisticRegression().fit(X, Y)), random.random()
    finally:
        for name, function in functions.items():
            setattr(random, name, function)


def _counting(name: str, function: Any) -> Any:
    def counted(*args: Any) -> Any:
        calls.append(name)
        return function(*args)

    return counted
