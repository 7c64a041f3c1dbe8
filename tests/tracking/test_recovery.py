"""What was acknowledged survives the process, and what died is said to have died."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.journals import measure_backlog
from jupyter_mltrack.tracking.problems import problems
from tests.conftest import run_python

WRITER = """
import jupyter_mltrack as mltrack
run = mltrack.start_run(run_name="killed")
print(run.info.run_id, flush=True)
step = 0
while True:
    mltrack.log_metric("m", step, step=step)
    print(step, flush=True)
    step += 1
"""


def start_writer(store_path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MLTRACK_STORE": str(store_path)},
    )


def kill_after(child: "subprocess.Popen[str]", seconds: float) -> tuple[str, int]:
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    lines = child.stdout.read().split("\n")
    child.wait()
    child.stdout.close()
    return run_id, int(lines[-2]) if len(lines) > 1 else -1


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.4, 1.2])
def test_kill_9_loses_nothing_and_is_told(store_path: Path, seconds: float) -> None:
    run_id, acknowledged = kill_after(start_writer(store_path), seconds)
    store = open_store(str(store_path))
    store.prepare()
    started = time.monotonic()
    assert drain_orphans(store, store.uri) == 1
    assert time.monotonic() - started < 40
    run = store.get_run(run_id)
    assert run.info.status == RunStatus.KILLED
    assert run.info.end_time is not None
    steps = [point.step for point in store.get_metric_history(run_id, "m")]
    assert steps == list(range(len(steps)))
    assert len(steps) >= acknowledged + 1
    assert drain_orphans(store, store.uri) == 0
    assert list((store_path / "journal").iterdir()) == []
    with sqlite3.connect(store_path / "mltrack.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_living_run_is_never_called_killed(store_path: Path) -> None:
    child = start_writer(store_path)
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    store = open_store(str(store_path))
    store.prepare()
    for _ in range(20):
        drain_orphans(store, store.uri)
        time.sleep(0.02)
    found = store.list_runs([run_id])
    assert not found or found[0].info.status == RunStatus.RUNNING
    kill_after(child, 0)


def test_the_next_session_drains_what_a_killed_one_left(store: Store, store_path: Path) -> None:
    run_id, acknowledged = kill_after(start_writer(store_path), 0.2)
    with mltrack.start_run():
        pass
    assert mltrack.flush(20)
    assert store.get_run(run_id).info.status == RunStatus.KILLED
    assert len(store.get_metric_history(run_id, "m")) >= acknowledged + 1


def test_applying_twice_changes_nothing(store: Store, store_path: Path) -> None:
    from jupyter_mltrack.journal import JournalReader
    from jupyter_mltrack.tracking.drainer import apply_records
    from jupyter_mltrack.tracking.session import get_session

    with mltrack.start_run() as run:
        for step in range(10):
            mltrack.log_metric("m", step, step=step)
    session = get_session()
    assert session.flush(20)
    directory = store_path / "journal" / session.session_id
    records = JournalReader(directory).read()
    apply_records(store, session.session_id, records, directory)
    assert len(store.get_metric_history(run.info.run_id, "m")) == 10


def test_a_script_that_ends_in_order_leaves_finished_runs_and_no_journal(store_path: Path) -> None:
    run_python("import jupyter_mltrack as m\nm.log_metric('x', 1)\n", MLTRACK_STORE=str(store_path))
    store = open_store(str(store_path))
    (run,) = store.search_runs(RunSearch())
    assert run.info.status == RunStatus.FINISHED
    assert list((store_path / "journal").iterdir()) == []


def test_a_fork_writes_to_a_session_of_its_own(store_path: Path) -> None:
    code = """
import os, json, jupyter_mltrack as m
with m.start_run(run_name="parent") as run:
    pid = os.fork()
    if pid == 0:
        with m.start_run(run_name="child"):
            m.log_metric("m", 2)
        m.flush(20)
        from jupyter_mltrack.tracking.session import close_session
        close_session()
        os._exit(0)
    os.waitpid(pid, 0)
    m.log_metric("m", 1)
m.flush(20)
"""
    run_python(code, MLTRACK_STORE=str(store_path))
    store = open_store(str(store_path))
    found = {run.info.run_name: run.data.metrics for run in store.search_runs(RunSearch())}
    assert found == {"parent": {"m": 1.0}, "child": {"m": 2.0}}


def test_a_forked_child_may_go_on_with_the_parents_run(store_path: Path) -> None:
    code = """
import os, jupyter_mltrack as m
with m.start_run() as run:
    m.log_metric("m", 1)
    pid = os.fork()
    if pid == 0:
        m.log_metric("m", 2, step=1)
        ok = m.flush(20)
        os._exit(0 if ok else 1)
    assert os.waitpid(pid, 0)[1] == 0
    m.log_metric("m", 3, step=2)
"""
    run_python(code, MLTRACK_STORE=str(store_path))
    store = open_store(str(store_path))
    drain_orphans(store, store.uri)
    (run,) = store.search_runs(RunSearch())
    assert run.info.status == RunStatus.FINISHED
    points = store.get_metric_history(run.info.run_id, "m")
    assert sorted(point.value for point in points) == [1, 2, 3]


def test_a_locked_store_costs_no_time_and_loses_nothing(store: Store, store_path: Path) -> None:
    with mltrack.start_run():
        mltrack.log_metric("m", 0)
    assert mltrack.flush(20)
    blocker = sqlite3.connect(store_path / "mltrack.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    started = time.monotonic()
    with mltrack.start_run(run_name="meanwhile") as run:
        for step in range(1000):
            mltrack.log_metric("m", step, step=step)
    assert time.monotonic() - started < 15  # the store's lock would be waited for twice as long
    assert not mltrack.flush(0.3)
    blocker.execute("ROLLBACK")
    blocker.close()
    assert mltrack.flush(30)
    assert len(store.get_metric_history(run.info.run_id, "m")) == 1000
    problems.clear()


def test_a_store_that_cannot_be_opened_keeps_everything_in_the_journal(
    store: Store, store_path: Path
) -> None:
    store_path.mkdir(parents=True)
    (store_path / "mltrack.db").mkdir()
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1)
    assert not mltrack.flush(1)
    assert any("store" in problem.where for problem in problems.list_problems())
    (store_path / "mltrack.db").rmdir()
    assert mltrack.flush(30)
    assert store.get_run(run.info.run_id).data.metrics == {"m": 1.0}
    problems.clear()


def test_eight_processes_on_a_store_that_does_not_exist_yet(store_path: Path) -> None:
    code = "import jupyter_mltrack as m\nwith m.start_run(): m.log_metric('x', 1)\n"
    environment = {**os.environ, "MLTRACK_STORE": str(store_path)}
    children = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE)
        for _ in range(8)
    ]
    for child in children:
        _, error = child.communicate(timeout=120)
        assert (child.returncode, error) == (0, b"")
    store = open_store(str(store_path))
    store.prepare()
    drain_orphans(store, store.uri)
    found = store.search_runs(RunSearch())
    assert [run.data.metrics for run in found] == [{"x": 1.0}] * 8
    assert {run.info.status for run in found} == {RunStatus.FINISHED}


def test_journals_that_vanish_while_they_are_looked_for_are_no_trouble(
    store: Store, store_path: Path
) -> None:
    home = store_path / "journal"
    over = threading.Event()

    def come_and_go(name: str) -> None:
        while not over.is_set():
            (home / name).mkdir(parents=True, exist_ok=True)
            shutil.rmtree(home / name, ignore_errors=True)

    problems.clear()
    threads = [threading.Thread(target=come_and_go, args=(f"other{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(300):
            drain_orphans(store, store.uri)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert problems.list_problems() == []


def test_a_record_that_cannot_be_applied_is_kept_aside(store: Store) -> None:
    from jupyter_mltrack.entities import events as ev
    from jupyter_mltrack.tracking.session import get_session

    session = get_session()
    session.write(ev.RunEnded("f" * 32, RunStatus.FINISHED, 1))
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1)
    assert mltrack.flush(20)
    assert store.get_counts().rejected == 1
    assert store.get_run(run.info.run_id).data.metrics == {"m": 1.0}


def test_problems_are_counted_as_json_can_show_them() -> None:
    problems.clear()
    problems.record("here", ValueError("x"))
    problems.record("here", ValueError("x"))
    (problem,) = problems.list_problems()
    assert (problem.where, problem.message, problem.count) == ("here", "ValueError: x", 2)
    json.dumps(problem.message)
    problems.clear()


def test_a_deleted_store_is_made_again_with_what_this_session_logged(
    store: Store, store_path: Path
) -> None:
    import shutil

    with mltrack.start_run(run_name="before"):
        mltrack.log_metric("m", 1)
    assert mltrack.flush(20)
    shutil.rmtree(store_path)
    with mltrack.start_run(run_name="after"):
        mltrack.log_metric("m", 2)
    assert mltrack.flush(20)
    found = {run.info.run_name: run.data.metrics for run in store.search_runs(RunSearch())}
    assert found == {"before": {"m": 1.0}, "after": {"m": 2.0}}
    assert [problem.where for problem in problems.list_problems()] == [
        "finding the store's directory"
    ]
    problems.clear()


def test_a_store_that_cannot_be_written_beside_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("in the way")
    environment = {"MLTRACK_STORE": str(path), "XDG_DATA_HOME": str(tmp_path / "data")}
    run_python(
        "import jupyter_mltrack as m\nwith m.start_run(): m.log_metric('x', 1)", **environment
    )
    path.unlink()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    store = open_store(str(path))
    store.prepare()
    assert drain_orphans(store, store.uri) == 1
    (run,) = store.search_runs(RunSearch())
    assert (run.info.status, run.data.metrics) == (RunStatus.FINISHED, {"x": 1.0})


def test_an_open_run_goes_on_in_a_new_store_when_its_beginning_is_gone(store_path: Path) -> None:
    with mltrack.start_run(run_name="long") as run:
        mltrack.log_param("lr", 0.1)
        for step in range(250_000):  # more than a segment, which is removed once drained
            mltrack.log_metric("loss", 0.5, step=step)
        assert mltrack.flush(60)
        shutil.rmtree(store_path)
        mltrack.log_metric("loss", 0.25, step=250_000)
        assert mltrack.flush(60)
        store = open_store(str(store_path))
        found = store.get_run(run.info.run_id)
        assert (found.info.run_name, found.data.params) == ("long", {"lr": "0.1"})
        assert found.data.metrics["loss"] == 0.25
    assert mltrack.flush(60)
    assert store.get_run(run.info.run_id).info.status == RunStatus.FINISHED


def test_what_waits_in_journals_is_measured(store: Store, store_path: Path) -> None:
    with mltrack.start_run():
        mltrack.log_metric("m", 0)
    assert mltrack.flush(20)
    assert measure_backlog(store) == 0
    blocker = sqlite3.connect(store_path / "mltrack.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with mltrack.start_run():
        for step in range(1000):
            mltrack.log_metric("m", 0.5, step=step)
    assert measure_backlog(store) > 40_000
    blocker.execute("ROLLBACK")
    blocker.close()
    assert mltrack.flush(20)
    assert measure_backlog(store) == 0
