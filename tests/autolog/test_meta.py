"""Estimators made of others are one run each, whatever they fit inside."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    GradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV, SelectFromModel, SequentialFeatureSelector
from sklearn.linear_model import LogisticRegression, Ridge, RidgeCV
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier, MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


def parts() -> list[tuple[str, Any]]:
    return [("nb", GaussianNB()), ("tree", DecisionTreeClassifier(max_depth=2, random_state=0))]


def two(y: Any) -> Any:
    return np.c_[y, 1 - y]


CASES: dict[str, Callable[[Any, Any], Any]] = {
    "voting": lambda X, y: VotingClassifier(parts(), voting="soft").fit(X, y),
    "stacking": lambda X, y: StackingClassifier(parts(), GaussianNB(), cv=3).fit(X, y),
    "bagging": lambda X, y: BaggingClassifier(GaussianNB(), 5, random_state=0).fit(X, y),
    "boosting": lambda X, y: AdaBoostClassifier(n_estimators=3, random_state=0).fit(X, y),
    "gradient": lambda X, y: GradientBoostingClassifier(n_estimators=3).fit(X, y),
    "outputs": lambda X, y: MultiOutputClassifier(GaussianNB()).fit(X, two(y)),
    "regressors": lambda X, y: MultiOutputRegressor(Ridge()).fit(X, two(y)),
    "chain": lambda X, y: ClassifierChain(GaussianNB()).fit(X, two(y)),
    "one versus rest": lambda X, y: OneVsRestClassifier(GaussianNB()).fit(X, y),
    "one versus one": lambda X, y: OneVsOneClassifier(GaussianNB()).fit(X, y),
    "calibrated": lambda X, y: CalibratedClassifierCV(GaussianNB(), cv=3).fit(X, y),
    "threshold": lambda X, y: FixedThresholdClassifier(GaussianNB(), threshold=0.4).fit(X, y),
    "target": lambda X, y: TransformedTargetRegressor(Ridge(), transformer=StandardScaler()).fit(
        X, y
    ),
    "columns": lambda X, y: make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0]), ("b", "drop", [1])]), GaussianNB()
    ).fit(X, y),
    "union": lambda X, _: FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]).fit(X),
    "pipeline": lambda X, y: make_pipeline(StandardScaler(), GaussianNB()).fit(X, y),
    "selected": lambda X, y: SelectFromModel(Ridge()).fit(X, y),
    "eliminated": lambda X, y: RFECV(Ridge(), cv=2).fit(X, y),
    "sequential": lambda X, y: SequentialFeatureSelector(
        GaussianNB(), n_features_to_select=1, cv=2
    ).fit(X, y),
    "alphas": lambda X, y: RidgeCV([0.1, 1]).fit(X, y),
    "nested": lambda X, y: VotingClassifier(
        [("bag", BaggingClassifier(make_pipeline(StandardScaler(), GaussianNB()), 2))]
    ).fit(X, y),
}


@pytest.mark.parametrize("name", CASES)
def test_one_run_each(logged: Logged, data: Any, name: str) -> None:
    X, y = data
    model = CASES[name](X, y)
    (run,) = logged()
    assert run.info.status == "FINISHED"
    assert run.data.tags["estimator_name"] == type(model).__name__
    assert set(run.data.params) == set(model.get_params(deep=True))
    if hasattr(model, "predict"):
        assert run.data.metrics["training_score"] == pytest.approx(
            model.score(X, two(y) if name in ("outputs", "regressors", "chain") else y)
        )


def test_a_pipeline_of_lists(logged: Logged, data: Any) -> None:
    model = Pipeline([["scale", StandardScaler()], ["clf", LogisticRegression(C=0.1)]])
    model.fit(*data)  # which makes a tuple of the first step
    model.fit(*data)
    for run in logged():
        assert run.info.run_name == "Pipeline(StandardScaler, LogisticRegression(C=0.1))"
        assert run.data.params["clf__C"] == "0.1"
        assert set(run.data.params) == set(model.get_params())


def test_a_pipeline_with_a_memory(logged: Logged, data: Any, tmp_path: Any) -> None:
    for _ in range(2):
        steps = [("scaler", StandardScaler()), ("nb", GaussianNB())]
        Pipeline(steps, memory=str(tmp_path)).fit(*data)
    first, second = logged()
    assert first.data.params["memory"] == str(tmp_path)
    assert first.data.metrics["training_score"] == second.data.metrics["training_score"]


def test_four_thousand_fits_inside_are_no_runs(logged: Logged, data: Any) -> None:
    X, y = data[0][:20], data[1][:20]
    forest = RandomForestClassifier(500, random_state=0)
    cross_val_score(forest, X, y, cv=2)
    BaggingClassifier(DecisionTreeClassifier(), 1000, random_state=0).fit(X, y)
    GridSearchCV(forest, {"max_depth": [1, 2]}, cv=2, refit=False).fit(X, y)
    GridSearchCV(GaussianNB(), {"var_smoothing": np.logspace(-9, 0, 50)}, cv=2).fit(X, y)
    runs = [run for run in logged() if not run.info.parent_run_id]
    assert len(runs) == 4


class Counted(ClassifierMixin, BaseEstimator):
    """An estimator of the user's own that fits another, and counts."""

    calls: list[str] = []

    def __init__(self, strength: float = 1.0) -> None:
        self.strength = strength

    def fit(self, X: Any, y: Any) -> "Counted":
        self.calls.append("fit")
        self.inner_ = LogisticRegression(C=self.strength).fit(X, y)
        self.classes_ = self.inner_.classes_
        return self

    def predict(self, X: Any) -> Any:
        self.calls.append("predict")
        return self.inner_.predict(X)


class Duck:
    """Fits and predicts, and inherits from nothing."""

    def __init__(self) -> None:
        self.fits = 0

    def fit(self, X: Any, y: Any = None) -> "Duck":
        self.fits += 1
        GaussianNB().fit(X, y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), int)

    def transform(self, X: Any) -> Any:
        return X


def test_an_estimator_of_ones_own_inside_others(logged: Logged, data: Any) -> None:
    Counted.calls.clear()
    VotingClassifier([("own", Counted()), ("nb", GaussianNB())]).fit(*data)
    make_pipeline(StandardScaler(), Counted(2)).fit(*data)
    BaggingClassifier(Counted(), 3, random_state=0).fit(*data)
    assert Counted.calls == ["fit"] * 5
    runs = logged()
    assert [run.data.tags["estimator_name"] for run in runs] == [
        "VotingClassifier",
        "Pipeline",
        "BaggingClassifier",
    ]
    assert runs[1].data.params["counted__strength"] == "2"
    assert all("training_score" not in run.data.metrics for run in runs)


def test_a_duck_in_a_pipeline(logged: Logged, data: Any) -> None:
    first, last = Duck(), Duck()
    Pipeline([("first", first), ("last", last)]).fit(*data)
    assert (first.fits, last.fits) == (1, 1)
    (run,) = logged()
    assert "Duck" in run.data.params["last"]
    assert "training_score" not in run.data.metrics


def test_a_class_defined_again(logged: Logged, data: Any) -> None:
    for version in (1, 2):
        source = (
            "class Mine(ClassifierMixin, BaseEstimator):\n"
            f"    version = {version}\n"
            "    def __init__(self, a=1):\n        self.a = a\n"
            "    def fit(self, X, y=None):\n        self.fitted_ = self.version\n"
            "        return self\n"
        )
        scope = {"ClassifierMixin": ClassifierMixin, "BaseEstimator": BaseEstimator}
        scope["__name__"] = "__main__"
        exec(compile(source, "<cell>", "exec"), scope)
        assert scope["Mine"](a=version).fit(*data).fitted_ == version
    assert [run.data.params for run in logged()] == [{"a": "1"}, {"a": "2"}]


def test_fit_in_the_fit_above(logged: Logged, data: Any) -> None:
    class Special(LogisticRegression):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Special":
            return super().fit(X * 2, y, sample_weight)

    model = Special(C=3).fit(*data)
    (run,) = logged()
    assert run.data.tags["estimator_name"] == "Special"
    assert run.data.params["C"] == "3"
    assert model.coef_.shape == (1, 4)


def test_a_fit_with_a_decorator(logged: Logged, data: Any) -> None:
    times: list[str] = []

    def timed(function: Any) -> Any:
        @wraps(function)
        def inner(*args: Any, **kwargs: Any) -> Any:
            times.append(function.__name__)
            return function(*args, **kwargs)

        return inner

    class Plain(RegressorMixin, BaseEstimator):
        @timed
        def fit(self, X: Any, y: Any) -> "Plain":
            self.tree_ = DecisionTreeRegressor().fit(X, y)
            return self

    Plain().fit(*data)
    (run,) = logged()
    assert times == ["fit"]
    assert run.info.run_name == "Plain()"


def test_a_fit_given_to_the_class_later(logged: Logged, data: Any) -> None:
    class Late(BaseEstimator):
        pass

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        return self

    Late.fit = fit  # type: ignore[attr-defined]
    api.refresh()  # as before each cell
    Late().fit(*data)  # type: ignore[attr-defined]
    assert len(logged()) == 1


def test_metadata_routing(logged: Logged, data: Any) -> None:
    X, y = data
    weight = np.linspace(0, 1, len(y))
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        model = model.set_score_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipe = make_pipeline(scaler, model)
        search = GridSearchCV(pipe, {"logisticregression__C": [0.1, 1]}, cv=2)
        search.fit(X, y, sample_weight=weight)
        cross_val_score(pipe, X, y, params={"sample_weight": weight}, cv=2)
    parent, *children, evaluation = logged()
    assert (parent.info.status, evaluation.info.status) == ("FINISHED", "FINISHED")
    assert len(children) == 2
    assert parent.data.metrics["best_cv_score"] == search.best_score_


class Double(TransformerMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> "Double":
        return self

    def transform(self, X: Any) -> Any:
        return X * 2


def test_imblearn_pipelines(logged: Logged, data: Any) -> None:
    from imblearn.over_sampling import RandomOverSampler
    from imblearn.pipeline import make_pipeline as resampled

    X, y = data
    keep = (y == 0) | (np.arange(100) % 4 == 0)
    pipe = resampled(RandomOverSampler(random_state=0), Double(), GaussianNB())
    pipe.fit(X[keep], y[keep])
    found = cross_val_score(pipe, X[keep], y[keep], cv=2)
    RandomOverSampler(random_state=0).fit_resample(X[keep], y[keep])
    runs = logged()
    assert [run.data.tags["estimator_name"] for run in runs[:2]] == ["Pipeline", "Pipeline"]
    assert runs[0].data.params["gaussiannb__var_smoothing"] == "1e-09"
    assert runs[1].data.metrics["mean_test_score"] == found.mean()


@pytest.mark.parametrize("name", CASES)
def test_outcomes_are_those_of_untracked_fits(data: Any, name: str) -> None:
    def outcome() -> list[Any]:
        np.random.seed(0)
        model = CASES[name](*data)
        method = model.predict if hasattr(model, "predict") else model.transform
        found = np.asarray(method(data[0]))
        return [found.tobytes(), np.random.get_state()[1].tobytes()]  # type: ignore[index]

    tracked = outcome()
    api.stop()
    assert tracked == outcome()
