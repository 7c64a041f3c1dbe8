"""A store of an older version is brought up to date with everything in it."""

import math
import sqlite3
from pathlib import Path

import pytest

from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql import schema

DATABASES = Path(__file__).parent.parent / "databases"


def restore(version: str, directory: Path) -> Store:
    """A store as this version left it."""
    with sqlite3.connect(directory / "mltrack.db") as connection:
        connection.executescript((DATABASES / f"{version}.sql").read_text())
    return open_store(str(directory))


@pytest.fixture
def upgraded(tmp_path: Path) -> Store:
    store = restore("v0_1_0", tmp_path)
    store.prepare()
    return store


def test_the_version_is_the_newest(upgraded: Store) -> None:
    assert upgraded.get_schema_version() == schema.HEAD


def test_runs_keep_what_was_logged(upgraded: Store) -> None:
    runs = {run.info.run_name: run for run in upgraded.search_runs(RunSearch())}
    assert set(runs) == {"parent", "child"}
    parent = runs["parent"]
    assert parent.data.params == {"lr": "0.1", "model": "tree"}
    assert parent.data.tags["team"] == "a"
    assert parent.data.metrics["acc"] == 0.9
    assert parent.data.metrics["big"] == math.inf
    assert runs["child"].info.parent_run_id == parent.info.run_id


def test_series_keep_their_points(upgraded: Store) -> None:
    (parent,) = upgraded.find_run_ids_by_name("parent")
    loss = upgraded.get_series(parent, "loss")
    assert loss.steps.tolist() == list(range(3000))
    assert loss.values.tolist() == [1 / (step + 1) for step in range(3000)]
    assert loss.times.tolist() == [1760000000000 + step * 7 for step in range(3000)]
    assert [point.value for point in upgraded.get_metric_history(parent, "short")] == [*range(10)]
    nan, number = upgraded.get_metric_history(parent, "odd")
    assert math.isnan(nan.value)
    assert (number.value, number.step) == (1.5, 1)


def test_summaries_say_the_same(upgraded: Store) -> None:
    (parent,) = upgraded.find_run_ids_by_name("parent")
    summaries = upgraded.get_run(parent).data.summaries
    loss, acc, odd = summaries["loss"], summaries["acc"], summaries["odd"]
    assert (loss.min, loss.max, loss.first, loss.count) == (1 / 3000, 1.0, 1.0, 3000)
    assert (acc.min, acc.max, acc.first, acc.count, acc.step) == (0.9, 0.9, 0.9, 1, 1)
    assert (odd.min, odd.max, odd.first, odd.count) == (1.5, 1.5, "NaN", 2)


def test_what_is_in_the_trash_stays_there(upgraded: Store) -> None:
    assert upgraded.search_runs(RunSearch(view=2))[0].info.run_name == "deleted"


def test_indexes_over_expressions_are_as_in_a_new_store(tmp_path: Path, upgraded: Store) -> None:
    (tmp_path / "new").mkdir()
    new = open_store(str(tmp_path / "new"))
    new.prepare()
    assert _index_sources(upgraded) == _index_sources(new)


def _index_sources(store: Store) -> dict[str, str]:
    with sqlite3.connect(store.uri.removeprefix("sqlite:///")) as connection:
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return dict(connection.execute(query))
