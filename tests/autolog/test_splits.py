"""Test metrics come by themselves when ``train_test_split`` made the data."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.sklearn import splits, testing
from jupyter_mltrack.entities import Run
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


def of_test(run: Run) -> dict[str, float]:
    return {n: v for n, v in run.data.metrics.items() if n.startswith("test_")}


def notes(run: Run) -> str:
    return run.data.tags.get("mltrack.autolog.notes", "")


@pytest.fixture
def parts(data: Any) -> Any:
    return train_test_split(*data, test_size=0.3, random_state=0)


def test_a_classifier(logged: Logged, parts: Any) -> None:
    X_train, X_test, y_train, y_test = parts
    model = LogisticRegression().fit(X_train, y_train)
    predicted, proba = model.predict(X_test), model.predict_proba(X_test)
    average = {"average": "weighted"}
    (run,) = logged()
    assert of_test(run) == pytest.approx(
        {
            "test_accuracy_score": metrics.accuracy_score(y_test, predicted),
            "test_precision_score": metrics.precision_score(y_test, predicted, **average),
            "test_recall_score": metrics.recall_score(y_test, predicted, **average),
            "test_f1_score": metrics.f1_score(y_test, predicted, **average),
            "test_log_loss": metrics.log_loss(y_test, proba),
            "test_roc_auc": metrics.roc_auc_score(y_test, proba[:, 1]),
            "test_score": metrics.accuracy_score(y_test, predicted),
        }
    )


def test_a_regressor_of_tables(logged: Logged, data: Any) -> None:
    X, y = data
    table = pd.DataFrame(X, columns=list("abcd"))
    X_train, X_test, y_train, y_test = train_test_split(table, pd.DataFrame({"y": y}))
    model = LinearRegression().fit(X_train, y_train.values.ravel())
    (run,) = logged()
    assert of_test(run)["test_r2_score"] == pytest.approx(model.score(X_test, y_test))


def test_scaled_alike(logged: Logged, parts: Any) -> None:
    X_train, X_test, y_train, y_test = parts
    scaler = StandardScaler()
    A_train = scaler.fit_transform(X_train)
    A_test = scaler.transform(X_test)
    model = LogisticRegression().fit(A_train, y_train)
    *_, run = logged()
    assert of_test(run)["test_score"] == model.score(A_test, y_test)


def test_scaled_otherwise(logged: Logged, parts: Any) -> None:
    X_train, X_test, y_train, _ = parts
    A_train = StandardScaler().fit_transform(X_train)
    A_test = StandardScaler().fit_transform(X_test)
    LogisticRegression().fit(A_train, y_train)
    assert A_test.shape
    assert not any(of_test(run) for run in logged())


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("how", ["cell", "exclude"])
def test_scaled_by_a_fit_that_nobody_saw(how: str, method: str, logged: Logged, parts: Any) -> None:
    X_train, X_test, y_train, _ = parts
    scaler = StandardScaler()
    A_train = scaler.fit_transform(X_train)
    if how == "cell":
        cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
        cell.is_autologged = False
        getattr(scaler, method)(X_test)
        cells.end_cell(cell)
    else:
        api.change("", {"exclude": ["StandardScaler"]})
        getattr(scaler, method)(X_test)
    A_test = scaler.transform(X_test)
    LogisticRegression().fit(A_train, y_train)
    assert A_test.shape
    assert not any(of_test(run) for run in logged())


def test_a_search_and_a_pipeline(logged: Logged, parts: Any) -> None:
    X_train, X_test, y_train, y_test = parts
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1]}, cv=2)
    search.fit(X_train, y_train)
    run, *_ = logged()
    assert of_test(run)["test_score"] == search.score(X_test, y_test)


@pytest.mark.parametrize("what", ["dropped", "other rows", "swapped", "another split", "no y"])
def test_what_does_not_belong_together(what: str, logged: Logged, data: Any) -> None:
    X, y = data
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5)
    others = train_test_split(X, y, test_size=0.5)
    if what == "dropped":
        del X_test
    elif what == "other rows":
        X_train, y_train = X_train[1:], y_train[1:]
    elif what == "swapped":
        X_train, y_train = X_test, y_test
    elif what == "another split":
        y_train = others[2]
    else:
        y_train = np.arange(50) % 2
    LogisticRegression().fit(X_train, y_train)
    (run,) = logged()
    assert of_test(run) == {}


def test_a_column_added_to_one_part_only(logged: Logged, data: Any) -> None:
    X, y = data
    parts = train_test_split(pd.DataFrame(X, columns=list("abcd")), y)
    X_train, X_test, y_train, _ = parts
    X_train["e"] = 1.0
    LogisticRegression().fit(X_train, y_train)
    X_test["e"] = 1.0
    LogisticRegression().fit(X_train, y_train)
    first, second = logged()
    assert not of_test(first)
    assert of_test(second)


def test_a_model_that_cannot_predict_the_test_data(logged: Logged) -> None:
    X = np.array([["a"]] * 30 + [["b"]] * 30)
    X_train, X_test, y_train, _ = train_test_split(X, np.arange(60) % 2, shuffle=False)
    X_test[:] = "c"
    pipeline = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(X_train, y_train)
    assert pipeline is not None
    (run,) = logged()
    assert not of_test(run)
    assert "No test metrics: ValueError" in notes(run)


class Counting(ClassifierMixin, BaseEstimator):
    calls = 0

    def fit(self, X: Any, y: Any) -> "Counting":
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        type(self).calls += 1
        return np.zeros(len(X), dtype=int)


def test_the_users_own_code_is_not_called(logged: Logged, parts: Any) -> None:
    Counting().fit(parts[0], parts[2])
    make_pipeline(StandardScaler(), Counting()).fit(parts[0], parts[2])
    assert not any(of_test(run) for run in logged())
    assert Counting.calls == 0


def test_random_states_stay(parts: Any) -> None:
    generator = np.random.RandomState(3)
    model = RandomForestClassifier(3, random_state=generator)
    states = []
    for is_wanted in (False, True):
        api.start(api.Options(log_test_metrics=is_wanted))
        generator.seed(3)
        random.seed(1)
        np.random.seed(1)
        model.fit(parts[0], parts[2])
        found = (random.getstate(), np.random.get_state(), generator.get_state())
        states.append([str(state) for state in found])
    assert states[0] == states[1]


def test_switched_off(logged: Logged, parts: Any) -> None:
    api.start(api.Options(log_test_metrics=False))
    LogisticRegression().fit(parts[0], parts[2])
    (run,) = logged()
    assert of_test(run) == {}


def test_of_many_rows_some(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(testing, "_time", lambda _estimator, _data, rows: rows * 1e-3)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(4000, 3)), rng.integers(0, 2, 4000)
    X_train, X_test, y_train, _ = train_test_split(X, y, test_size=0.5)
    KNeighborsClassifier().fit(X_train, y_train)
    (run,) = logged()
    assert len(X_test) == 2000
    assert of_test(run)
    assert "of 2,000 rows, evenly spread" in notes(run)


def test_of_all_rows_where_the_call_is_what_costs(
    logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "FOR_FREE", 3.0)  # clocks are not that exact
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 3)), rng.integers(0, 2, 1000)
    split = train_test_split(X, y, test_size=0.5)
    RandomForestClassifier(200, max_depth=2).fit(split[0], split[2])
    (run,) = logged()
    assert of_test(run)
    assert "evenly spread" not in notes(run)


def test_nothing_is_kept_alive(data: Any) -> None:
    parts = train_test_split(*data)
    assert len(splits.parts) == 4
    del parts
    assert len(splits.parts) == 0
