"""What gc removes is what nobody needs; what anybody needs stays whole."""

import os
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

import jupyter_mltrack as mltrack
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Garbage
from jupyter_mltrack.store.sql.tables import TermRow
from jupyter_mltrack.tracking.session import close_session
from tests.housekeeping.worlds import make_run, run_cell, told


def age_blobs(store_path: Path, seconds: float = 7200) -> None:
    for path in (store_path / "blobs").rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - seconds,) * 2)


def assert_sound(store: Store) -> None:
    assert [one for one in store.keeper().check() if one.level == "fail"] == []


def test_nothing_is_removed_that_is_not_in_the_trash(store: Store, store_path: Path) -> None:
    run_id = make_run("kept", points=5)
    close_session()
    age_blobs(store_path)
    before = told(store, run_id)
    for history in (False, True):
        assert store.keeper().collect(history=history) == Garbage(rows=nothing(history))
    assert told(store, run_id) == before


def nothing(history: bool) -> dict[str, int]:
    names = ["datasets"]
    if history:
        names += ["sessions", "cell executions", "notebook revisions", "environments"]
    return dict.fromkeys(names, 0)


def test_the_dry_run_tells_what_is_then_removed(store: Store, store_path: Path) -> None:
    gone, kept = make_run("gone"), make_run("kept")
    close_session()
    age_blobs(store_path)
    store.delete_runs([gone])
    before = store.keeper().get_info().counts["blobs"]
    change = store.get_change()
    planned = store.keeper().list_garbage()
    assert store.get_change() == change
    assert store.keeper().get_info().counts["blobs"] == before
    assert planned.runs == [gone]
    assert planned.row_bytes > 3000 * 8
    assert planned.blobs == 1  # the other files of the two runs are the same bytes
    assert planned.blob_bytes == len(b"bytes of gone")
    assert store.keeper().collect() == planned
    assert store.keeper().get_info().counts["blobs"] == before - 1
    assert store.list_runs([gone]) == []
    assert store.get_series(kept, "curve").values.shape == (3000,)
    export_notebook(store, kept)
    assert_sound(store)


def test_only_what_has_been_in_the_trash_long_enough(store: Store) -> None:
    gone = make_run("gone", points=2)
    close_session()
    store.delete_runs([gone])
    assert store.keeper().collect(older_than=3_600_000).runs == []
    time.sleep(0.01)
    assert store.keeper().collect(older_than=5).runs == [gone]


def test_a_run_of_a_living_session_stays(store: Store) -> None:
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1)
    assert mltrack.flush(20)
    store.delete_runs([run.run_id])
    garbage = store.keeper().collect()
    assert (garbage.runs, garbage.kept) == ([], [run.run_id])
    store.restore_runs([run.run_id])
    assert store.get_run(run.run_id).data.metrics == {"m": 1.0}
    store.delete_runs([run.run_id])
    close_session()
    assert store.keeper().collect().runs == [run.run_id]


def test_experiments_go_when_they_are_empty(store: Store) -> None:
    mltrack.set_experiment("one")
    with mltrack.start_run() as first:
        pass
    mltrack.set_experiment("two")
    with mltrack.start_run() as second:
        pass
    close_session()
    one, two = (store.get_run(run.run_id).info.experiment_id for run in (first, second))
    store.delete_experiment(one)
    store.delete_experiment(two)
    store.restore_experiment(two)
    garbage = store.keeper().collect()
    assert (garbage.experiments, garbage.runs) == ([one], [first.run_id])
    assert [found.name for found in store.list_experiments()] == ["two"]


def test_history_goes_with_the_last_run_of_its_session_only(store: Store, store_path: Path) -> None:
    gone, stays = make_run("gone", points=2), make_run("stays", points=2)
    close_session()
    alone = make_run("alone", points=2, path="b.ipynb")
    close_session()
    age_blobs(store_path)
    store.delete_runs([gone, alone])
    sessions = {one.session_id for one in store.list_sessions()}
    before = told(store, stays)
    notebook = export_notebook(store, stays)
    garbage = store.keeper().collect(history=True)
    assert set(garbage.runs) == {gone, alone}
    assert garbage.rows["sessions"] == 1
    assert garbage.rows["cell executions"] == 2
    assert garbage.rows["notebook revisions"] == 2
    left = {one.session_id for one in store.list_sessions()}
    assert len(sessions - left) == 1
    assert told(store, stays) == before
    assert export_notebook(store, stays) == notebook
    assert_sound(store)


def test_a_session_whose_cell_logged_to_a_remaining_run_stays(store: Store) -> None:
    run_id = make_run("kept", points=2)
    close_session()
    cell = run_cell("c", "log(1)", "other.ipynb")
    mltrack.MlflowClient().log_metric(run_id, "m", 2.0)
    from jupyter_mltrack.tracking.cells import end_cell

    end_cell(cell)
    close_session()
    assert len(store.list_sessions()) == 2
    store.keeper().collect(history=True)
    assert len(store.list_sessions()) == 2
    assert cell.execution_id in [one.execution_id for one in store.list_run_cells(run_id)]


def test_what_cells_repeat_goes_with_the_last_that_repeats_it(store: Store) -> None:
    stays, gone = make_run("stays", path="a.ipynb"), make_run("gone", path="b.ipynb")
    close_session()
    alone = make_run("alone", path="c.ipynb")
    close_session()
    store.delete_runs([gone, alone])
    assert {"a.ipynb", "b.ipynb", "c.ipynb"} <= read_terms(store)
    store.keeper().collect(history=True)
    assert {"a.ipynb", "b.ipynb", "c.ipynb"} & read_terms(store) == {"a.ipynb", "b.ipynb"}
    store.delete_runs([stays])
    store.keeper().collect(history=True)
    assert read_terms(store) == set()


def read_terms(store: Store) -> set[str]:
    engine = sa.create_engine(store.uri.replace("postgresql:", "postgresql+psycopg:", 1))
    with engine.connect() as connection:
        found = set(connection.execute(sa.select(TermRow.text)).scalars())
    engine.dispose()
    return found


def test_history_of_a_living_session_stays(store: Store) -> None:
    cell = run_cell("c", "x = 1")
    from jupyter_mltrack.tracking.cells import end_cell

    end_cell(cell)
    assert mltrack.flush(20)
    garbage = store.keeper().collect(history=True)
    assert garbage.rows == nothing(history=True)
    assert len(store.list_cell_executions([cell.execution_id])) == 1
    make_run("after", points=2)  # what the session goes on to write finds what it needs
    assert_sound(store)


def test_rows_that_come_after_get_nothing_of_those_that_went(store: Store) -> None:
    gone = make_run("gone", points=2)
    close_session()
    store.delete_runs([gone])
    store.keeper().collect(history=True)
    fresh = make_run("fresh", points=3)
    close_session()
    run = store.get_run(fresh)
    assert run.data.tags["team"] == "red"
    assert run.data.summaries["curve"].count == 3
    assert [cell.source for cell in store.list_run_cells(fresh)] == [
        "fit('fresh')",
        "score(model)",
    ]
    assert_sound(store)


def test_a_store_that_is_not_there(store: Store, store_path: Path) -> None:
    assert store.keeper().list_garbage() == Garbage()
    assert store.keeper().collect() == Garbage()
    assert not store_path.exists()


@pytest.mark.parametrize("size", [1500])
def test_many_at_once(store: Store, size: int) -> None:
    for _ in range(size):
        with mltrack.start_run():
            mltrack.log_metric("m", 1)
    assert mltrack.flush(60)
    close_session()
    experiment = store.list_experiments()[0].experiment_id
    assert len(store.delete_experiment(experiment)) == size
    garbage = store.keeper().collect(history=True)
    assert len(garbage.runs) == size
    assert store.get_counts().runs == 0


def test_a_writer_and_a_compaction_take_turns(store: Store) -> None:
    mltrack.start_run()
    stop = threading.Event()

    def log() -> None:
        step = 0
        while not stop.is_set():
            mltrack.log_metric("m", step, step=step)
            step += 1
            stop.wait(0.0005)

    run = mltrack.active_run()
    assert run is not None
    thread = threading.Thread(target=log)
    thread.start()
    try:
        for _ in range(5):
            store.keeper().compact()
            store.keeper().collect()
    finally:
        stop.set()
        thread.join()
    assert mltrack.flush(30)
    mltrack.end_run()
    close_session()
    steps = store.get_series(run.run_id, "m").steps.tolist()
    assert steps == list(range(len(steps)))
    assert len(steps) > 0
    assert {one.level for one in store.keeper().check()} == {"ok"}
