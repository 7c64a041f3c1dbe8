"""The many fits of a cell: what each run holds, and what is left of them afterwards."""

import contextlib
import gc
import random
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, fbeta_score, mean_squared_error
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import loops, state
from jupyter_mltrack.autolog.glance import Glance
from jupyter_mltrack.autolog.runs import REMEMBERED_RUNS
from jupyter_mltrack.autolog.sklearn import datasets, light, sampling
from jupyter_mltrack.entities import CellOutcome, Run
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.session import get_session

Logged = Callable[[], list[Run]]
NOTES = "mltrack.autolog.notes"
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")


@pytest.fixture(autouse=True)
def quick_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fit takes so long that recording it whole does not matter, nor is time ever short."""
    monkeypatch.setattr(loops, "SHARE", 0.0)
    monkeypatch.setattr(loops, "END_SECONDS", 600.0)


@contextlib.contextmanager
def cell(name: str = "a") -> Iterator[cells.Cell]:
    begun = cells.begin_cell(get_session(), cell_id=name, source=name, execution_count=1)
    outcome = CellOutcome.ERROR
    try:
        yield begun
        outcome = CellOutcome.OK
    finally:
        cells.end_cell(begun, outcome)


def with_model(runs: list[Run], store: Store) -> list[int]:
    """Positions of the runs whose model's bytes are kept."""
    kept = [store.list_models(run.info.run_id) for run in runs]
    assert all(model.status == "READY" for models in kept for model in models)
    return [position for position, models in enumerate(kept) if models]


def test_sixty_fits_of_a_cell(logged: Logged, store: Store, data: Any) -> None:
    features, labels = data[0][:70], data[1][:70]
    found = []
    with cell() as begun:
        for depth in [1] * 30 + [9] + [2] * 29:
            model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(features, labels)
            found.append(accuracy_score(labels, model.predict(features)))
    runs = logged()
    assert len(runs) == 60
    for run, value in zip(runs, found, strict=True):
        assert run.data.params["criterion"] == "gini"
        assert run.data.metrics["accuracy_score_features"] == value
        assert run.data.metrics["training_accuracy_score"] == pytest.approx(value)
        assert run.data.metrics["fit_time_seconds"] > 0
        assert run.info.status == "FINISHED"
        assert {given.context for given in run.inputs.dataset_inputs} == {"train", "eval"}
        (seen,) = store.list_run_cells(run.info.run_id)
        assert seen.execution_id == begun.execution_id
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 30, 57, 58, 59]
    assert load_model(runs[30]).max_depth == 9
    assert np.array_equal(load_model(runs[59]).predict(data[0]), model.predict(data[0]))
    drawn = [
        position
        for position, run in enumerate(runs)
        if any(item.path == "drawings.json" for item in store.list_artifacts(run.info.run_id))
    ]
    assert drawn == with_model(runs, store)


def test_it_is_said(logged: Logged, data: Any) -> None:
    before = state.left_out
    with cell():
        for depth in range(1, 21):
            DecisionTreeClassifier(max_depth=depth, random_state=0).fit(*data)
        assert state.left_out == before + 15
    assert state.left_out == before + 20 - 9
    runs = logged()
    noted = [loops.NOTE in run.data.tags.get(NOTES, "") for run in runs]
    assert noted == [False] * 5 + [True] * 15
    (best,) = [run for run in runs if "The best of 20 fits" in run.data.tags.get(NOTES, "")]
    assert "by training_score" in best.data.tags[NOTES]


@pytest.mark.parametrize("measure", [mean_squared_error, lambda y, p: -mean_squared_error(y, p)])
def test_less_of_an_error_is_better(
    logged: Logged, store: Store, data: Any, measure: Callable[[Any, Any], float]
) -> None:
    X, y = data
    with cell():
        for alpha in [1e3] * 10 + [1e-3] + [1e3] * 10:
            measure(y, Ridge(alpha).fit(X, y).predict(X))
    assert with_model(logged(), store) == [0, 1, 2, 3, 4, 10, 18, 19, 20]


def test_measured_when_all_are_fitted(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    with cell():
        models = [Ridge(10.0 ** -abs(8 - power)).fit(X, y) for power in range(20)]
        for model in models:
            # The least regular is the best on its training data, and the worst on others.
            model.score(X[::3], -y[::3] * X[::3, 0])
    runs = logged()
    scores = [run.data.metrics["Ridge_score_unknown_dataset"] for run in runs]
    assert with_model(runs, store) == sorted({*range(5), scores.index(max(scores)), 17, 18, 19})


def test_the_best_is_fitted_and_tested_once_more(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    X_valid, y_valid, X_test, y_test = X[:30], y[:30], X[30:], y[30:]
    with cell():
        for depth in [1] * 10 + [9] + [1] * 10:
            DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y).score(
                X_valid, y_valid
            )
        DecisionTreeClassifier(max_depth=9, random_state=0).fit(X, y).score(X_test, y_test)
    runs = logged()
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 10, 19, 20, 21]
    assert (
        "The best of 22 fits by DecisionTreeClassifier_score_X_valid" in runs[10].data.tags[NOTES]
    )
    assert "The best of" not in runs[21].data.tags[NOTES]


def test_the_best_by_the_last_of_many_metrics(logged: Logged, store: Store, data: Any) -> None:
    X, y = data
    with cell():
        for depth in [1] * 10 + [9] + [1] * 10:
            model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)
            predicted = model.predict(X)
            for beta in (1, 2, 3, 4, 5):
                fbeta_score(y, predicted, beta=beta, average="macro")
            accuracy_score(y, predicted)
    assert with_model(logged(), store) == [0, 1, 2, 3, 4, 10, 18, 19, 20]


def test_what_we_compute_when_a_cell_ends_is_not_the_users(logged: Logged, data: Any) -> None:
    with cell():
        for power in range(12):
            Ridge(10.0**power).fit(*data)
    first, *_, last = logged()
    assert last.data.metrics.keys() == first.data.metrics.keys()
    assert [given.context for given in last.inputs.dataset_inputs] == ["train"]


def test_slow_fits_are_all_recorded_whole(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "SHARE", 1e6)
    monkeypatch.setattr(loops, "SLOW_SECONDS", 0.0)
    with cell():
        for _ in range(12):
            LogisticRegression().fit(*data)
    runs = logged()
    assert with_model(runs, store) == list(range(12))
    assert not any(loops.NOTE in run.data.tags.get(NOTES, "") for run in runs)


def test_quick_fits_are_not_recorded_whole_by_chance(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "SHARE", 1e6)
    monkeypatch.setattr(loops, "SLOW_SECONDS", 1e6)
    with cell():
        for power in range(12):
            Ridge(10.0**power).fit(*data)
    assert with_model(logged(), store) == [0, 1, 2, 3, 4, 9, 10, 11]


def test_data_changed_in_place_have_another_digest(logged: Logged, data: Any) -> None:
    features, labels = data[0].copy(), data[1].copy()
    with cell():
        for number in range(9):
            Ridge().fit(features, labels)
            if number in (5, 6):
                (features if number == 5 else labels)[0] += 1
    digests = [run.inputs.dataset_inputs[0].dataset.digest for run in logged()]
    assert len(set(digests[:6])) == 1
    assert len(set(digests[5:])) == 3
    assert len(set(digests[7:])) == 1


def test_one_estimator_fitted_again_and_again(logged: Logged, store: Store, data: Any) -> None:
    model = DecisionTreeClassifier(random_state=0)
    with cell():
        for depth in (depths := [1] * 7 + [30] + [1] * 6 + [2]):
            model.set_params(max_depth=depth).fit(*data)
    runs = logged()
    assert [run.data.params["max_depth"] for run in runs] == [str(depth) for depth in depths]
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 14]
    assert load_model(runs[14]).max_depth == 2
    assert "The best of 15 fits" in runs[7].data.tags[NOTES]
    assert light.CHANGED in runs[7].data.tags[NOTES]
    assert light.CHANGED in runs[13].data.tags[NOTES]
    assert light.CHANGED not in runs[14].data.tags[NOTES]


def test_an_estimator_changed_since_is_not_that_of_the_fit(
    logged: Logged, store: Store, data: Any
) -> None:
    with cell():
        for _ in range(8):
            model = LogisticRegression().fit(*data)
        model.set_params(C=7)
    runs = logged()
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 5, 6]
    assert light.CHANGED in runs[7].data.tags[NOTES]


def test_each_cell_counts_its_own(logged: Logged, store: Store, data: Any) -> None:
    for name in "ab":
        with cell(name):
            for _ in range(7):
                LinearRegression().fit(*data)
    with cell("a"):
        LinearRegression().fit(*data)
    assert with_model(logged(), store) == list(range(15))


def test_a_script(logged: Logged, store: Store, data: Any) -> None:
    for power in range(20):
        LogisticRegression(C=2.0**-power).fit(*data)
    runs = logged()  # waits for what was written
    kept = with_model(runs, store)
    assert kept[:5] == [0, 1, 2, 3, 4]
    assert kept[-3:] == [17, 18, 19]
    LogisticRegression(C=3).fit(*data)
    mltrack.flush(20)
    assert with_model(logged(), store) == [*kept, 20]


def test_the_end_of_a_session_completes_its_fits(store: Store, data: Any, tmp_path: Path) -> None:
    with cell():
        for _ in range(9):
            LinearRegression().fit(*data)
        session = get_session().session_id
        mltrack.set_tracking_uri(str(tmp_path / "elsewhere"))
    from jupyter_mltrack.store.contract import RunSearch

    runs = sorted(store.search_runs(RunSearch()), key=lambda run: run.info.start_time)
    assert get_session().session_id != session
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 6, 7, 8]


def test_an_exception_in_the_middle(logged: Logged, store: Store, data: Any) -> None:
    X, y = data

    def fits() -> None:
        for number in range(20):
            if number == 10:
                with pytest.raises(ValueError, match="NaN"):
                    LinearRegression().fit(X * np.nan, y)
            LinearRegression().fit(X, y)
            if number == 12:
                raise KeyError

    with pytest.raises(KeyError), cell():
        fits()
    runs = logged()
    assert len(runs) == 14
    assert [run.info.status for run in runs].index("FAILED") == 10
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 11, 12, 13]


def test_nothing_keeps_estimators_and_data_alive(data: Any) -> None:
    X, y = data
    models, arrays = [], []
    with cell():
        for number in range(30):
            part = X[number:].copy()
            model = LogisticRegression(C=0.5 + number).fit(part, y[number:])
            accuracy_score(y[number:], model.predict(part))
            models.append(weakref.ref(model))
            arrays.append(weakref.ref(part))
            del model, part
        gc.collect()
        assert sum(reference() is not None for reference in models) <= loops.LAST + 4
        assert not any(reference() is not None for reference in arrays)
    gc.collect()
    assert not any(reference() is not None for reference in models)


def test_large_estimators_are_not_kept_for_the_end(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(light, "MAX_HELD_CELLS", 100)
    models = []
    with cell():
        for _ in range(10):
            models.append(weakref.ref(LinearRegression().fit(*data)))
        gc.collect()
        assert not any(reference() is not None for reference in models)
        kept = LinearRegression().fit(*data)
    runs = logged()
    assert with_model(runs, store) == [0, 1, 2, 3, 4, 10]
    assert np.array_equal(load_model(runs[10]).coef_, kept.coef_)
    assert light.CHANGED in runs[9].data.tags[NOTES]


def test_metrics_of_some_rows(logged: Logged, data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "BUDGET_SECONDS", 1e-9)
    X, y = (np.tile(part, (30, *[1] * (part.ndim - 1))) for part in data)
    with cell():
        for number in range(8):
            model = KNeighborsClassifier(1 + number).fit(X, y)
    runs = logged()
    assert not any("evenly spread" in run.data.tags.get(NOTES, "") for run in runs[:5])
    rows = [run.data.tags[NOTES].partition("Training metrics are of ")[2] for run in runs[5:]]
    assert len({text.partition(" ")[0] for text in rows}) == 1
    assert all("of 3,000 rows, evenly spread" in text for text in rows)
    step = 3000 // int(rows[0].partition(" ")[0].replace(",", ""))
    expected = model.score(X[::step], y[::step])
    assert runs[7].data.metrics["training_score"] == pytest.approx(expected)


def test_digests_that_cost_are_made_once(
    logged: Logged, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "CHEAP_SECONDS", -1.0)
    monkeypatch.setattr(datasets, "SMALL_BYTES", 0)
    X, y = data
    other = X.copy()
    with cell():
        for _ in range(8):
            LinearRegression().fit(X, y)
        LinearRegression().fit(other, y)
    runs = logged()
    digests = [run.inputs.dataset_inputs[0].dataset.digest for run in runs[:8]]
    assert len(set(digests)) == 1
    assert runs[8].inputs.dataset_inputs == []
    assert "No digest of the data" in runs[8].data.tags[NOTES]


def test_random_states_stay_in_a_loop(data: Any) -> None:
    np.random.seed(3)
    random.seed(3)
    expected = [np.random.RandomState(3).rand(), random.Random(3).random()]
    with cell():
        for _ in range(12):
            LogisticRegression().fit(*data)
    assert [np.random.rand(), random.random()] == expected


def test_a_glance_puts_the_generator_back() -> None:
    for drawn in (0, 1, 623, 624, 5000):
        np.random.seed(drawn)
        np.random.rand(drawn)
        _, keys, *rest = np.random.get_state()
        with Glance() as glance:
            assert glance.is_possible
        assert not glance.moved
        with Glance() as glance:
            np.random.rand(700)
        assert glance.moved
        _, after, *others = np.random.get_state()
        assert np.array_equal(after, keys)
        assert others == rest


def test_runs_that_ended_are_let_go(data: Any) -> None:
    for name in "ab":
        with cell(name) as begun:
            for _ in range(70):
                LinearRegression().fit(*data)
            mltrack.log_metric("mine", 1.0)
            assert len(begun.runs) <= REMEMBERED_RUNS
    gc.collect()
    session = get_session()
    alive = [
        thing for thing in gc.get_objects() if type(thing) is ActiveRun and thing.session is session
    ]
    assert len(alive) < 70
