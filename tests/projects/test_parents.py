"""The tag of a run's parent moves the run there, as MLflow's users do it; never in a circle."""

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.store.contract import Store
from tests.conftest import on_both_databases

store_uri = on_both_databases
PARENT = "mlflow.parentRunId"


@pytest.fixture
def runs(store: Store) -> list[str]:
    made = []
    for name in "abc":
        with mltrack.start_run(run_name=name) as run:
            made.append(run.info.run_id)
    assert mltrack.flush(20)
    return made


def test_a_run_moves_below_another_and_back(store: Store, runs: list[str]) -> None:
    first, second, _ = runs
    mltrack.MlflowClient().set_tag(second, PARENT, first)
    assert mltrack.flush(20)
    assert store.list_child_ids(first) == [second]
    assert store.get_run(second).info.parent_run_id == first
    store.set_run_tags(second, {PARENT: None})
    assert store.list_child_ids(first) == []
    assert store.get_run(second).info.parent_run_id == ""


def test_no_run_comes_to_stand_below_itself(store: Store, runs: list[str]) -> None:
    first, second, third = runs
    store.set_run_tags(first, {PARENT: first})
    assert store.get_run(first).info.parent_run_id == ""
    store.set_run_tags(second, {PARENT: first})
    store.set_run_tags(third, {PARENT: second})
    store.set_run_tags(first, {PARENT: third})
    assert store.get_run(first).info.parent_run_id == ""
    assert sorted(store.delete_runs([first])) == sorted(runs)


def test_a_parent_that_is_not_there_is_kept_as_it_is_said(store: Store, runs: list[str]) -> None:
    store.set_run_tags(runs[0], {PARENT: "f" * 32})
    assert store.get_run(runs[0]).info.parent_run_id == "f" * 32
