"""Renaming, tagging, deleting and restoring runs; what changed is told."""

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.conftest import on_both_databases

store_uri = on_both_databases


@pytest.fixture
def family(store: Store) -> tuple[str, str, str]:
    """Ids of a run, its child, and another run."""
    with mltrack.start_run(run_name="parent") as parent, mltrack.start_run() as child:
        pass
    with mltrack.start_run(run_name="other") as other:
        pass
    assert mltrack.flush(20)
    return parent.run_id, child.run_id, other.run_id


def active(store: Store) -> set[str]:
    return {run.info.run_id for run in store.search_runs(RunSearch())}


def test_children_follow_into_the_trash_and_back(
    store: Store, family: tuple[str, str, str]
) -> None:
    parent, child, other = family
    assert set(store.delete_runs([parent])) == {parent, child}
    assert active(store) == {other}
    trash = store.search_runs(RunSearch(view=ViewType.DELETED_ONLY))
    assert {run.info.run_id for run in trash} == {parent, child}
    assert set(store.restore_runs([parent, child])) == {parent, child}
    assert active(store) == set(family)
    assert store.restore_runs([parent]) == []


def test_renaming_and_tagging(store: Store, family: tuple[str, str, str]) -> None:
    parent, *_ = family
    store.rename_run(parent, "new name")
    store.set_run_tags(parent, {"star": "1", "mlflow.note.content": "hm"})
    run = store.get_run(parent)
    assert run.info.run_name == run.data.tags["mlflow.runName"] == "new name"
    assert run.data.tags["star"] == "1"
    store.set_run_tags(parent, {"star": None})
    assert "star" not in store.get_run(parent).data.tags


def test_writing_to_an_unknown_run_says_so(store: Store, family: tuple[str, str, str]) -> None:
    with pytest.raises(ResourceDoesNotExist, match="f" * 32):
        store.rename_run("f" * 32, "x")


def test_changes_tell_what_to_read_again(store: Store, family: tuple[str, str, str]) -> None:
    parent, child, other = family
    before = store.get_change()
    assert store.get_changes(before).run_ids == []
    store.set_run_tags(other, {"a": "b"})
    changes = store.get_changes(before)
    assert changes.run_ids == [other]
    assert changes.change > before
    assert set(store.get_changes(0).run_ids or []) == {parent, child, other}


def test_runs_are_found_by_prefix_and_name(store: Store, family: tuple[str, str, str]) -> None:
    parent, *_ = family
    assert store.find_run_ids(parent[:8]) == [parent]
    assert store.find_run_ids_by_name("parent") == [parent]
    assert store.find_run_ids("%") == []
