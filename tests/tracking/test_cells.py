"""Which run and cell a log call belongs to, as cells come and go."""

import threading

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.cells import Cell, begin_cell, end_cell, find_cell
from jupyter_mltrack.tracking.session import get_session


def begin(cell_id: str) -> Cell:
    return begin_cell(get_session(), cell_id=cell_id, source="code", execution_count=1)


def test_a_cell_that_logs_without_a_run_gets_one_of_its_own(store: Store) -> None:
    for cell_id in ("a", "b"):
        cell = begin(cell_id)
        mltrack.log_metric("m", 1)
        mltrack.log_param("p", cell_id)
        end_cell(cell)
    assert mltrack.flush(20)
    runs = store.search_runs(RunSearch())
    assert {run.data.params["p"] for run in runs} == {"a", "b"}
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len({run.info.execution_id for run in runs}) == 2


def test_the_run_of_a_cell_that_failed_failed(store: Store) -> None:
    cell = begin("a")
    mltrack.log_metric("m", 1)
    end_cell(cell, CellOutcome.ERROR, "ValueError")
    assert mltrack.flush(20)
    (run,) = store.search_runs(RunSearch())
    assert run.info.status == "FAILED"


def test_a_run_started_in_one_cell_is_active_in_the_next(store: Store) -> None:
    first = begin("a")
    run = mltrack.start_run()
    end_cell(first)
    second = begin("b")
    mltrack.log_metric("m", 1)
    assert mltrack.active_run() is run
    mltrack.end_run()
    end_cell(second)
    assert mltrack.flush(20)
    series = store.get_series(run.run_id, "m")
    assert series.executions == [(second.execution_id, 1)]
    assert [cell.cell_id for cell in store.list_run_cells(run.run_id)] == ["a", "b"]


def test_two_cells_at_once_know_themselves(store: Store) -> None:
    main = begin("main")
    seen: list[str] = []

    def subshell() -> None:
        cell = begin("sub")
        mltrack.log_metric("m", 2)
        found = find_cell()
        seen.append(found.cell_id if found else "")
        end_cell(cell)

    thread = threading.Thread(target=subshell)
    thread.start()
    thread.join()
    mltrack.log_metric("m", 1)
    found = find_cell()
    assert (seen, found.cell_id if found else "") == (["sub"], "main")
    end_cell(main)
    assert mltrack.flush(20)
    by_cell = {
        cell.cell_id: run.data.metrics["m"]
        for run in store.search_runs(RunSearch())
        for cell in store.list_run_cells(run.info.run_id)
    }
    assert by_cell == {"main": 1.0, "sub": 2.0}


def test_a_thread_started_by_a_cell_belongs_to_it(store: Store) -> None:
    cell = begin("a")
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(find_cell()))
    thread.start()
    thread.join()
    assert found == [cell]
    end_cell(cell)
    assert find_cell() is None
