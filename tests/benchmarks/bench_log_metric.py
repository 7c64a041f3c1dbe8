"""Acknowledged ``log_metric`` calls, what they cost, and draining: ``mltrack|mlflow|floor``.

The floor is bare sqlite3 in WAL mode: a commit a point for the calls, one transaction of rows for
the draining.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WALL = "log_metric, one call (µs wall)"
OWN = "log_metric, one call (µs of the caller's processor time)"
WHOLE = "log_metric, one call and its draining (µs of the process's processor time)"
DRAIN = "draining a left journal (µs of processor time a point)"


def timed(call: Callable[[int], None], count: int) -> dict[str, float]:
    """Microseconds a call, of the clock and of this thread."""
    wall, own = time.perf_counter(), time.thread_time()
    for step in range(count):
        call(step)
    wall, own = time.perf_counter() - wall, time.thread_time() - own
    return {WALL: wall / count * 1e6, OWN: own / count * 1e6}


def measure_tracker(tracker: Any, uri: str, count: int) -> dict[str, float]:
    """A tracker with MLflow's functions."""
    tracker.set_tracking_uri(uri)
    log_metric = tracker.log_metric
    with tracker.start_run():
        for step in range(20):
            log_metric("warm", 0.5, step=step)
        time.sleep(2)  # a store's libraries load in the background, once
        return timed(lambda step: log_metric("loss", step * 0.5, step=step), count)


def measure_mltrack() -> dict[str, float]:
    """Ours, with the drainer in this process."""
    import jupyter_mltrack as mltrack

    count = 500_000
    started = time.process_time()
    figures = measure_tracker(mltrack, "store", count)
    mltrack.flush()
    # What loads the libraries is in it, too: a hundredth of a second in a thousand.
    figures[WHOLE] = (time.process_time() - started) / count * 1e6
    return figures | {DRAIN: drain(1_000_000)}


def drain(count: int) -> float:
    """Processor time (µs a point) of taking a killed session's journal into a store."""
    import msgspec

    from jupyter_mltrack import settings
    from jupyter_mltrack.entities import events as ev
    from jupyter_mltrack.journal import JournalWriter
    from jupyter_mltrack.store import open_store
    from jupyter_mltrack.tracking.drainer import drain_orphans

    store = open_store("drained")
    store.prepare()
    journal = JournalWriter(settings.journal_directory(store.uri) / ("a" * 32))
    journal.append(msgspec.msgpack.encode(ev.RunStarted("b" * 32, "a" * 32, "", "long", 1)))
    series = journal.open_series("b" * 32, "loss", "")
    for step in range(count):
        journal.append_point(series, step * 0.5, 1_700_000_000_000 + step, step)
    journal.close()
    started = time.process_time()
    drain_orphans(store, store.uri)
    spent = time.process_time() - started
    assert len(store.get_series("b" * 32, "loss").steps) == count
    store.close()
    return spent / count * 1e6


def measure_floor() -> dict[str, float]:
    """Bare sqlite3."""
    connection = sqlite3.connect(Path("floor.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE points (run INT, name INT, step INT, time INT, value REAL)")
    insert = "INSERT INTO points VALUES (1, 1, ?, ?, ?)"
    figures = timed(
        lambda step: connection.execute(insert, (step, time.time_ns(), 0.5)) and None, 20_000
    )
    count = 300_000
    started = time.process_time()
    connection.execute("BEGIN")
    connection.executemany(insert, ((step, 1, step * 0.5) for step in range(count)))
    connection.execute("COMMIT")
    return figures | {DRAIN: (time.process_time() - started) / count * 1e6}


def main() -> None:
    """Print the figures of one of them."""
    which = sys.argv[1]
    if which == "mlflow":
        import mlflow

        figures = measure_tracker(mlflow, "sqlite:///mlflow.db", 300)
    else:
        figures = measure_floor() if which == "floor" else measure_mltrack()
    print(json.dumps(figures))


main()
