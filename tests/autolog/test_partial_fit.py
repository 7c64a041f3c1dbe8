"""All calls of `partial_fit` on one estimator are one run, each call a point."""

import gc
import json
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import Birch, MiniBatchKMeans
from sklearn.decomposition import IncrementalPCA
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.metrics import accuracy_score
from sklearn.model_selection import learning_curve
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.sklearn import batches
from jupyter_mltrack.entities import CellOutcome, Run
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")
CLASSES = np.array([0, 1])


@contextmanager
def cell(cell_id: str = "c", outcome: str = CellOutcome.OK) -> Iterator[cells.Cell]:
    begun = cells.begin_cell(get_session(), cell_id=cell_id, source="", execution_count=1)
    try:
        yield begun
    finally:
        cells.end_cell(begun, outcome)


def points(store: Store, run: Run, key: str) -> list[tuple[int, float]]:
    history = store.get_metric_history(run.info.run_id, key)
    return [(point.step, point.value) for point in history]


def only(store: Store) -> Run:
    assert mltrack.flush(20)
    (run,) = store.search_runs(RunSearch())
    return run


def notes(run: Run) -> str:
    return run.data.tags.get("mltrack.autolog.notes", "")


@pytest.fixture
def all_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "DENSE", 10_000)
    monkeypatch.setattr(batches, "MAX_SECONDS", 60.0)


@pytest.mark.usefixtures("all_scored")
def test_many_calls_are_one_run(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = SGDClassifier(alpha=0.01, random_state=0)
    scores = []
    with cell():
        for first in range(0, 500):
            part = slice(first % 90, first % 90 + 10)
            model.partial_fit(X[part], y[part], classes=CLASSES)
            scores.append(float(np.mean(model.predict(X[part]) == y[part])))
    (run,) = logged()
    assert (run.info.status, run.info.run_name) == ("FINISHED", "SGDClassifier(alpha=0.01)")
    assert run.data.params == {name: str(value) for name, value in model.get_params().items()}
    steps = list(range(1, 501))
    assert points(store, run, "rows_seen") == [(step, 10.0 * step) for step in steps]
    assert points(store, run, "training_score") == list(zip(steps, scores, strict=True))
    seconds = points(store, run, "partial_fit_time_seconds")
    assert [step for step, _ in seconds] == steps
    assert run.data.metrics["fit_time_seconds"] == pytest.approx(sum(value for _, value in seconds))
    (kept,) = store.list_models(run.info.run_id)
    assert kept.status == "READY"
    assert np.array_equal(load_model(run).predict(X), model.predict(X))
    given = {one.context: json.loads(one.dataset.profile) for one in run.inputs.dataset_inputs}
    assert given["train"]["shape"] == [10, 4]


def test_it_goes_on_in_later_cells(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    with cell("a"):
        model = SGDClassifier(random_state=0).partial_fit(X, y, classes=CLASSES)
    (run,) = logged()
    assert run.info.status == "FINISHED"
    ended = run.info.end_time
    for number in range(2):  # the same cell run again with the same estimator
        with cell("b") as second:
            model.partial_fit(X, y)
            assert only(store).info.status == "RUNNING"
        run = only(store)
        assert run.info.status == "FINISHED"
        assert (run.info.end_time or 0) >= (ended or 0)
        assert points(store, run, "rows_seen")[-1] == (number + 2, 100.0 * (number + 2))
    assert len(store.list_models(run.info.run_id)) == 3
    assert load_model(run).t_ == model.t_
    linked = [item.execution_id for item in store.list_run_cells(run.info.run_id)]
    assert len(linked) == 3
    assert linked[-1] == second.execution_id
    accuracy_score(y, model.predict(X))
    run = only(store)
    assert "accuracy_score_X" in run.data.metrics


def test_a_new_estimator_is_a_new_run(logged: Logged, data: Any) -> None:
    X, y = data
    for _ in range(2):
        with cell("a"):
            model = GaussianNB()
            model.partial_fit(X, y, CLASSES)
            model.partial_fit(X, y)
    with cell("b"):
        clone(model).partial_fit(X, y, CLASSES)
    assert [run.data.metrics["rows_seen"] for run in logged()] == [200, 200, 100]
    assert {run.info.status for run in logged()} == {"FINISHED"}


def test_a_fit_in_between_begins_anew(logged: Logged, data: Any) -> None:
    X, y = data
    with cell():
        model = GaussianNB().partial_fit(X, y, CLASSES)
        model.fit(X, y)
        model.partial_fit(X, y)
        model.partial_fit(X, y)
    first, fit, second = logged()
    assert first.data.metrics["rows_seen"] == 100
    assert "rows_seen" not in fit.data.metrics
    assert second.data.metrics["rows_seen"] == 200


def test_a_script_has_no_cells(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = GaussianNB().partial_fit(X, y, CLASSES)
    (run,) = logged()
    assert (run.info.status, run.data.metrics["rows_seen"]) == ("FINISHED", 100)
    model.partial_fit(X, y)
    mltrack.tracking.session.close_session()
    (run,) = store.search_runs(RunSearch())
    assert (run.info.status, run.data.metrics["rows_seen"]) == ("FINISHED", 200)


def test_in_a_run_of_the_users(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    with cell():
        with mltrack.start_run(run_name="mine"):
            model = GaussianNB()
            for _ in range(3):
                model.partial_fit(X, y, CLASSES)
        model.partial_fit(X, y)
        with mltrack.start_run(run_name="another"):
            model.partial_fit(X, y)
    mine, another = logged()
    assert points(store, mine, "rows_seen")[-1] == (4, 400.0)
    assert points(store, another, "rows_seen") == [(1, 100.0)]
    assert {mine.info.status, another.info.status} == {"FINISHED"}


def test_a_second_estimator_in_a_run_is_its_child(logged: Logged, data: Any) -> None:
    X, y = data
    with cell(), mltrack.start_run():
        first, second = GaussianNB(), GaussianNB(var_smoothing=0.1)
        for _ in range(3):
            first.partial_fit(X, y, CLASSES)
            second.partial_fit(X, y, CLASSES)
    run, child = logged()
    assert child.info.parent_run_id == run.info.run_id
    assert [one.data.metrics["rows_seen"] for one in (run, child)] == [300, 300]
    assert child.info.status == "FINISHED"


def test_params_that_change(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = SGDRegressor(learning_rate="constant", eta0=0.1)
    with cell():
        model.partial_fit(X, y)
        model.partial_fit(X, y)
        for rate in (0.05, 0.025):
            model.set_params(eta0=rate).partial_fit(X, y)
        model.set_params(penalty="l1").partial_fit(X, y)
    (run,) = logged()
    assert run.data.params["eta0"] == "0.1"
    assert points(store, run, "param_eta0") == [(2, 0.1), (3, 0.05), (4, 0.025), (5, 0.025)]
    assert "Param penalty became l1 at call 5." in notes(run)
    assert "param_alpha" not in run.data.metrics


def test_params_of_an_inner_estimator(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    model = OneVsRestClassifier(SGDClassifier(alpha=0.1))
    with cell():
        model.partial_fit(X, y, CLASSES)
        model.set_params(estimator__alpha=0.5).partial_fit(X, y)
    (run,) = logged()
    assert points(store, run, "param_estimator__alpha") == [(1, 0.1), (2, 0.5)]


def test_losses(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    network = MLPClassifier((3,), random_state=0)
    means = MiniBatchKMeans(2, random_state=0, n_init=1)
    with cell():
        losses = [network.partial_fit(X, y, classes=CLASSES).loss_ for _ in range(4)]
        inertia = [means.partial_fit(X).inertia_ for _ in range(2)]
    first, second = logged()
    assert [value for _, value in points(store, first, "loss")] == losses
    assert [value for _, value in points(store, second, "inertia")] == inertia


@pytest.mark.usefixtures("all_scored")
def test_what_has_no_score(logged: Logged, data: Any) -> None:
    X, y = data
    with cell():
        Birch().partial_fit(X)
        IncrementalPCA(2).partial_fit(X)
        MultiOutputClassifier(GaussianNB(), n_jobs=2).partial_fit(X, np.c_[y, y], [CLASSES] * 2)
    runs = logged()
    assert [run.info.run_name.partition("(")[0] for run in runs] == [
        "Birch",
        "IncrementalPCA",
        "MultiOutputClassifier",
    ]
    assert not any("training_score" in run.data.metrics for run in runs)
    assert all(run.data.metrics["rows_seen"] == 100 for run in runs)


class Own(ClassifierMixin, BaseEstimator):
    """An estimator of the user's."""

    calls: list[str] = []

    def __init__(self, fail_at: int = 0) -> None:
        self.fail_at = fail_at
        self.seen_ = 0

    def partial_fit(self, X: Any, y: Any) -> "Own":
        self.calls.append("partial_fit")
        self.seen_ += 1
        if self.seen_ == self.fail_at:
            raise ValueError("not this batch")
        self.inner_ = GaussianNB().partial_fit(X, y, CLASSES)
        return self

    def predict(self, X: Any) -> Any:
        self.calls.append("predict")
        return np.zeros(len(X))


@pytest.mark.usefixtures("all_scored")
def test_the_users_own_estimator(logged: Logged, data: Any) -> None:
    Own.calls.clear()
    with cell():
        model = Own()
        model.partial_fit(*data)
        model.partial_fit(*data)
    (run,) = logged()
    assert Own.calls == ["partial_fit", "partial_fit"]
    assert run.data.metrics["rows_seen"] == 200
    assert "training_score" not in run.data.metrics


def test_a_call_that_fails_and_one_that_does_not(logged: Logged, store: Store, data: Any) -> None:
    model = Own(fail_at=2)
    with cell():
        model.partial_fit(*data)
        with pytest.raises(ValueError, match="not this batch"):
            model.partial_fit(*data)
    (run,) = logged()
    assert run.info.status == "FAILED"
    assert run.data.tags["mltrack.error"] == "ValueError: not this batch"
    with cell():
        model.partial_fit(*data)
    run = only(store)
    assert run.info.status == "FINISHED"
    assert "mltrack.error" not in run.data.tags
    assert run.data.metrics["rows_seen"] == 200


def test_a_first_call_that_fails(logged: Logged, data: Any) -> None:
    with cell(outcome=CellOutcome.ERROR), pytest.raises(ValueError, match="classes"):
        GaussianNB().partial_fit(*data)
    (run,) = logged()
    assert run.info.status == "FAILED"


def test_a_cell_that_is_interrupted(logged: Logged, data: Any) -> None:
    with cell(outcome=CellOutcome.INTERRUPTED):
        GaussianNB().partial_fit(*data, CLASSES)
    (run,) = logged()
    assert run.info.status in ("FINISHED", "KILLED")


def test_calls_inside_other_fits_are_no_runs(logged: Logged, data: Any) -> None:
    X, y = data
    learning_curve(GaussianNB(), X, y, exploit_incremental_learning=True, cv=2)
    MiniBatchKMeans(2, n_init=1).fit(X)
    IncrementalPCA(2, batch_size=10).fit(X)
    assert len(logged()) == 3


def test_estimators_are_not_kept_alive(logged: Logged, data: Any) -> None:
    X, y = data
    import weakref

    references = []
    with cell():
        for _ in range(8):
            model = GaussianNB().partial_fit(X, y, CLASSES)
            references.append(weakref.ref(model))
        del model
        gc.collect()
        assert [reference() is not None for reference in references] == [False] * 5 + [True] * 3
    gc.collect()
    api.stop()
    gc.collect()
    assert not any(reference() for reference in references)
    runs = logged()
    assert len(runs) == 8
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert "gone before its cell ended" in notes(runs[0])


def test_stopping_ends_what_waits(logged: Logged, data: Any) -> None:
    with cell():
        model = GaussianNB().partial_fit(*data, CLASSES)
        api.stop()
        (run,) = logged()
        assert run.info.status == "FINISHED"
        model.partial_fit(*data)
    (run,) = logged()
    assert run.data.metrics["rows_seen"] == 100


def test_excluded(logged: Logged, data: Any) -> None:
    api.start(api.Options(exclude=["GaussianNB"]))
    GaussianNB().partial_fit(*data, CLASSES)
    assert logged() == []


@pytest.mark.parametrize("cell_id", ["c", ""])
def test_what_is_measured_after_each_call_is_a_series(
    logged: Logged, store: Store, data: Any, cell_id: str
) -> None:
    X, y = data
    model = SGDClassifier(random_state=0)
    expected = []
    with cell(cell_id):
        for _ in range(3):
            model.partial_fit(X, y, classes=CLASSES)
            batch = X[:40]
            expected.append(accuracy_score(y[:40], model.predict(batch)))
            for part in (X, X[50:]):
                model.score(part + 0, y[-len(part) :])
    (run,) = logged()
    later = sorted(key for key in run.data.metrics if key.startswith(("acc", "SGD")))
    unnamed = ["SGDClassifier_score-2_unknown_dataset", "SGDClassifier_score_unknown_dataset"]
    assert later == [*unnamed, "accuracy_score_batch"]
    assert points(store, run, "accuracy_score_batch") == list(enumerate(expected, start=1))
    assert [step for step, _ in points(store, run, unnamed[0])] == [1, 2, 3]


def outcome(X: Any, y: Any) -> list[Any]:
    import random

    random.seed(1)
    np.random.seed(1)
    found: list[Any] = []
    model = SGDClassifier(shuffle=True)
    network = MLPClassifier((3,))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(20):
            model.partial_fit(X, y, CLASSES)
            network.partial_fit(X, y, classes=CLASSES)
            SGDClassifier(max_iter=1).fit(X, y)
    found += [model.coef_.tobytes(), network.coefs_[0].tobytes(), model.get_params()]
    found += [[str(item.message) for item in seen], random.getstate()]
    return [*found, np.random.get_state()[1].tobytes(), X.tobytes()]  # type: ignore[index]


@pytest.mark.usefixtures("all_scored")
def test_outcomes_are_those_of_untracked_calls(logged: Logged, data: Any) -> None:
    with cell():
        tracked = outcome(*data)
    assert len(logged()) == 22
    api.stop()
    assert tracked == outcome(*data)
