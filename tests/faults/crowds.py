"""Many processes on one store: writing at once, starting at once."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql import schema
from tests.faults.judge import expect_whole, reopen
from tests.faults.kills import OLD_VERSION, make_old_store
from tests.faults.outcome import Trial
from tests.faults.workers import close_session, context, use_store

MAX_RATIO = 5.0
WRITERS = 16


def many_writers(trial: Trial) -> None:
    """Points and runs of many processes; beside bare SQLite writers doing the same."""
    writers, points = trial.count(8, WRITERS), trial.count(500, 10_000)
    outcome = trial.outcome
    with trial.fresh_directory() as home:
        seconds = _time_processes(writers, _write_points, home, points, outcome.faults)
        store = reopen(home, outcome)
        runs = store.search_runs(RunSearch(limit=1000))
        outcome.trials, outcome.acknowledged = writers, writers * points
        outcome.expect(len(runs) == writers, f"{len(runs)} runs instead of {writers}")
        for run in runs:
            steps = [point.step for point in store.get_metric_history(run.info.run_id, "m")]
            outcome.lost += len(set(range(points)) - set(steps))
            outcome.duplicated += len(steps) - len(set(steps))
            outcome.expect(run.info.status == RunStatus.FINISHED, f"a run is {run.info.status}")
        store.close()
        expect_whole(home, outcome)
        # Switching to WAL does not wait for others: once, before they begin.
        with closing(sqlite3.connect(home / "bare.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE m (run, key, step, time, value)")
        bare = _time_processes(writers, _write_bare, home, points, outcome.faults)
    outcome.notes |= {"seconds": round(seconds, 2), "bare SQLite": round(bare, 2)}
    outcome.notes["ratio"] = round(seconds / bare, 2)
    if trial.whole:
        outcome.expect(seconds <= MAX_RATIO * bare, "slower than the promise")


def _time_processes(
    count: int, target: Callable[..., Any], home: Path, points: int, faults: list[str]
) -> float:
    """Seconds from the moment all processes are ready to the end of the last one."""
    barrier = context.Barrier(count + 1)
    processes = [
        context.Process(target=target, args=(home, points, barrier, number), daemon=True)
        for number in range(count)
    ]
    for process in processes:
        process.start()
    barrier.wait(60)
    started = time.monotonic()
    for process in processes:
        process.join(600)
    seconds = time.monotonic() - started
    codes = [process.exitcode for process in processes]
    if any(codes):
        faults.append(f"exit codes {codes}")
    return seconds


def _write_points(home: Path, points: int, barrier: Barrier, number: int) -> None:
    import jupyter_mltrack as mltrack

    use_store(home)
    barrier.wait(60)
    with mltrack.start_run(run_name=f"writer {number}"):
        for step in range(points):
            mltrack.log_metric("m", step / 3, step=step)
    assert mltrack.flush(300)
    close_session()


def _write_bare(home: Path, points: int, barrier: Barrier, number: int) -> None:
    path = home / "bare.db"
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout = 60000")
        connection.execute("PRAGMA synchronous = NORMAL")
        barrier.wait(60)
        for step in range(points):
            row = (number, "m", step, time.time_ns() // 1_000_000, step / 3)
            connection.execute("INSERT INTO m VALUES (?, ?, ?, ?, ?)", row)


def starts_at_once(trial: Trial) -> None:
    """Many processes open a store that is not there, or is old: all start, one migrates."""
    for number in range(trial.count(2, 20)):
        with trial.fresh_directory() as home:
            if number % 2:
                make_old_store(home)
            migrations = home / "migrations"
            barrier = context.Barrier(WRITERS)
            processes = [
                context.Process(target=_start, args=(home, migrations, barrier), daemon=True)
                for _ in range(WRITERS)
            ]
            for process in processes:
                process.start()
            for process in processes:
                process.join(120)
            outcome = trial.outcome
            codes = [process.exitcode for process in processes]
            outcome.expect(not any(codes), f"exit codes {codes}")
            store = reopen(home, outcome)
            found = [
                run.data.metrics
                for run in store.search_runs(RunSearch())
                if run.info.run_name == "starter" and run.info.status == RunStatus.FINISHED
            ]
            outcome.trials += 1
            outcome.acknowledged += WRITERS
            outcome.lost += WRITERS - found.count({"x": 1.0})
            count = migrations.stat().st_size if migrations.exists() else 0
            outcome.tally(f"{count} migrated {'an old' if number % 2 else 'a new'} one")
            wanted = 0 if number % 2 and schema.HEAD == OLD_VERSION else 1
            outcome.expect(count == wanted, f"{count} processes migrated")
            store.close()
            expect_whole(home, outcome)


def _start(home: Path, migrations: Path, barrier: Barrier) -> None:
    import jupyter_mltrack as mltrack

    upgrade = schema.upgrade

    def counted(*args: Any) -> bool:
        migrated = upgrade(*args)
        if migrated:
            with migrations.open("ab", buffering=0) as file:
                file.write(b".")
        return migrated

    schema.upgrade = counted
    use_store(home)
    barrier.wait(60)
    with mltrack.start_run(run_name="starter"):
        mltrack.log_metric("x", 1)
    assert mltrack.flush(100)
    close_session()
