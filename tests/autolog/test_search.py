"""A search is a parent run, its best candidates are child runs."""

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    RandomizedSearchCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.store.contract import Store

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")
GRID = {"C": [0.01, 0.1, 1, 10], "kernel": ["rbf", "linear"]}


def split(runs: list[Run]) -> tuple[Run, list[Run]]:
    (parent,) = [run for run in runs if not run.info.parent_run_id]
    return parent, [run for run in runs if run.info.parent_run_id]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_grid_search(logged: Logged, store: Store, data: Any, n_jobs: int | None) -> None:
    X, y = data
    search = GridSearchCV(SVC(), GRID, cv=3, n_jobs=n_jobs).fit(X, y)
    accuracy_score(y, search.best_estimator_.predict(X))
    parent, children = split(logged())
    assert parent.info.run_name == "GridSearchCV(SVC)"
    assert parent.data.params["best_C"] == str(search.best_params_["C"])
    assert parent.data.params["best_kernel"] == search.best_params_["kernel"]
    assert parent.data.params["estimator__gamma"] == "scale"
    metrics = parent.data.metrics
    assert metrics["best_cv_score"] == search.best_score_
    assert metrics["training_score"] == search.score(X, y)
    assert metrics["accuracy_score_X"] == metrics["training_accuracy_score"]
    assert load_model(parent).best_params_ == search.best_params_
    assert load_model(parent, "best_estimator").get_params() == search.best_estimator_.get_params()

    assert len(children) == 5
    assert {child.info.parent_run_id for child in children} == {parent.info.run_id}
    assert all(child.info.start_time == parent.info.start_time for child in children)
    assert {child.data.tags["estimator_name"] for child in children} == {"SVC"}
    ranks = sorted(child.data.metrics["rank_test_score"] for child in children)
    assert ranks == sorted(search.cv_results_["rank_test_score"])[:5]
    best = [child for child in children if child.data.metrics["rank_test_score"] == 1]
    assert str(search.best_params_["C"]) in {child.data.params["C"] for child in best}
    assert set(best[0].data.params) == set(SVC().get_params())
    assert set(best[0].data.metrics) == {
        "mean_fit_time",
        "std_fit_time",
        "mean_score_time",
        "std_score_time",
        "mean_test_score",
        "std_test_score",
        "rank_test_score",
        "split_test_score",
    }
    assert "best 5 of 8" in parent.data.tags["mltrack.autolog.notes"]

    files = {item.path: item.digest for item in store.list_artifacts(parent.info.run_id)}
    rows = list(csv.DictReader(io.StringIO(store.read_blob(files["cv_results.csv"]).decode())))
    assert [float(row["mean_test_score"]) for row in rows] == pytest.approx(
        list(search.cv_results_["mean_test_score"])
    )


def test_all_candidates_of_a_random_search_over_a_pipeline(logged: Logged, data: Any) -> None:
    api.start(api.Options(max_tuning_runs=None, log_models=False))
    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    grid = {"logisticregression__C": [0.1, 1, 2, 3, 4, 5, 6]}
    RandomizedSearchCV(pipe, grid, n_iter=6, cv=2, random_state=0).fit(*data)
    _, children = split(logged())
    assert len(children) == 6
    assert all(
        child.info.run_name == f"Pipeline(logisticregression__C={child.data.params[name]})"
        for child in children
        for name in ["logisticregression__C"]
    )


def test_several_scores_without_a_refit(logged: Logged, store: Store, data: Any) -> None:
    scoring = ["accuracy", "roc_auc"]
    GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring=scoring, refit=False).fit(*data)
    parent, children = split(logged())
    assert len(children) == 2
    assert {"mean_test_accuracy", "mean_test_roc_auc"} <= set(children[0].data.metrics)
    assert "best by accuracy" in parent.data.tags["mltrack.autolog.notes"]


def points(store: Store, run: Run, key: str) -> list[float]:
    history = store.get_metric_history(run.info.run_id, key)
    assert [point.step for point in history] == list(range(len(history)))
    return [point.value for point in history]


def notes(run: Run) -> str:
    return run.data.tags.get("mltrack.autolog.notes", "")


def everything() -> None:
    """Child runs for all candidates, and no models."""
    api.start(api.Options(max_tuning_runs=None, log_models=False))


class Moody(ClassifierMixin, BaseEstimator):
    """An estimator of the user's that some params make fail."""

    def __init__(self, mood: str = "good") -> None:
        self.mood = mood

    def fit(self, X: Any, y: Any) -> "Moody":
        if self.mood == "bad" or (self.mood == "mixed" and X[0, 0] > 0):
            raise ValueError("not today")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), int)


def test_scores_on_each_fold(logged: Logged, store: Store, data: Any) -> None:
    everything()
    scoring = ["accuracy", "f1"]
    search = GridSearchCV(
        GaussianNB(),
        {"var_smoothing": [1e-9, 0.5, 5]},
        cv=4,
        scoring=scoring,
        refit="f1",
        return_train_score=True,
    ).fit(*data)
    parent, children = split(logged())
    results = search.cv_results_
    assert len(children) == 3
    for child in children:
        row = [str(item["var_smoothing"]) for item in results["params"]].index(
            child.data.params["var_smoothing"]
        )
        for name in ("test_accuracy", "test_f1", "train_accuracy", "train_f1"):
            expected = [results[f"split{fold}_{name}"][row] for fold in range(4)]
            assert points(store, child, f"split_{name}") == expected
            assert child.data.metrics[f"mean_{name}"] == results[f"mean_{name}"][row]
        assert child.data.metrics["rank_test_f1"] == results["rank_test_f1"][row]
        (given,) = child.inputs.dataset_inputs
        assert given.context == "train"
    assert "best by f1" in notes(parent)
    assert parent.data.metrics["best_cv_score"] == search.best_score_
    assert [child.data.metrics["rank_test_f1"] for child in children] == [1, 2, 2]


def test_candidates_with_other_estimators(logged: Logged, data: Any) -> None:
    everything()
    pipe = make_pipeline(StandardScaler(), SVC(C=7))
    grid = [
        {"svc": [SVC(C=7)], "svc__C": [1, 2]},
        {"svc": [GaussianNB()], "svc__var_smoothing": [0.1]},
        {"svc": [DecisionTreeClassifier(max_depth=2)], "standardscaler": ["passthrough"]},
    ]
    GridSearchCV(pipe, grid, cv=2).fit(*data)
    _, children = split(logged())
    found = {
        child.data.params["svc"].partition("(")[0]: child.data.params
        for child in children
        if child.data.params.get("svc__C") != "1"
    }
    assert found["SVC"]["svc__C"] == "2"
    assert found["SVC"]["svc__gamma"] == "scale"
    assert found["GaussianNB"]["svc__var_smoothing"] == "0.1"
    assert "svc__C" not in found["GaussianNB"]
    assert "svc__priors" in found["GaussianNB"]
    assert found["DecisionTreeClassifier"]["svc__max_depth"] == "2"
    assert found["DecisionTreeClassifier"]["standardscaler"] == "passthrough"
    assert "standardscaler__copy" not in found["DecisionTreeClassifier"]


def test_a_refit_by_a_function(logged: Logged, data: Any) -> None:
    def last(results: dict[str, Any]) -> int:
        return len(results["params"]) - 1

    search = GridSearchCV(
        GaussianNB(),
        {"var_smoothing": [1e-9, 1e-3, 50]},
        cv=2,
        scoring=["accuracy", "f1"],
        refit=last,
    ).fit(*data)
    assert not hasattr(search, "best_score_")
    parent, children = split(logged())
    assert parent.data.params["best_var_smoothing"] == "50"
    assert "best_cv_score" not in parent.data.metrics
    assert children[0].data.params["var_smoothing"] == "50"


@pytest.mark.parametrize("error_score", [math.nan, -1.0])
@pytest.mark.filterwarnings("ignore")
def test_candidates_that_fail(logged: Logged, store: Store, data: Any, error_score: float) -> None:
    everything()
    grid = {"mood": ["bad", "good", "mixed"]}
    splits = [
        (np.flatnonzero(data[0][:, 0] > 0), np.arange(100)),
        (np.flatnonzero(data[0][:, 0] <= 0), np.arange(100)),
    ]
    GridSearchCV(Moody(), grid, cv=splits, error_score=error_score).fit(*data)
    parent, children = split(logged())
    assert parent.info.status == "FINISHED"
    by_mood = {child.data.params["mood"]: child for child in children}
    assert {mood: child.info.status for mood, child in by_mood.items()} == {
        "good": "FINISHED",
        "mixed": "FINISHED",
        "bad": "FAILED",
    }
    assert "None of the 2 folds" in by_mood["bad"].data.tags["mltrack.error"]
    assert "1 of 3 candidates failed" in notes(parent)
    if math.isnan(error_score):
        assert "1 of 2 folds have no test_score" in notes(by_mood["mixed"])
        assert math.isnan(points(store, by_mood["mixed"], "split_test_score")[0])


@pytest.mark.filterwarnings("ignore")
def test_a_search_of_which_every_fit_fails(logged: Logged, data: Any) -> None:
    with pytest.raises(ValueError, match="fits failed"):
        GridSearchCV(Moody("bad"), {"mood": ["bad"]}, cv=2).fit(*data)
    (run,) = logged()
    assert run.info.status == "FAILED"


@pytest.mark.parametrize("kind", [HalvingGridSearchCV, HalvingRandomSearchCV])
def test_halving_searches(logged: Logged, store: Store, data: Any, kind: Any) -> None:
    everything()
    values: Any = [1e-9, 1e-5, 1e-3, 1e-2, 0.1, 1.0, 5.0, 9.0]
    search = kind(
        GaussianNB(),
        {"var_smoothing": values if kind is HalvingGridSearchCV else loguniform(1e-9, 10)},
        cv=2,
        factor=2,
        min_resources=20,
        random_state=0,
    ).fit(*data)
    parent, children = split(logged())
    assert points(store, parent, "n_candidates") == search.n_candidates_
    assert points(store, parent, "n_resources") == search.n_resources_[: search.n_iterations_]
    assert len(children) == len(search.cv_results_["params"])
    chosen = children[0]
    assert chosen.data.params["var_smoothing"] == str(search.best_params_["var_smoothing"])
    assert chosen.data.metrics["iter"] == search.n_iterations_ - 1
    assert chosen.data.metrics["n_resources"] == search.n_resources_[search.n_iterations_ - 1]
    iterations = [child.data.metrics["iter"] for child in children]
    assert iterations == sorted(iterations, reverse=True)
    assert parent.data.params["best_var_smoothing"] == chosen.data.params["var_smoothing"]


def test_a_search_of_a_search(logged: Logged, data: Any) -> None:
    everything()
    inner = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=2)
    search = GridSearchCV(inner, {"scoring": ["accuracy", "f1"]}, cv=2).fit(*data)
    parent, children = split(logged())
    assert len(children) == 2
    assert parent.data.params["estimator__estimator__var_smoothing"] == "1e-09"
    assert {child.data.params["scoring"] for child in children} == {"accuracy", "f1"}
    assert parent.data.metrics["training_score"] == search.score(*data)


def test_a_thousand_candidates(logged: Logged, data: Any) -> None:
    everything()
    X, y = data[0][:20], data[1][:20]
    grid = {"var_smoothing": np.logspace(-9, 1, 1000)}
    GridSearchCV(GaussianNB(), grid, cv=2).fit(X, y)
    parent, children = split(logged())
    assert len({child.data.params["var_smoothing"] for child in children}) == 1000
    assert {child.info.parent_run_id for child in children} == {parent.info.run_id}
    ranks = [child.data.metrics["rank_test_score"] for child in children]
    assert ranks == sorted(ranks)


def test_no_candidates_when_none_are_asked_for(logged: Logged, data: Any) -> None:
    api.start(api.Options(max_tuning_runs=0))
    GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1]}, cv=2).fit(*data)
    (parent,) = logged()
    assert "best 0 of 2" in notes(parent)


def test_outcomes_are_those_of_untracked_searches(data: Any) -> None:
    def outcome() -> list[Any]:
        np.random.seed(5)
        search = RandomizedSearchCV(
            DecisionTreeClassifier(), {"max_depth": [1, 2, 3, 4]}, n_iter=3, cv=3
        ).fit(*data)
        scores = {
            name: np.asarray(column).tolist()
            for name, column in search.cv_results_.items()
            if "time" not in name
        }
        return [scores, search.predict(data[0]).tobytes(), np.random.get_state()[1].tobytes()]  # type: ignore[index]

    everything()
    tracked = outcome()
    api.stop()
    assert tracked == outcome()


def test_a_function_that_chooses_the_best_is_no_part_of_it(logged: Logged, data: Any) -> None:
    def first(results: dict[str, Any]) -> int:
        return int(results["rank_test_score"].argmin())

    GridSearchCV(SVC(), {"C": [1, 10]}, cv=2, refit=first).fit(*data)
    parent, _ = split(logged())
    assert "training_accuracy_score" in parent.data.metrics
    assert "your own code" not in parent.data.tags.get("mltrack.autolog.notes", "")
