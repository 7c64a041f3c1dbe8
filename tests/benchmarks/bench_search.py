"""The first 100 runs that fit a filter, in the order of a metric, beside plain tables.

``python -m tests.benchmarks.bench_search [RUNS]`` (10,000). Median milliseconds of processor time
of finding and sorting the runs alone, of ``mltrack.search_runs(output_format="list")`` whole, and
of the same question asked of tables as one would write them by hand.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import jupyter_mltrack as mltrack
from jupyter_mltrack.search import parse_filter, parse_order_by
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql.filters import find_rows
from jupyter_mltrack.store.sql.sqlite import SqliteDatabase
from tests.benchmarks.search_world import store_of

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


def milliseconds(action: Callable[[], Any]) -> float:
    """The median of a few times, the first left out."""
    taken = []
    for _ in range(REPEATS + 1):
        start = time.process_time()
        action()
        taken.append(time.process_time() - start)
    return median(taken[1:]) * 1000


def main(runs: int) -> None:
    """Print the figures as JSON, last line."""
    directory = store_of(runs)
    mltrack.set_tracking_uri(str(directory))
    figures = {}
    with SqliteDatabase(f"sqlite:///{directory / 'mltrack.db'}").reading() as connection:
        for name, (text, orders, offset) in SEARCHES.items():
            tree, keys = parse_filter(text), parse_order_by(orders)
            search = RunSearch(filter=tree, order_by=keys, limit=100, offset=offset)
            figures[f"{name} (ms, runs found)"] = milliseconds(
                lambda search=search: find_rows(connection, search)
            )
    client = mltrack.MlflowClient()
    figures["whole, read as MlflowClient does (ms)"] = milliseconds(
        lambda: client.search_runs(None, USUAL, max_results=100, order_by=BY_METRIC)
    )
    figures["whole, as a list (ms)"] = milliseconds(
        lambda: mltrack.search_runs(
            filter_string=USUAL, max_results=100, order_by=BY_METRIC, output_format="list"
        )
    )
    with sqlite3.connect(directory / "floor.db") as floor:
        figures["floor, text of 10 values (ms, runs found)"] = milliseconds(
            lambda: floor.execute(FLOOR).fetchall()
        )
    for name, value in figures.items():
        print(f"{name:58} {value:10.2f}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
