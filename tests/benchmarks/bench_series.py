"""A series of a million points: read whole, and as a chart of 1,000 points, while it grows too."""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

which = sys.argv[1]
COUNT = 1_000_000
READ = "a series of 1,000,000 points read as arrays (ms)"
CHART = "  its shape of 1,000 points for a chart (ms)"
GROWING = "  its shape while it grows (ms)"
DRAIN = "  draining it (points/s of processor time)"
BYTES = "  bytes on disk a point"
values = np.sin(np.arange(COUNT) / 5000) + np.random.default_rng(1).normal(0, 0.1, COUNT)


def timed(read: Callable[[], Any]) -> float:
    """Milliseconds of the median of several calls, after one to warm up."""
    read()
    spent = []
    for _ in range(9):
        start = time.perf_counter()
        read()
        spent.append(time.perf_counter() - start)
    return median(spent) * 1e3


def with_mltrack() -> dict[str, float]:
    """Through the store, which holds packed chunks."""
    import jupyter_mltrack as mltrack
    from jupyter_mltrack.query.series import get_series
    from jupyter_mltrack.store import open_store

    mltrack.set_tracking_uri("store")
    with mltrack.start_run() as run:
        whole, caller = time.process_time(), time.thread_time()
        for step, value in enumerate(values.tolist()):
            mltrack.log_metric("loss", value, step=step)
        caller = time.thread_time() - caller
        assert mltrack.flush(60)
        drained = time.process_time() - whole - caller
        store = open_store("store")
        run_id = run.info.run_id
        series = store.get_series(run_id, "loss")
        assert np.array_equal(series.values, values)
        figures = {
            READ: timed(lambda: store.get_series(run_id, "loss")),
            CHART: timed(lambda: get_series(store, run_id, "loss", 1000)),
            GROWING: timed(lambda: _grow_and_read(mltrack, store, run_id)),
            DRAIN: COUNT / drained,
        }
    store.close()
    file = Path("store/mltrack.db")
    sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return figures | {BYTES: file.stat().st_size / COUNT}


def _grow_and_read(mltrack: Any, store: Any, run_id: str) -> None:
    from jupyter_mltrack.query.series import get_series

    mltrack.log_metric("loss", 0.5, step=COUNT)
    get_series(store, run_id, "loss", 1000)


def with_sqlite() -> dict[str, float]:
    """A row a point; the chart's extremes by a window a bucket."""
    connection = sqlite3.connect("floor.db")
    connection.execute(
        "CREATE TABLE points (run INTEGER, step INTEGER, time INTEGER, value REAL,"
        " PRIMARY KEY (run, step)) WITHOUT ROWID"
    )
    start = time.process_time()
    with connection:
        connection.executemany(
            "INSERT INTO points VALUES (1, ?, ?, ?)",
            ((step, 1_760_000_000_000 + step, value) for step, value in enumerate(values.tolist())),
        )
    drained = time.process_time() - start

    def read() -> None:
        rows = connection.execute("SELECT step, time, value FROM points WHERE run = 1").fetchall()
        steps, _, found = zip(*rows, strict=True)
        np.array(steps)
        np.array(found)

    def chart() -> None:
        connection.execute(
            "SELECT step * 500 / ?, min(value), max(value) FROM points WHERE run = 1 GROUP BY 1",
            (COUNT,),
        ).fetchall()

    return {
        READ: timed(read),
        CHART: timed(chart),
        DRAIN: COUNT / drained,
        BYTES: Path("floor.db").stat().st_size / COUNT,
    }


print(json.dumps(with_sqlite() if which == "floor" else with_mltrack()))
