"""Rows, details, and how people name runs."""

import math

import numpy as np
import pytest
import sqlalchemy

import jupyter_mltrack as mltrack
from jupyter_mltrack.errors import (
    AmbiguousName,
    FilterError,
    InvalidParameterValue,
    ResourceDoesNotExist,
)
from jupyter_mltrack.query import runs
from jupyter_mltrack.query.frames import runs_frame
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.sql.read import table as table_reading
from tests.query.conftest import World


def test_rows_say_which_cell_made_the_run(store: Store, two_runs: tuple[str, str]) -> None:
    page = runs.search_run_views(store, order_by=["metrics.accuracy DESC"])
    assert [row.run_name for row in page.runs] == ["large", "small"]
    cell = page.runs[1].cell
    assert cell is not None
    assert (cell.title, cell.cell_id, cell.execution_count) == ("Fit the model", "b", 2)
    assert page.runs[0].notebook_path == "a.ipynb"
    assert page.runs[0].metrics["curve"].count == 3


def test_pages_follow_each_other(store: Store, two_runs: tuple[str, str]) -> None:
    first = runs.search_run_views(store, max_results=1)
    second = runs.search_run_views(store, max_results=1, page_token=first.next_page_token)
    assert {first.runs[0].run_id, second.runs[0].run_id} == set(two_runs)
    assert second.next_page_token is None


@pytest.mark.parametrize("token", ["???", "LTE=", "é"])
def test_a_wrong_page_token_says_so(store: Store, token: str) -> None:
    with pytest.raises(InvalidParameterValue, match="page token"):
        runs.search_run_views(store, page_token=token)


def test_filters(store: Store, two_runs: tuple[str, str]) -> None:
    page = runs.search_run_views(store, "metrics.accuracy > 0.85 and params.C = '1.0'")
    assert [row.run_id for row in page.runs] == [two_runs[1]]
    assert runs.search_run_views(store, notebook="other.ipynb").runs == []
    with pytest.raises(FilterError):
        runs.search_run_views(store, "metrics.accuracy >")


def test_a_run_whole(store: Store, two_runs: tuple[str, str]) -> None:
    detail = runs.get_run_detail(store, two_runs[0])
    assert detail.run.params == {"C": "0.1", "penalty": "l2"}
    assert [cell.source for cell in detail.cells] == ["# Fit the model\nC = 0.1\nfit(C)"]
    kinds = [output["output_type"] for output in detail.cells[0].outputs]
    assert kinds == ["stream", "display_data", "execute_result"]
    assert [plot.media_type for plot in detail.plots] == ["image/png"]
    assert store.read_blob(detail.plots[0].digest).startswith(b"\x89PNG")


def test_a_later_cell_that_measured_belongs_to_the_run(store: Store, world: World) -> None:
    run = world.fit("b", "model", 0.1, 0.8)
    cell = world.begin("c")
    run.log_metric("test_accuracy", 0.7)
    run.link_cell(cell)
    mltrack.flush(20)
    detail = runs.get_run_detail(store, run.run_id)
    assert [item.cell.cell_id for item in detail.cells] == ["b", "c"]
    series = store.get_series(run.run_id, "test_accuracy")
    assert series.executions == [(cell.execution_id, 1)]


def test_names_people_use(store: Store, two_runs: tuple[str, str]) -> None:
    small, large = two_runs
    assert runs.resolve_run(store, small) == small
    assert runs.resolve_run(store, small[:10]) == small
    assert runs.resolve_run(store, "small") == small
    assert runs.resolve_run(store, "last") == large
    assert runs.resolve_run(store, "best:accuracy") == large
    assert runs.resolve_run(store, "best:log_loss") == large


def test_a_name_that_fits_several_lists_them(store: Store, world: World) -> None:
    first = world.fit("b", "same", 0.1, 0.8)
    second = world.fit("c", "same", 0.1, 0.8)
    mltrack.flush(20)
    with pytest.raises(AmbiguousName, match="'same' fits 2 runs") as caught:
        runs.resolve_run(store, "same")
    assert set(caught.value.candidates) == {first.run_id, second.run_id}
    assert first.run_id[:8] in str(caught.value)


@pytest.mark.parametrize("name", ["nothing", "best:nothing", "ab", ""])
def test_a_name_that_fits_nothing_says_so(
    store: Store, two_runs: tuple[str, str], name: str
) -> None:
    with pytest.raises(ResourceDoesNotExist, match="No run"):
        runs.resolve_run(store, name)


def test_runs_as_a_frame_have_mlflows_columns(store: Store, two_runs: tuple[str, str]) -> None:
    table = store.search_table(runs.to_search(order_by=["metrics.accuracy ASC"]))
    frame = runs_frame(table)
    assert list(frame["metrics.accuracy"]) == [0.8, 0.9]
    assert list(frame["params.C"]) == ["0.1", "1.0"]
    assert str(frame["start_time"].dtype).startswith("datetime64")
    assert {"run_id", "experiment_id", "status", "artifact_uri", "tags.mlflow.runName"} <= set(
        frame.columns
    )


def log_all_kinds() -> None:
    texts = ["plain", "", 'a "quote"', "back\\slash", "line\nbreak\x01", "naïve ☃ 𝄞", "[1]", "null"]
    for number, text in enumerate(texts):
        with mltrack.start_run(run_name=text or "none", tags={"same": text, f"own {number}": "x"}):
            mltrack.log_params({"text": text, "number": number})
            mltrack.log_metrics({"m": number / 3, "inf": float("inf")})
            if number % 2:
                mltrack.log_params({"odd": text})
                mltrack.log_metric("nan", float("nan"))
                mltrack.log_metric("tiny", 5e-324)
    with mltrack.start_run():
        pass
    assert mltrack.flush(60)


@pytest.mark.parametrize("way", ["some", "all", "without arrays"])
def test_a_table_has_what_the_runs_have(
    on_both_databases: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way != "some":
        monkeypatch.setattr(table_reading, "MANY", 0)
    if way == "without arrays":
        monkeypatch.setattr(table_reading, "_to_array", sqlalchemy.func.there_is_no_such_function)
    mltrack.set_tracking_uri(on_both_databases)
    log_all_kinds()
    store = open_store(on_both_databases)
    for filter_string in ("", "params.text = 'plain' OR metrics.m > 1", "params.text = 'missing'"):
        search = runs.to_search(filter_string, ["metrics.m DESC"])
        expected, table = store.search_runs(search), store.search_table(search)
        assert list(table.run_ids) == [run.info.run_id for run in expected]
        for kind in ("experiment_id", "status", "start_time", "end_time"):
            plural = f"{kind}s" if kind != "status" else "statuses"
            assert list(getattr(table, plural)) == [getattr(run.info, kind) for run in expected]
        for part in ("params", "tags"):
            of_runs = [getattr(run.data, part) for run in expected]
            columns = {key: [texts.get(key) for texts in of_runs] for key in set().union(*of_runs)}
            assert getattr(table, part) == columns
        numbers = [run.data.metrics for run in expected]
        keys = {key for of_run in numbers for key, value in of_run.items() if value == value}
        assert table.metrics.keys() == keys
        for key, column in table.metrics.items():
            wanted = [of_run.get(key, math.nan) for of_run in numbers]
            np.testing.assert_array_equal(column, wanted, strict=False)
    store.close()


def test_an_empty_frame_has_its_columns(store: Store) -> None:
    table = store.search_table(runs.to_search("params.C = 'none'"))
    assert list(runs_frame(table).columns)[:2] == ["run_id", "experiment_id"]
