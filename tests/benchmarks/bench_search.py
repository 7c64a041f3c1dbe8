"""Searching many runs: ``mltrack|floor|mlflow [RUNS]`` (10,000).

The first 100 runs that fit a filter in the order of a metric, and all runs as a DataFrame, beside
the same question asked of plain tables with the indexes it needs, and beside MLflow on SQLite.
``searches [RUNS]`` prints more searches of ours, the good and the bad.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from tests.benchmarks.search_world import fill_mlflow, store_of

REPEATS = 9
BY_METRIC = ["metrics.m0 DESC"]
USUAL = "metrics.m1 > 0.5 AND params.p10 = 'v3'"
SEARCHES: dict[str, tuple[str, list[str], int]] = {
    "text of 10 values": (USUAL, BY_METRIC, 0),
    "text of 1,000 values": ("metrics.m1 > 0.5 AND params.p12 = 'v3'", BY_METRIC, 0),
    "number, nearly all": ("metrics.m1 > 0.01 AND params.p0 > 0.01", BY_METRIC, 0),
    "number, a tenth": ("metrics.m1 > 0.5 AND params.p0 > 0.9", BY_METRIC, 0),
    "number, nearly none": ("metrics.m1 > 0.5 AND params.p0 > 0.9999", BY_METRIC, 0),
    "the metric of the order": ("metrics.m0 > 0.9 AND params.p0 > 0.01", ["metrics.m0"], 0),
    "newest first": (USUAL, [], 0),
    "offset 5,000": ("params.p0 > 0.01", BY_METRIC, 5000),
    "OR": ("metrics.m1 > 0.999 OR params.p12 = 'v3'", BY_METRIC, 0),
    "NOT": ("NOT params.p10 = 'v3'", BY_METRIC, 0),
    "LIKE on a tag": ("tags.t1 LIKE 'tag 1 3%'", BY_METRIC, 0),
    "LIKE on a tag, none": ("tags.t1 LIKE 'nothing%'", BY_METRIC, 0),
    "against the order": ("metrics.m18 > 0.7 AND params.p0 > 0.3", BY_METRIC, 0),
    "few have the metric": (USUAL, ["metrics.m19 DESC"], 0),
    "a source": ("source CONTAINS 'RandomForest'", BY_METRIC, 0),
}
FLOOR = """SELECT m.run FROM metrics m JOIN runs r ON r.id = m.run
    WHERE m.name = 'm0' AND r.id IN (SELECT run FROM params WHERE name = 'p10' AND value = 'v3')
    AND r.id IN (SELECT run FROM metrics WHERE name = 'm1' AND value > 0.5)
    ORDER BY m.value DESC LIMIT 100"""


def milliseconds(action: Callable[[], Any], repeats: int = REPEATS) -> float:
    """The median of the processor time of a few times, the first left out."""
    taken = []
    for _ in range(repeats + 1):
        start = time.process_time()
        action()
        taken.append(time.process_time() - start)
    return median(taken[1:]) * 1000


def names(runs: int) -> tuple[str, str]:
    """What the two figures are called."""
    return (
        f"{runs:,} runs: filter on metric and param, by a metric, first 100 (ms)",
        f"{runs:,} runs as a DataFrame (ms)",
    )


def with_tracker(tracker: Any, runs: int, repeats: int, **everywhere: Any) -> dict[str, float]:
    """Through ``search_runs`` as MLflow has it."""
    search, frame = names(runs)
    return {
        search: milliseconds(
            lambda: tracker.search_runs(
                filter_string=USUAL,
                order_by=BY_METRIC,
                max_results=100,
                output_format="list",
                **everywhere,
            ),
            repeats,
        ),
        frame: milliseconds(
            lambda: tracker.search_runs(max_results=runs, **everywhere), min(3, repeats)
        ),
    }


def with_mltrack(runs: int) -> dict[str, float]:
    """Ours."""
    import jupyter_mltrack

    jupyter_mltrack.set_tracking_uri(str(store_of(runs)))
    return with_tracker(jupyter_mltrack, runs, REPEATS, search_all_experiments=True)


def with_mlflow(runs: int) -> dict[str, float]:
    """MLflow on a SQLite file of its own, filled behind its back."""
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.search_experiments()
    with sqlite3.connect("mlflow.db", isolation_level=None) as connection:
        fill_mlflow(connection, runs)
    return with_tracker(mlflow, runs, 1, experiment_ids=["0"])


def with_sqlite(runs: int) -> dict[str, float]:
    """Plain tables: ids of the first 100, and columns filled from three full reads."""
    import pandas as pd

    search, frame = names(runs)
    connection = sqlite3.connect(store_of(runs) / "floor.db")

    def read() -> pd.DataFrame:
        rows = connection.execute("SELECT * FROM runs ORDER BY start_time DESC").fetchall()
        places = {row[0]: place for place, row in enumerate(rows)}
        columns: dict[str, list[Any]] = {"run_id": [row[1] for row in rows]}
        for table in ("metrics", "params", "tags"):
            for run, name, value in connection.execute(f"SELECT run, name, value FROM {table}"):
                if name not in columns:
                    columns[name] = [None] * len(rows)
                columns[name][places[run]] = value
        return pd.DataFrame(columns)

    return {
        search: milliseconds(lambda: connection.execute(FLOOR).fetchall()),
        frame: milliseconds(read, 3),
    }


def with_more_searches(runs: int) -> dict[str, float]:
    """Finding and ordering the runs alone, for searches of every kind."""
    from jupyter_mltrack.search import parse_filter, parse_order_by
    from jupyter_mltrack.store.contract import RunSearch
    from jupyter_mltrack.store.sql.filters import find_rows
    from jupyter_mltrack.store.sql.sqlite import SqliteDatabase

    figures = {}
    with SqliteDatabase(f"sqlite:///{store_of(runs) / 'mltrack.db'}").reading() as connection:
        for name, (text, orders, offset) in SEARCHES.items():
            tree, keys = parse_filter(text), parse_order_by(orders)
            search = RunSearch(filter=tree, order_by=keys, limit=100, offset=offset)
            figures[name] = milliseconds(lambda search=search: find_rows(connection, search))
            print(f"{name:58} {figures[name]:10.2f} ms")
    return figures


MODES = {
    "mltrack": with_mltrack,
    "floor": with_sqlite,
    "mlflow": with_mlflow,
    "searches": with_more_searches,
}

if __name__ == "__main__":
    print(json.dumps(MODES[sys.argv[1]](int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)))
