"""XGBoost and LightGBM beyond what every adapter is tested with."""

import json
import threading
from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
import yaml
from lightgbm import train as lightgbm_train
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from xgboost import train as xgboost_train

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")
XGB = {"objective": "binary:logistic", "nthread": 1}
LGB = {"objective": "binary", "num_threads": 1, "verbosity": -1}


def read(store: Store, run: Run, path: str) -> Any:
    (item,) = [item for item in store.list_artifacts(run.info.run_id) if item.path == path]
    return store.read_blob(item.digest)


def test_early_stopping_of_xgboost(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    train, valid = xgboost.DMatrix(X[:60], label=y[:60]), xgboost.DMatrix(X[60:], label=y[60:])
    booster = xgboost_train(
        XGB, train, 40, evals=[(valid, "valid")], early_stopping_rounds=2, verbose_eval=False
    )
    (run,) = logged()
    assert run.data.metrics["best_iteration"] == booster.best_iteration
    assert run.data.metrics["stopped_iteration"] == booster.best_iteration + 2
    assert run.data.metrics["valid-logloss"] == pytest.approx(booster.best_score)
    points = store.get_metric_history(run.info.run_id, "valid-logloss")
    assert [point.step for point in points] == list(range(booster.best_iteration + 4))
    assert {(item.dataset.name, item.context) for item in run.inputs.dataset_inputs} == {
        ("dtrain", "train"),  # what it was made of is gone
        ("valid", "eval"),
    }


def test_a_metric_of_predictions_finds_its_training(logged: Logged, data: Any) -> None:
    X, y = data
    matrix = xgboost.DMatrix(X, label=y)
    booster = xgboost_train(XGB, matrix, 3)
    score = roc_auc_score(y, booster.predict(matrix))
    (run,) = logged()
    assert run.data.metrics["roc_auc_score_matrix"] == score


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_models_come_back(logged: Logged, store: Store, data: Any, library: str) -> None:
    X, y = data
    if library == "xgboost":
        model = xgboost_train(XGB, xgboost.DMatrix(X, label=y), 3)
        expected = model.predict(xgboost.DMatrix(X))
    else:
        model = lightgbm_train(LGB, lightgbm.Dataset(X, y), 3)
        expected = model.predict(X)
    (run,) = logged()
    loaded: Any = load_model(run)
    assert np.array_equal(
        loaded.predict(xgboost.DMatrix(X) if library == "xgboost" else X), expected
    )
    document = yaml.safe_load(read(store, run, "model/MLmodel"))
    assert document["flavors"]["python_function"]["loader_module"] == f"mlflow.{library}"
    assert document["flavors"][library]["model_class"].endswith(".Booster")
    assert json.loads(document["signature"]["inputs"])[0]["tensor-spec"]["shape"] == [-1, 4]


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        (xgboost.XGBClassifier, "validation_0-logloss"),
        (lightgbm.LGBMClassifier, "valid_0-binary_logloss"),
    ],
)
@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
def test_an_estimator_is_one_run(
    logged: Logged, store: Store, data: Any, kind: Any, metric: str
) -> None:
    X, y = data
    model = kind(n_estimators=6, n_jobs=1).fit(X, y, eval_set=[(X[:80], y[:80])])
    (run,) = logged()
    assert run.data.tags["mlflow.autologging"] == kind.__module__.partition(".")[0]
    assert len(store.get_metric_history(run.info.run_id, metric)) == 6
    assert "training_accuracy_score" in run.data.metrics
    assert run.data.params["n_estimators"] == "6"
    paths = {item.path for item in store.list_artifacts(run.info.run_id)}
    assert "feature_importance_gain.json" in paths
    assert np.array_equal(load_model(run).predict(X), model.predict(X))
    flavor = store.list_models(run.info.run_id)[0].flavor
    assert flavor == kind.__module__.partition(".")[0]


class DerivedClassifier(xgboost.XGBClassifier):  # type: ignore[misc]  # no types there
    """One of the user's."""


@pytest.mark.parametrize("how", [{"disable": True}, {"exclude": ["DerivedClassifier"]}])
def test_estimators_are_logged_as_their_library_is(
    logged: Logged, data: Any, how: dict[str, Any]
) -> None:
    mltrack.xgboost.autolog(**how)
    DerivedClassifier(n_estimators=2, n_jobs=1).fit(*data)
    assert logged() == []
    lightgbm.LGBMClassifier(n_estimators=2, n_jobs=1, verbose=-1).fit(*data)
    LogisticRegression().fit(*data)
    tags = [run.data.tags["mlflow.autologging"] for run in logged()]
    assert tags == ["lightgbm", "sklearn"]


def test_a_generator_among_the_params_does_not_move(data: Any) -> None:
    def draws() -> Any:
        generator = np.random.RandomState(5)
        model = xgboost.XGBClassifier(n_estimators=2, n_jobs=1, random_state=generator)
        model.fit(*data)
        return generator.get_state()[1].tolist(), generator.get_state()[2]

    tracked = draws()
    api.stop()
    assert draws() == tracked


def test_metric_names_that_cannot_be(logged: Logged, data: Any) -> None:
    X, y = data
    matrix = xgboost.DMatrix(X, label=y, group=[50, 50])
    params = {"objective": "rank:ndcg", "eval_metric": "ndcg@3", "nthread": 1}
    xgboost_train(params, matrix, 2, evals=[(matrix, "train")], verbose_eval=False)
    (run,) = logged()
    assert "train-ndcg_at_3" in run.data.metrics


def test_cross_validation(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    xgboost.cv(XGB, xgboost.DMatrix(X, label=y), 4, nfold=3)
    lightgbm.cv(LGB, lightgbm.Dataset(X, y), 4)
    first, second = logged()
    assert len(store.get_metric_history(first.info.run_id, "test-logloss-mean")) == 4
    assert len(store.get_metric_history(second.info.run_id, "valid binary_logloss-mean")) == 4
    assert first.data.params["nfold"] == "3"


def test_a_training_that_raises(logged: Logged, data: Any) -> None:
    def objective(_predicted: Any, _matrix: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError):
        xgboost_train({"nthread": 1}, xgboost.DMatrix(data[0], label=data[1]), 3, obj=objective)
    (run,) = logged()
    assert (run.info.status, run.data.tags["mltrack.error"]) == (
        "FAILED",
        "ZeroDivisionError: mine",
    )


def test_what_libraries_train_is_no_run(logged: Logged, data: Any) -> None:
    class Mine(BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> "Mine":
            self.booster_ = lightgbm_train(LGB, lightgbm.Dataset(X, y), 2)
            return self

    Mine().fit(*data)
    (run,) = logged()
    assert run.data.tags["estimator_name"] == "Mine"


def test_a_loop_keeps_the_models_of_some(logged: Logged, store: Store, data: Any) -> None:
    matrix = xgboost.DMatrix(data[0], label=data[1])
    for depth in range(12):
        xgboost_train({**XGB, "max_depth": depth % 5 + 1}, matrix, 1)
    runs = logged()
    assert len(runs) == 12
    kept = [bool(store.list_models(run.info.run_id)) for run in runs]
    assert kept[:5] == [True] * 5
    assert kept[-1]
    assert not all(kept)


def test_threads(logged: Logged, data: Any) -> None:
    def train(depth: int) -> None:
        matrix = xgboost.DMatrix(data[0], label=data[1])
        params = {**XGB, "max_depth": depth}
        xgboost_train(params, matrix, depth, evals=[(matrix, "t")], verbose_eval=False)

    threads = [threading.Thread(target=train, args=(depth,)) for depth in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.data.params["max_depth"] for run in logged()) == ["1", "2", "3", "4"]


def test_a_training_counts_among_the_models_of_its_cell(logged: Logged, data: Any) -> None:
    X, y = data
    cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    forest = LogisticRegression().fit(X, y)
    booster = xgboost_train(XGB, xgboost.DMatrix(X, label=y), 3)
    blend = (forest.predict_proba(X)[:, 1] + booster.predict(xgboost.DMatrix(X))) / 2
    roc_auc_score(y, blend)
    cells.end_cell(cell)
    owners = [run for run in logged() if "roc_auc_score_unknown_dataset" in run.data.metrics]
    assert len(logged()) == 3
    assert [run.data.params for run in owners] == [{}]
