"""Code that a tracker may trip over. Each function is one case; what it returns is its outcome."""

import threading
import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin, clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

calls: list[str] = []
RNG = np.random.RandomState(0)
X = RNG.rand(60, 3)
Y = (X[:, 0] > 0.5).astype(int)


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


class OwnParams(Own):
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        calls.append("get_params")
        raise RuntimeError("no params today")


class Loud:
    """A value with hostile special methods."""

    def __repr__(self) -> str:
        calls.append("repr")
        return "x" * 10_000_000

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        calls.append("eq")
        raise RuntimeError("not comparable")

    __hash__ = None  # type: ignore[assignment]


class Unpicklable(Own):
    def __getstate__(self) -> Any:
        raise TypeError("cannot be pickled, at all")


class Leaving(Own):
    def __getstate__(self) -> Any:
        raise SystemExit(3)


class Selfish(Own):
    def fit(self, X: Any, y: Any = None) -> "Selfish":
        self.me = self
        self.alpha = self
        return self


class Failing(Own):
    def fit(self, X: Any, y: Any = None) -> "Failing":
        raise self.alpha


class Odd(Exception):
    def __str__(self) -> str:
        calls.append("str")
        raise RuntimeError("no text")


class Warning_(Own):
    def fit(self, X: Any, y: Any = None) -> "Warning_":
        warnings.warn("look at the caller", UserWarning, stacklevel=2)
        warnings.warn("look here", DeprecationWarning, stacklevel=1)
        return self


class Random(Own):
    def fit(self, X: Any, y: Any = None) -> "Random":
        import random

        self.drawn_ = (random.random(), float(np.random.rand()))
        return self


class Slots(Own):
    __slots__ = ("alpha", "classes_")


class Meta(Own):
    def fit(self, X: Any, y: Any = None) -> "Meta":
        self.inner_ = LogisticRegression().fit(X, y)
        accuracy_score(y, self.inner_.predict(X))
        return self


class Doubling(TransformerMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> "Doubling":
        calls.append("fit")
        return self

    def transform(self, X: Any) -> Any:
        calls.append("transform")
        return X * 2


def counting_scorer(y: Any, predicted: Any) -> float:
    calls.append("scorer")
    return float((y == predicted).mean())


def weights(model: Any) -> bytes:
    return bytes(np.ascontiguousarray(model.coef_).tobytes())


def logistic() -> Any:
    return weights(LogisticRegression().fit(X, Y))


def own_estimator() -> Any:
    model = Own().fit(X, Y)
    return model.predict(X).sum(), model.score(X, Y)


def own_in_pipeline() -> Any:
    model = make_pipeline(Doubling(), LogisticRegression()).fit(X, Y)
    return model.score(X, Y)


def own_in_search() -> Any:
    search = GridSearchCV(Own(), {"alpha": [1, 2]}, cv=2).fit(X, Y)
    return search.best_params_


def own_scorer() -> Any:
    scorer = make_scorer(counting_scorer)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, scoring=scorer)
    return search.fit(X, Y).best_score_


def own_function() -> Any:
    def double(data: Any) -> Any:
        calls.append("double")
        return data * 2

    return make_pipeline(FunctionTransformer(double), Ridge()).fit(X, Y).predict(X).sum()


def get_params_raises() -> Any:
    return OwnParams().fit(X, Y).alpha


def loud_param() -> Any:
    return len(Own(alpha=Loud()).fit(X, Y).classes_)


def long_param() -> Any:
    return len(Own(alpha="y" * 6001).fit(X, Y).alpha)


def nan_and_inf_params() -> Any:
    return [Own(alpha=value).fit(X, Y).classes_.tolist() for value in (float("nan"), np.inf)]


def strange_text_params() -> Any:
    return [Own(alpha=text).fit(X, Y).alpha for text in ("nul\0", "\ud800", "🦜", "\r\n\x1b[31m")]


def thousand_params() -> Any:
    names = [f"p{number}" for number in range(1000)]
    scope: dict[str, Any] = {}
    exec(
        f"def __init__(self, {', '.join(f'{n}=1' for n in names)}):\n"
        + "".join(f"    self.{n} = {n}\n" for n in names),
        scope,
    )
    kind = type("Many", (Own,), {"__init__": scope["__init__"]})
    return len(kind().fit(X, Y).get_params())


def strange_class_name() -> Any:
    return type("Emoji🦜 <b>", (Own,), {})().fit(X, Y).classes_.tolist()


def unpicklable() -> Any:
    return Unpicklable().fit(X, Y).alpha


def lambda_inside() -> Any:
    return Own(alpha=lambda: 1).fit(X, Y).alpha()


def lock_inside() -> Any:
    return type(Own(alpha=threading.Lock()).fit(X, Y).alpha).__name__


def exit_in_getstate() -> Any:
    return Leaving().fit(X, Y).alpha


def self_referential() -> Any:
    model = Selfish().fit(X, Y)
    return model.me is model


def fit_raises() -> Any:
    return Failing(alpha=ValueError("bad data")).fit(X, Y)


def fit_raises_odd() -> Any:
    return Failing(alpha=Odd(1)).fit(X, Y)


def fit_interrupted() -> Any:
    return Failing(alpha=KeyboardInterrupt()).fit(X, Y)


def fit_exits() -> Any:
    return Failing(alpha=SystemExit(2)).fit(X, Y)


def sklearn_refuses() -> Any:
    return LogisticRegression(C=-1).fit(X, Y)


def wrong_shapes() -> Any:
    return LogisticRegression().fit(X, Y[:-1])


def fit_without_y() -> Any:
    return LogisticRegression().fit(X)


def no_arguments() -> Any:
    return LogisticRegression().fit()


def one_class() -> Any:
    return DummyClassifier().fit(X, np.zeros(60)).predict(X).sum()


def empty_data() -> Any:
    return LogisticRegression().fit(np.empty((0, 3)), [])


def warns() -> Any:
    for _ in range(3):
        Warning_().fit(X, Y)
    return LogisticRegression(max_iter=1).fit(X, Y).n_iter_.tolist()


def draws() -> Any:
    import random

    first = Random().fit(X, Y).drawn_
    forest = RandomForestClassifier(5).fit(X, Y).predict_proba(X).sum()
    dummy = DummyClassifier(strategy="stratified").fit(X, Y)
    return first, forest, dummy.predict(X).tolist(), random.random(), np.random.rand()


def shared_generator() -> Any:
    generator = np.random.RandomState(3)
    model = DummyClassifier(strategy="uniform", random_state=generator).fit(X, Y)
    return model.predict(X).tolist(), generator.rand()


def prints() -> Any:
    forest = RandomForestClassifier(3, verbose=1, random_state=0).fit(X, Y)
    bag = BaggingClassifier(DecisionTreeClassifier(), 2, verbose=1, random_state=0).fit(X, Y)
    pipe = Pipeline([("f", RandomForestClassifier(3, verbose=2, random_state=0))], verbose=True)
    sgd = SGDClassifier(verbose=1, max_iter=2, random_state=0).fit(X, Y)
    return forest.verbose, len(bag.estimators_), len(pipe.fit(X, Y)), sgd.verbose


def slots() -> Any:
    return Slots().fit(X, Y).predict(X).sum()


def nested_fit() -> Any:
    return Meta().fit(X, Y).inner_.C


def fitted_in_threads() -> Any:
    results: list[Any] = [None] * 4

    def work(number: int) -> None:
        results[number] = weights(LogisticRegression(C=number + 1).fit(X, Y))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def voting_in_threads() -> Any:
    import joblib

    parts = [("a", LogisticRegression()), ("b", SVC())]
    with joblib.parallel_config("threading", n_jobs=2):
        return VotingClassifier(parts, n_jobs=2).fit(X, Y).predict(X).tolist()


def in_workers() -> Any:
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, n_jobs=2).fit(X, Y)
    return search.best_params_, cross_val_score(SVC(), X, Y, cv=2, n_jobs=2).tolist()


def bound_method_in_workers() -> Any:
    import joblib

    fits = joblib.Parallel(n_jobs=2)(
        joblib.delayed(LogisticRegression(C=c).fit)(X, Y) for c in (1, 2)
    )
    return [weights(model) for model in fits]


def cloned() -> Any:
    model = clone(LogisticRegression(C=3).fit(X, Y))
    return model.get_params(), hasattr(model, "coef_")


def metadata_routing() -> Any:
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        pipe = make_pipeline(scaler, model)
        return weights(pipe.fit(X, Y, sample_weight=np.ones(60))[-1])


def pandas_output() -> Any:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    scaled = StandardScaler().set_output(transform="pandas").fit_transform(frame)
    return type(scaled).__name__, list(scaled.columns), float(scaled.to_numpy().sum())


def columns() -> Any:
    frame = pd.DataFrame({"a": X[:, 0], "s": ["u", "v"] * 30, "t": pd.Timestamp("2024-01-01")})
    parts = ColumnTransformer([("n", StandardScaler(), ["a"])], remainder="drop")
    return float(parts.fit_transform(frame).sum())


def sparse_data() -> Any:
    return weights(LogisticRegression().fit(sparse.csr_matrix(X), Y))


def object_dtype() -> Any:
    return DecisionTreeClassifier(random_state=0).fit(X.astype(object), list("ab" * 30)).n_classes_


def lists() -> Any:
    return weights(LogisticRegression().fit(X.tolist(), Y.tolist()))


def generator_data() -> Any:
    counts = CountVectorizer().fit_transform(text for text in ["a bc de", "bc bc"])
    return counts.toarray().tolist()


def read_only() -> Any:
    locked = X.copy()
    locked.setflags(write=False)
    return weights(LogisticRegression().fit(locked, Y))


def changed_in_place() -> Any:
    values = X.copy()
    StandardScaler(copy=False).fit_transform(values)
    return values.tobytes()


def several_targets() -> Any:
    return LinearRegression().fit(X, np.c_[Y, Y]).coef_.tobytes()


def many_classes() -> Any:
    return KNeighborsClassifier(1).fit(X, np.arange(60) % 7).predict(X).tolist()


def clusters() -> Any:
    return KMeans(3, random_state=0, n_init=1).fit_predict(X).tolist()


def keyword_arguments() -> Any:
    return weights(LogisticRegression().fit(y=Y, X=X, sample_weight=np.ones(60)))


def called_on_the_class() -> Any:
    return weights(LogisticRegression.fit(LogisticRegression(), X, Y))


def instance_with_own_fit() -> Any:
    model = LogisticRegression()
    model.fit = lambda *_: "mine"  # type: ignore[method-assign]
    return model.fit(X, Y)


def parallel_prediction() -> Any:
    model = KNeighborsClassifier(3, n_jobs=2).fit(X, Y)
    forest = RandomForestClassifier(3, n_jobs=2, random_state=0).fit(X, Y)
    return model.predict(X).tolist(), forest.predict_proba(X).tolist()


def memory_mapped() -> Any:
    import tempfile

    with tempfile.TemporaryFile() as file:
        values = np.memmap(file, X.dtype, "w+", shape=X.shape)
        values[:] = X
        return weights(LogisticRegression().fit(values, Y)), bytes(values)


def warned_once() -> Any:
    # Whether Python still knows that this very warning was shown.
    for _ in range(3):
        Own().fit(X, Y)
        warnings.warn("once per place", UserWarning, stacklevel=1)


def errors_from_warnings() -> Any:
    warnings.simplefilter("error")
    return LogisticRegression(max_iter=1).fit(X, Y)


def inspected() -> Any:
    import inspect

    model = LogisticRegression()
    return (
        str(inspect.signature(model.fit)),
        str(inspect.signature(LogisticRegression.fit)),
        inspect.isfunction(LogisticRegression.fit),
        inspect.ismethod(model.fit),
        model.fit.__doc__,
        model.fit.__name__,
        inspect.getsource(model.fit),
        inspect.getsource(accuracy_score),
        hasattr(make_pipeline(StandardScaler()), "predict"),
        repr(accuracy_score) == repr(accuracy_score.__wrapped__),
        sorted(name for name, _ in inspect.getmembers(Own, inspect.isfunction)),
    )


def pickled() -> Any:
    import pickle

    import cloudpickle

    class Here(Own):
        def fit(self, X: Any, y: Any = None) -> "Here":
            return self

    by_value = cloudpickle.dumps(Here())
    parts = (LogisticRegression(), accuracy_score, LogisticRegression.fit, LogisticRegression().fit)
    return b"jupyter_mltrack" in by_value, [len(pickle.dumps(part)) for part in parts]


def metric_refuses() -> Any:
    model = LogisticRegression().fit(X, Y)
    return accuracy_score(Y, model.predict(X), normalize="perhaps")


CASES = [
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", "") == __name__
    and not isinstance(value, type)
    and name not in ("counting_scorer", "weights")
]
