"""A cross-validation is one run: the estimator's params, each fold, means and deviations."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


class Own(ClassifierMixin, BaseEstimator):
    """An estimator of the user's that counts the calls of its methods."""

    calls: list[str] = []

    def __init__(self, alpha: Any = 1, fail_below: int = -9) -> None:
        self.alpha = alpha
        self.fail_below = fail_below

    def fit(self, X: Any, y: Any) -> "Own":
        self.calls.append("fit")
        if X[0, 0] < self.fail_below:
            raise ValueError("this fold does not please me")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        self.calls.append("predict")
        return np.zeros(len(X), int)


@pytest.fixture(autouse=True)
def forgotten_calls() -> Iterator[None]:
    Own.calls.clear()
    yield
    Own.calls.clear()


def points(store: Store, run: Run, key: str) -> list[tuple[int, float]]:
    history = store.get_metric_history(run.info.run_id, key)
    return [(point.step, point.value) for point in history]


def table(store: Store, run: Run, path: str) -> list[dict[str, str]]:
    (digest,) = [f.digest for f in store.list_artifacts(run.info.run_id) if f.path == path]
    return list(csv.DictReader(io.StringIO(store.read_blob(digest).decode())))


def drawings(store: Store, run: Run) -> Any:
    files = {item.path: item.digest for item in store.list_artifacts(run.info.run_id)}
    return json.loads(store.read_blob(files["drawings.json"]))


def test_cross_validate(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = LogisticRegression(C=0.5)
    found = cross_validate(
        model, X, y, cv=KFold(4), scoring=["accuracy", "f1"], return_train_score=True
    )
    (run,) = logged()
    assert run.info.run_name == "cross_validate: LogisticRegression(C=0.5)"
    assert run.info.status == "FINISHED"
    own = {name: str(value) for name, value in model.get_params().items()}
    assert run.data.params == own | {
        "cv_splitter": "KFold(n_splits=4, random_state=None, shuffle=False)",
        "cv_n_splits": "4",
        "cv_scoring": "['accuracy', 'f1']",
    }
    names = {"fit_time", "score_time"}
    names |= {f"{part}_{metric}" for part in ("test", "train") for metric in ("accuracy", "f1")}
    assert set(found) == names
    for name in names:
        expected = list(enumerate(found[name].tolist()))
        assert points(store, run, f"split_{name}") == expected
        assert run.data.metrics[f"mean_{name}"] == found[name].mean()
        assert run.data.metrics[f"std_{name}"] == found[name].std()
    rows = table(store, run, "cross_validation.csv")
    assert [float(row["test_f1"]) for row in rows] == found["test_f1"].tolist()
    assert run.data.tags["estimator_name"] == "LogisticRegression"
    assert run.data.tags["mltrack.evaluation"] == "cross_validate"
    (given,) = run.inputs.dataset_inputs
    assert (given.dataset.name, given.context) == ("X", "cross_validation")


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_cross_val_score(logged: Logged, store: Store, data: Any, n_jobs: int | None) -> None:
    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    found = cross_val_score(pipe, *data, cv=3, n_jobs=n_jobs)
    (run,) = logged()
    assert points(store, run, "split_test_score") == list(enumerate(found.tolist()))
    assert run.data.metrics["mean_test_score"] == found.mean()
    assert run.data.metrics["std_test_score"] == found.std()
    assert run.data.params["logisticregression__C"] == "1.0"
    assert run.data.params["cv_n_splits"] == "3"


def test_names_of_a_candidate_of_a_search(logged: Logged, data: Any) -> None:
    cross_validate(GaussianNB(), *data, cv=3)
    GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=3, refit=False).fit(*data)
    alone, _, candidate = logged()
    common = {"mean_test_score", "std_test_score", "mean_fit_time", "std_fit_time"}
    assert common <= set(alone.data.metrics) & set(candidate.data.metrics)
    assert alone.data.metrics["mean_test_score"] == candidate.data.metrics["mean_test_score"]


def test_predictions_of_left_out_rows(logged: Logged, data: Any) -> None:
    X, y = data
    predicted = cross_val_predict(GaussianNB(), X, y, cv=3)
    f1_score(y, predicted)
    (run,) = logged()
    metrics = run.data.metrics
    assert metrics["cross_val_accuracy_score"] == accuracy_score(y, predicted)
    assert metrics["cross_val_f1_score"] == f1_score(y, predicted, average="weighted")
    assert metrics["f1_score_X"] == f1_score(y, predicted)


def test_predicted_probabilities_and_numbers(logged: Logged, data: Any) -> None:
    X, y = data
    assert cross_val_predict(GaussianNB(), X, y, method="predict_proba").shape == (100, 2)
    target = X @ [1.0, 2.0, 3.0, 4.0]
    predicted = cross_val_predict(Ridge(), X, target)
    first, second = logged()
    assert "cross_val_accuracy_score" not in first.data.metrics
    assert first.data.params["cv_method"] == "predict_proba"
    error = second.data.metrics["cross_val_mean_squared_error"]
    assert error == pytest.approx(((target - predicted) ** 2).mean())


def test_a_learning_curve(logged: Logged, store: Store, data: Any) -> None:
    sizes, train, test, seconds, _ = learning_curve(
        GaussianNB(), *data, cv=3, train_sizes=[0.2, 0.5, 1.0], return_times=True
    )
    (run,) = logged()
    assert points(store, run, "mean_test_score") == list(
        zip(sizes.tolist(), test.mean(axis=1).tolist(), strict=True)
    )
    assert [step for step, _ in points(store, run, "std_train_score")] == sizes.tolist()
    assert run.data.metrics["mean_fit_time"] == seconds.mean(axis=1)[-1]
    assert run.data.params["cv_train_sizes"] == "[0.2, 0.5, 1.0]"
    rows = table(store, run, "learning_curve.csv")
    assert [float(row["train_score"]) for row in rows] == train.ravel().tolist()
    assert [int(row["train_size"]) for row in rows] == np.repeat(sizes, 3).tolist()
    curve = drawings(store, run)["learning_curve.png"]
    assert curve["kind"] == "curve"
    assert curve["lines"][1]["x"] == sizes.tolist()
    assert curve["lines"][1]["y"] == test.mean(axis=1).tolist()


@pytest.mark.parametrize(
    ("name", "values", "places"),
    [("max_depth", [1, 2, 5], [1, 2, 5]), ("criterion", ["gini", "entropy"], [0, 1])],
)
def test_a_validation_curve(
    logged: Logged, store: Store, data: Any, name: str, values: list[Any], places: list[int]
) -> None:
    tree = DecisionTreeClassifier(random_state=0)
    _, test = validation_curve(tree, *data, param_name=name, param_range=values, cv=3)
    (run,) = logged()
    means = test.mean(axis=1).tolist()
    assert points(store, run, "mean_test_score") == list(enumerate(means))
    rows = table(store, run, "validation_curve.csv")
    assert [row[name] for row in rows] == [str(value) for value in values for _ in range(3)]
    curve = drawings(store, run)["validation_curve.png"]
    assert curve["lines"][0]["x"] == places
    assert run.data.params["cv_param_name"] == name


def test_a_display_of_a_curve(logged: Logged, data: Any) -> None:
    from sklearn.model_selection import LearningCurveDisplay

    LearningCurveDisplay.from_estimator(GaussianNB(), *data, cv=2, train_sizes=[0.5, 1.0])
    (run,) = logged()
    assert run.info.run_name == "learning_curve: GaussianNB()"


def test_a_permutation_test(logged: Logged, store: Store, data: Any) -> None:
    score, chance, pvalue = permutation_test_score(
        GaussianNB(), *data, cv=3, n_permutations=7, random_state=0
    )
    (run,) = logged()
    metrics = run.data.metrics
    assert (metrics["mean_test_score"], metrics["pvalue"]) == (score, pvalue)
    assert points(store, run, "permutation_score") == list(enumerate(chance.tolist()))
    assert metrics["mean_permutation_score"] == chance.mean()


def test_permutation_importance_of_a_tracked_model(logged: Logged, store: Store, data: Any) -> None:
    X, y = pd.DataFrame(data[0], columns=["a", "b", "c", "d"]), data[1]
    model = GaussianNB().fit(X, y)
    found = permutation_importance(model, X, y, n_repeats=3, random_state=0)
    (run,) = logged()
    rows = table(store, run, "permutation_importance_X.csv")
    assert [row["feature"] for row in rows] == ["a", "b", "c", "d"]
    means = found["importances_mean"].tolist()
    assert [float(row["importance_mean"]) for row in rows] == means
    assert [float(row["repeat2"]) for row in rows] == found["importances"][:, 2].tolist()
    bars = drawings(store, run)["permutation_importance_X.png"]
    assert (bars["kind"], bars["values"]) == ("bars", sorted(means, reverse=True))


def test_permutation_importance_of_a_model_fitted_before(
    logged: Logged, store: Store, data: Any
) -> None:
    api.stop()
    model = GaussianNB(var_smoothing=0.5).fit(*data)
    api.start()
    X, y = data
    permutation_importance(model, X, y, n_repeats=2, scoring=["accuracy", "f1"])
    (run,) = logged()
    assert run.info.run_name == "permutation_importance: GaussianNB(var_smoothing=0.5)"
    assert (run.info.status, run.data.params["var_smoothing"]) == ("FINISHED", "0.5")
    assert len(table(store, run, "permutation_importance_f1_X.csv")) == 4
    assert "permutation_importance_accuracy_X.png" in drawings(store, run)


def test_estimators_given_back_measure_into_the_run(logged: Logged, data: Any) -> None:
    X, y = data
    found = cross_validate(GaussianNB(), X, y, cv=2, return_estimator=True)
    accuracy_score(y, found["estimator"][0].predict(X))
    (run,) = logged()
    assert "accuracy_score_X" in run.data.metrics
    assert "not kept as models" in run.data.tags["mltrack.autolog.notes"]


def test_the_users_estimator_is_called_as_often_as_ever(logged: Logged, data: Any) -> None:
    X, y = data
    cross_val_score(Own(alpha=3), X, y, cv=4)
    calls = list(Own.calls)
    Own.calls.clear()
    api.stop()
    cross_val_score(Own(alpha=3), X, y, cv=4)
    assert calls == Own.calls == ["fit", "predict"] * 4
    (run,) = logged()
    assert run.data.params["alpha"] == "3"
    assert run.data.metrics["mean_test_score"] == np.mean(cross_val_score(Own(alpha=3), X, y, cv=4))


def test_folds_that_fail(logged: Logged, store: Store) -> None:
    X = np.repeat([[-1.0], [1.0], [2.0]], 10, axis=0)
    y = np.arange(30) % 2
    with pytest.warns(RuntimeWarning, match="fits failed"):
        found = cross_val_score(Own(fail_below=0), X, y, cv=KFold(3))
    assert np.isnan(found).tolist() == [False, True, True]
    run = logged()[-1]
    assert run.info.status == "FINISHED"
    assert "2 of 3 folds have no test_score" in run.data.tags["mltrack.autolog.notes"]
    assert np.isnan([value for _, value in points(store, run, "split_test_score")]).sum() == 2


def test_one_that_raises(logged: Logged) -> None:
    X, y = np.zeros((10, 1)), np.arange(10) % 2
    with pytest.raises(ValueError, match="does not please me"):
        cross_val_score(Own(fail_below=1), X, y, cv=2, error_score="raise")
    (run,) = logged()
    assert run.info.status == "FAILED"
    assert run.data.tags["mltrack.error"] == "ValueError: this fold does not please me"


def test_splits_that_are_given_are_not_used_up(logged: Logged, data: Any) -> None:
    splits = KFold(3).split(*data)
    assert len(cross_val_score(GaussianNB(), *data, cv=splits)) == 3
    listed = list(KFold(3).split(*data))
    cross_val_score(GaussianNB(), *data, cv=listed)
    first, second = logged()
    assert first.data.params["cv_n_splits"] == second.data.params["cv_n_splits"] == "3"
    assert second.data.params["cv_splitter"] == "3 splits"


def test_in_a_run_of_the_users(logged: Logged, data: Any) -> None:
    with mltrack.start_run(run_name="mine"):
        cross_val_score(GaussianNB(), *data)
        cross_val_score(GaussianNB(var_smoothing=1e-3), *data)
    mine, second = logged()
    assert mine.info.run_name == "mine"
    assert "mean_test_score" in mine.data.metrics
    assert second.info.parent_run_id == mine.info.run_id


def test_a_nested_search_is_one_run(logged: Logged, data: Any) -> None:
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=2)
    found = cross_val_score(search, *data, cv=3)
    (run,) = logged()
    assert run.data.params["estimator__var_smoothing"] == "1e-09"
    assert run.data.metrics["mean_test_score"] == found.mean()


def test_excluded_estimators(logged: Logged, data: Any) -> None:
    api.start(api.Options(exclude=["GaussianNB"]))
    cross_val_score(GaussianNB(), *data)
    assert logged() == []


def test_outcomes_are_those_of_untracked_calls(data: Any) -> None:
    X, y = data

    def outcomes() -> list[Any]:
        np.random.seed(3)
        tree = DecisionTreeClassifier()
        found: list[Any] = [cross_val_score(tree, X, y), cross_val_predict(tree, X, y)]
        found += learning_curve(tree, X, y, cv=2)
        found += validation_curve(tree, X, y, param_name="max_depth", param_range=[1, 2])
        found += permutation_test_score(tree, X, y, n_permutations=3)
        found.append(np.random.get_state()[1])  # type: ignore[index]
        return [np.asarray(part).tobytes() for part in found]

    tracked = outcomes()
    api.stop()
    assert tracked == outcomes()
