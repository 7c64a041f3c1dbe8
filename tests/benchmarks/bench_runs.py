"""1,000 runs of 20 params, 20 metrics and 5 tags: what the caller pays, and what draining costs."""

import json
import random
import sqlite3
import sys
import time
import uuid
from pathlib import Path
from typing import Any

which = sys.argv[1]
random.seed(1)
COUNT = 30 if which == "mlflow" else 1000
RUNS = [
    (
        {f"p{k}": round(random.random(), 3) if k < 10 else f"v{k}" for k in range(20)},
        {f"m{k}": random.random() for k in range(20)},
        {f"t{k}": f"v{k}" for k in range(5)},
    )
    for _ in range(COUNT)
]

CALLER = "a run of 20 params, 20 metrics, 5 tags (ms of the caller's processor time)"
DRAINED = "  the same, drained (ms of processor time)"
BYTES = "  bytes on disk a run"


def log_with(tracker: Any) -> dict[str, float]:
    """Log all runs through a tracker's fluent functions."""
    with tracker.start_run():
        tracker.log_metric("warm", 0.5)
    whole, caller = time.process_time(), time.thread_time()
    for params, metrics, tags in RUNS:
        with tracker.start_run():
            tracker.log_params(params)
            tracker.log_metrics(metrics)
            tracker.set_tags(tags)
    caller = time.thread_time() - caller
    figures = {CALLER: caller / COUNT * 1e3}
    if which == "mltrack":
        assert tracker.flush(60)
        figures[DRAINED] = (time.process_time() - whole - caller) / COUNT * 1e3
        file = Path("store/mltrack.db")
        sqlite3.connect(file).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        figures[BYTES] = file.stat().st_size / COUNT
    return figures


def log_plainly() -> dict[str, float]:
    """The same into plain tables, a transaction a run."""
    connection = sqlite3.connect("floor.db")
    connection.executescript(
        """
        PRAGMA journal_mode = WAL;
        CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT UNIQUE, began INTEGER, over INTEGER);
        CREATE TABLE params (run INTEGER, key TEXT, value TEXT, PRIMARY KEY (run, key));
        CREATE TABLE metrics (run INTEGER, key TEXT, value REAL, PRIMARY KEY (run, key));
        CREATE TABLE tags (run INTEGER, key TEXT, value TEXT, PRIMARY KEY (run, key));
        """
    )
    start = time.process_time()
    for run, entries in enumerate(RUNS):
        with connection:
            row = (run, uuid.uuid4().hex, time.time_ns(), time.time_ns())
            connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", row)
            for table, values in zip(("params", "metrics", "tags"), entries, strict=True):
                connection.executemany(
                    f"INSERT INTO {table} VALUES (?, ?, ?)",
                    [(run, key, value) for key, value in values.items()],
                )
    spent = (time.process_time() - start) / COUNT * 1e3
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {CALLER: spent, DRAINED: spent, BYTES: Path("floor.db").stat().st_size / COUNT}


if which == "floor":
    print(json.dumps(log_plainly()))
elif which == "mlflow":
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    print(json.dumps(log_with(mlflow)))
else:
    import jupyter_mltrack

    jupyter_mltrack.set_tracking_uri("store")
    print(json.dumps(log_with(jupyter_mltrack)))
