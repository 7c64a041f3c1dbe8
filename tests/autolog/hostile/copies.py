"""Copies and pickles of estimators, methods and classes, loaded where we are not."""

import copy
import io
import pickle
import subprocess
import sys
from typing import Any

import cloudpickle
import joblib
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights

OURS = b"jupyter_mltrack"


@case(runs=0, metrics=())
def pickled() -> Any:
    class Here(Own):
        def fit(self, X: Any, y: Any = None) -> "Here":
            return self

    by_value = cloudpickle.dumps(Here())
    parts = (LogisticRegression(), accuracy_score, LogisticRegression.fit, LogisticRegression().fit)
    return OURS in by_value, [len(pickle.dumps(part)) for part in parts]


@case(metrics=CLASSIFIER)
def pickles_are_the_same_bytes() -> Any:
    model = LogisticRegression().fit(X, Y)
    stream = io.BytesIO()
    joblib.dump(model, stream)
    return pickle.dumps(model), cloudpickle.dumps(model), stream.getvalue()


@case()
def copies() -> Any:
    model = Own(alpha=[1]).fit(X, Y)
    shallow, deep = copy.copy(model), copy.deepcopy(model)
    return (
        shallow.alpha is model.alpha,
        deep.alpha is model.alpha,
        sorted(vars(deep)),
        copy.copy(Own) is Own,
        copy.deepcopy(Own.fit) is Own.fit,
        copy.deepcopy({"model": model, "class": Own})["class"] is Own,
    )


@case(runs=2)
def copy_of_a_bound_method() -> Any:
    fit = copy.deepcopy(Own(alpha=3).fit)
    copied = copy.copy(Own(alpha=4).fit)
    return fit(X, Y).alpha, copied(X, Y).alpha, fit.__name__


@case(runs=2)
def pickled_and_fitted_again() -> Any:
    model = pickle.loads(pickle.dumps(Own(alpha=5).fit(X, Y)))
    return model.fit(X, Y).alpha, sorted(vars(model))


@case(runs=0, metrics=())
def loaded_without_us() -> Any:
    """Classes of the notebook by value, estimators of scikit-learn by name."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "class Mine(TransformerMixin, BaseEstimator):\n"
        "    def __init__(self, a=1):\n"
        "        self.a = a\n"
        "    def fit(self, X, y=None):\n"
        "        self.done_ = len(X)\n"
        "        return self\n"
        "    def transform(self, X):\n"
        "        return X\n"
        "class Again(Mine):\n"
        "    def fit(self, X, y=None):\n"
        "        return super().fit(X, y)\n"
        "    def score(self, X, y=None):\n"
        "        return 0.5\n",
        scope,
    )
    # Else cloudpickle would look the classes up in this module.
    things = [scope["Again"](2), scope["Mine"], make_pipeline(StandardScaler(), scope["Mine"]())]
    things += [scope["Again"](3).fit, scope["Mine"].fit, LogisticRegression().fit]
    content = cloudpickle.dumps(things)
    code = (
        "import pickle, sys\n"
        "things = pickle.load(sys.stdin.buffer)\n"
        "things[0].fit([1, 2])\n"
        "assert things[0].score([]) == 0.5 and things[0].done_ == 2\n"
        "assert things[1]().fit_transform([1, 2, 3]) == [1, 2, 3]\n"
        "things[2].fit([[1], [2]])\n"
        "print(things[3]([1]).a, type(things[4]).__name__, things[5].__self__)\n"
        "assert not [name for name in sys.modules if name.startswith('jupyter_mltrack')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True)
    return done.stdout, done.stderr, OURS in content


@case()
def reduced_by_its_class() -> Any:
    class Reduced(Own):
        def __reduce__(self) -> Any:
            return (Own, (self.alpha,))

    model = Reduced(alpha=2).fit(X, Y)
    return type(copy.copy(model)).__name__, calls.count("fit")


@case(metrics=CLASSIFIER)
def state_of_a_model() -> Any:
    model = LogisticRegression().fit(X, Y)
    fresh = LogisticRegression()
    fresh.__setstate__(model.__getstate__())
    return weights(fresh), sorted(vars(model)), sorted(model.__getstate__())
