"""A search is a parent run, its best candidates are child runs."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

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
