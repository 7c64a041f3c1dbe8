"""Pipelines, searches, clones, routing and settings of scikit-learn."""

from typing import Any

import numpy as np
import sklearn
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights


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


@case(note="own code", params={"logisticregression__C": "1.0"})
def own_in_pipeline() -> Any:
    model = make_pipeline(Doubling(), LogisticRegression()).fit(X, Y)
    return model.score(X, Y)


@case(runs=3, note="", metrics=())
def own_in_search() -> Any:
    search = GridSearchCV(Own(), {"alpha": [1, 2]}, cv=2).fit(X, Y)
    return search.best_params_


@case(runs=3, metrics=())
def own_scorer() -> Any:
    scorer = make_scorer(counting_scorer)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2, scoring=scorer)
    return search.fit(X, Y).best_score_


@case(runs=3, metrics=())
def own_folds() -> Any:
    class Folds(KFold):
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
            calls.append("split")
            return super().split(X, y, groups)

        def get_n_splits(self, *args: Any, **kwargs: Any) -> Any:
            calls.append("get_n_splits")
            return super().get_n_splits(*args, **kwargs)

    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=Folds(3)).fit(X, Y)
    return search.best_score_


@case(runs=3, metrics=())
def folds_that_are_used_up() -> Any:
    folds = ((np.arange(0, 30), np.arange(30, 60)) for _ in range(2))
    return GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=folds).fit(X, Y).best_params_


@case(runs=3, metrics=())
def candidates_drawn() -> Any:
    class Distribution:
        def rvs(self, random_state: Any = None) -> Any:
            calls.append("rvs")
            return random_state.rand() + 0.1

    search = RandomizedSearchCV(LogisticRegression(), {"C": Distribution()}, n_iter=2, cv=2)
    return search.fit(X, Y).best_params_


@case(runs=3, metrics=())
def candidates_that_fail() -> Any:
    search = GridSearchCV(SVC(), {"C": [-1, 1]}, cv=2, error_score=0.0).fit(X, Y)
    return search.best_params_, search.cv_results_["mean_test_score"].tolist()


@case(status="FAILED", metrics=())
def all_candidates_fail() -> Any:
    return GridSearchCV(SVC(), {"C": [-1, -2]}, cv=2).fit(X, Y)


@case(note="own code", params={"ridge__alpha": "1.0"})
def own_function() -> Any:
    def double(data: Any) -> Any:
        calls.append("double")
        return data * 2

    return make_pipeline(FunctionTransformer(double), Ridge()).fit(X, Y).predict(X).sum()


@case(metrics=CLASSIFIER, params={"C": "3"})
def cloned() -> Any:
    model = clone(LogisticRegression(C=3).fit(X, Y))
    return model.get_params(), hasattr(model, "coef_")


@case(params={"alpha": "4"}, runs=2)
def cloned_and_fitted() -> Any:
    model = Own(alpha=4).fit(X, Y)
    return clone(model).fit(X, Y).alpha, clone(model, safe=False).alpha


@case(params={"logisticregression__C": "1.0"})
def metadata_routing() -> Any:
    with config_context(enable_metadata_routing=True):
        model = LogisticRegression().set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        pipe = make_pipeline(scaler, model)
        return weights(pipe.fit(X, Y, sample_weight=np.ones(60))[-1])


class Consuming(Own):
    def fit(self, X: Any, y: Any = None, *, price: Any = None) -> Any:
        calls.append(f"fit {price}")
        return super().fit(X, y)


@case(runs=2, metrics=())
def metadata_of_ones_own() -> Any:
    with config_context(enable_metadata_routing=True):
        model = Consuming().set_fit_request(price=True)
        search = GridSearchCV(model, {"alpha": [1]}, cv=2).fit(X, Y, price=3)
        return search.best_params_, str(model.get_metadata_routing())


@case(metrics=CLASSIFIER)
def assume_finite() -> Any:
    with config_context(assume_finite=True, skip_parameter_validation=True):
        model = LogisticRegression().fit(X, Y)
        return weights(model), sklearn.get_config()


@case()
def output_for_all() -> Any:
    before = sklearn.get_config()
    sklearn.set_config(transform_output="pandas", print_changed_only=False, display="text")
    try:
        scaled = StandardScaler().fit_transform(X)
        return type(scaled).__name__, repr(SVC()), sklearn.get_config()
    finally:
        sklearn.set_config(**before)


@case(metrics=CLASSIFIER)
def steps_in_place() -> Any:
    scaler = StandardScaler()
    pipe = Pipeline([("s", scaler), ("skip", "passthrough"), ("m", LogisticRegression())])
    pipe.fit(X, Y)
    return hasattr(scaler, "mean_"), pipe["m"] is pipe.steps[-1][1], pipe.n_features_in_


@case(metrics=CLASSIFIER)
def memory_of_a_pipeline() -> Any:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        pipe = make_pipeline(StandardScaler(), LogisticRegression(), memory=place)
        return weights(pipe.fit(X, Y)[-1]), weights(pipe.fit(X, Y)[-1]) if False else 0


@case(metrics=("training_accuracy_score",))
def nested_three_deep() -> Any:
    union = FeatureUnion([("a", StandardScaler()), ("b", "passthrough")])
    voter = VotingClassifier([("x", make_pipeline(union, LogisticRegression())), ("y", SVC())])
    stack = StackingClassifier([("v", voter)], final_estimator=LogisticRegression(), cv=2)
    return stack.fit(X, Y).predict(X).tolist()


@case(metrics=("fit_time_seconds", "accuracy_score_X"))
def prediction_used_for_more() -> Any:
    model = LogisticRegression().fit(X, Y)
    predicted = model.predict(X)
    predicted[:5] = 0
    return accuracy_score(Y, predicted), predicted.flags.writeable, type(predicted).__name__


class Slow(Own):
    def predict(self, X: Any) -> Any:
        import time

        calls.append("slow")
        time.sleep(0.2)
        return super().predict(X)


@case(metrics=("fit_time_seconds", "accuracy_score_X"))
def slow_prediction() -> Any:
    model = Slow().fit(X, Y)
    return accuracy_score(Y, model.predict(X))
