"""A store of N runs, made without logging them one by one, and the same in plain tables.

Kept in the temp directory for the next measurement: ``mltrack-bench-N-VERSION/``.
"""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

PARAMS, METRICS, TAGS = 20, 20, 5
TEXTS = {11: 100, 12: 1000}
"""How many values the texts of a param have, 10 the others."""
START = 1_760_000_000_000

Row = dict[str, Any]


def store_of(runs: int) -> Path:
    """The directory of a store of so many runs; ``floor.db`` in it has the plain tables."""
    from jupyter_mltrack.store import open_store
    from jupyter_mltrack.store.sql.schema import HEAD

    directory = Path(tempfile.gettempdir()) / f"mltrack-bench-{runs}-{HEAD}"
    if (directory / "complete").exists():
        return directory
    shutil.rmtree(directory, ignore_errors=True)
    store = open_store(str(directory))
    store.prepare()
    store.close()
    for name, fill_one in (("mltrack.db", fill), ("floor.db", fill_floor)):
        connection = sqlite3.connect(directory / name, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        fill_one(connection, runs)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    (directory / "complete").touch()
    return directory


def fill(connection: sqlite3.Connection, runs: int) -> None:
    """Fill a store's tables; columns that a table has besides are 0, or empty where text."""
    names = [f"{kind}{i}" for kind, n in zip("pmt", (PARAMS, METRICS, TAGS), strict=True)
             for i in range(n)]  # fmt: skip
    ids = {name: number for number, name in enumerate(names, start=1)}
    _insert(connection, "names", ({"id": ids[name], "name": name} for name in names))
    experiments = ({"id": i, "experiment_id": f"{i}", "name": f"e{i}", "lifecycle_stage": "active"}
                   for i in range(1, 11))  # fmt: skip
    _insert(connection, "experiments", experiments)
    sources = max(1, min(3000, runs // 3))
    _insert(connection, "sources", (
        {"id": i, "digest": f"{i:032d}".encode(), "text": _source(f"s{i}")} for i in range(sources)
    ))  # fmt: skip
    terms = [*(f"c{i}" for i in range(50)), *(f"{i:064x}" for i in range(runs // 5 + 1))]
    _insert(connection, "terms", ({"id": i, "text": text} for i, text in enumerate(terms, start=1)))
    _insert(connection, "cell_executions", (
        {"id": run, "execution_id": f"{run:016d}".encode(), "cell": run % 50 + 1, "outcome": "ok",
         "source": run % sources, "revision": run // 5 + 51}
        for run in range(1, runs + 1)
    ))  # fmt: skip
    _insert(connection, "runs", map(_run, range(1, runs + 1)))
    for table, kind, make in (("params", "p", _params), ("metric_summaries", "m", _metrics),
                              ("tags", "t", _tags)):  # fmt: skip
        rows = ({"run": run, "name": ids[f"{kind}{i}"], **row}
                for run in range(1, runs + 1) for i, row in enumerate(make(run)))  # fmt: skip
        _insert(connection, table, rows)


def fill_floor(connection: sqlite3.Connection, runs: int) -> None:
    """The same in the tables one would write by hand, with the indexes for the first query."""
    connection.executescript("""
        CREATE TABLE runs (id INTEGER PRIMARY KEY, run_id TEXT, status TEXT, start_time INTEGER);
        CREATE TABLE params (run INTEGER, name TEXT, value TEXT, number REAL,
            PRIMARY KEY (run, name)) WITHOUT ROWID;
        CREATE TABLE metrics (run INTEGER, name TEXT, value REAL,
            PRIMARY KEY (run, name)) WITHOUT ROWID;
        CREATE TABLE tags (run INTEGER, name TEXT, value TEXT,
            PRIMARY KEY (run, name)) WITHOUT ROWID;
        CREATE INDEX params_value ON params (name, value);
        CREATE INDEX params_number ON params (name, number);
        CREATE INDEX metrics_value ON metrics (name, value);
    """)
    _insert(connection, "runs", map(_run, range(1, runs + 1)))
    for table, kind, make in (("params", "p", _params), ("metrics", "m", _metrics),
                              ("tags", "t", _tags)):  # fmt: skip
        rows = ({"run": run, "name": f"{kind}{i}", **row}
                for run in range(1, runs + 1) for i, row in enumerate(make(run)))  # fmt: skip
        _insert(connection, table, rows)


def fill_mlflow(connection: sqlite3.Connection, runs: int) -> None:
    """The same in MLflow's tables, all in its default experiment."""
    infos = (_run(run) | {"run_uuid": f"{run:032x}", "experiment_id": 0, "artifact_uri": "."}
             for run in range(1, runs + 1))  # fmt: skip
    _insert(connection, "runs", infos)
    for table, kind, make in (("params", "p", _params), ("latest_metrics", "m", _metrics),
                              ("metrics", "m", _metrics), ("tags", "t", _tags)):  # fmt: skip
        rows = ({"run_uuid": f"{run:032x}", "key": f"{kind}{i}", "timestamp": START, **row}
                for run in range(1, runs + 1) for i, row in enumerate(make(run)))  # fmt: skip
        _insert(connection, table, rows)


def _run(run: int) -> Row:
    start = START + run * 60_000
    return {
        "id": run, "run_id": f"{run * 2654435761 % 2**64:032x}", "experiment": run % 10 + 1,
        "name": f"run {run}", "status": "FINISHED", "start_time": start, "end_time": start + 5000,
        "user_id": "me", "lifecycle_stage": "active", "execution": run,
        "notebook_path": f"n{run % 10}.ipynb", "change": run, "parent_run_id": "", "session_id": "",
    }  # fmt: skip


def _params(run: int) -> Iterator[Row]:
    """p0 to p9 are numbers between 0 and 1, the others texts."""
    chance = random.Random(f"params of {run}")
    for i in range(PARAMS):
        if i < 10:
            number = round(chance.random(), 6)
            yield {"value": str(number), "number": number}
        else:
            yield {"value": f"v{chance.randrange(TEXTS.get(i, 10))}", "number": None}


def _metrics(run: int) -> Iterator[Row]:
    """m0 to m16: between 0 and 1; m17 has three values, m18 is 1 - m0, m19 a tenth of runs have."""
    chance = random.Random(f"metrics of {run}")
    values = [chance.random() for _ in range(METRICS)]
    values[17], values[18] = round(values[17] * 2), 1 - values[0]
    for value in values[: METRICS if run % 10 == 0 else METRICS - 1]:
        yield {"last_value": value, "value": value, "last_step": 0, "count": 1, "last_time": START}


def _tags(run: int) -> Iterator[Row]:
    for i in range(TAGS):
        yield {"value": f"tag {i} {run % 7}"}


def _source(name: str) -> str:
    lines = "model = GradientBoostingClassifier(learning_rate=rate).fit(X_train, y_train)\n" * 30
    return f"{lines}{'RandomForest' if name.endswith('7') else ''}{name}"


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    columns = list(connection.execute(f"PRAGMA table_info({table})"))
    given = [(name, 0 if "INT" in kind or kind == "BOOLEAN" else "", required)
             for _, name, kind, required, _, _ in columns]  # fmt: skip
    values = ([row.get(name, fill if required else None) for name, fill, required in given]
              for row in rows)  # fmt: skip
    marks = ", ".join("?" * len(given))
    connection.execute("BEGIN")
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", values)
    connection.execute("COMMIT")
