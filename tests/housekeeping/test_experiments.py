"""Experiments renamed, deleted and restored: nothing is lost, and names are free again."""

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from jupyter_mltrack.store.contract import RunSearch, Store


def start(experiment: str, name: str) -> tuple[str, str]:
    """Ids of an experiment and a run in it."""
    mltrack.set_experiment(experiment)
    with mltrack.start_run(run_name=name) as run:
        mltrack.log_metric("m", 1)
    assert mltrack.flush(20)
    return run.info.experiment_id, run.info.run_id


def names(store: Store, view: int = ViewType.ACTIVE_ONLY) -> list[str]:
    return sorted(one.name for one in store.list_experiments(view))


def active(store: Store) -> set[str]:
    return {run.info.run_id for run in store.search_runs(RunSearch())}


def test_runs_go_with_their_experiment_and_come_back_with_it(store: Store) -> None:
    experiment, first = start("churn", "first")
    _, second = start("churn", "second")
    _, other = start("other", "third")
    store.delete_runs([first])
    assert store.delete_experiment(experiment) == [second]
    assert names(store) == ["other"]
    assert names(store, ViewType.DELETED_ONLY) == ["churn"]
    assert active(store) == {other}
    assert store.restore_experiment(experiment) == [second]
    assert active(store) == {second, other}  # what was deleted before it stays deleted
    assert names(store) == ["churn", "other"]


def test_the_name_of_a_deleted_experiment_is_free_at_once(store: Store) -> None:
    old, _ = start("churn", "old")
    store.delete_experiment(old)
    new, run = start("churn", "new")
    assert new != old
    with pytest.raises(ResourceAlreadyExists, match=rf"{new}.*restore {old} --name"):
        store.restore_experiment(old)
    store.restore_experiment(old, "churn of spring")
    assert names(store) == ["churn", "churn of spring"]
    assert store.get_run(run).info.experiment_id == new


def test_renaming(store: Store) -> None:
    experiment, _ = start("a", "x")
    other, _ = start("b", "y")
    store.rename_experiment(experiment, "c")
    assert names(store) == ["b", "c"]
    store.rename_experiment(experiment, "c")
    with pytest.raises(ResourceAlreadyExists, match=f"'b' already.*{other}"):
        store.rename_experiment(experiment, "b")
    store.delete_experiment(other)
    store.rename_experiment(experiment, "b")
    assert names(store) == ["b"]


def test_a_session_that_lives_on_follows_the_names(store: Store) -> None:
    old, _ = start("a", "before")
    store.rename_experiment(old, "b")
    new, run = start("a", "after")
    assert new != old
    assert store.get_run(run).info.experiment_id == new
    assert names(store) == ["a", "b"]


def test_tags_of_an_experiment(store: Store) -> None:
    experiment, _ = start("a", "x")
    store.set_experiment_tags(experiment, {"team": "red", "gone": "1"})
    store.set_experiment_tags(experiment, {"team": "blue", "gone": None})
    assert store.get_experiment(experiment).tags == {"team": "blue"}


def test_what_is_in_the_trash_is_not_changed(store: Store) -> None:
    experiment, run = start("a", "x")
    store.delete_experiment(experiment)
    for change in (
        lambda: store.rename_experiment(experiment, "b"),
        lambda: store.set_experiment_tags(experiment, {"k": "v"}),
        lambda: store.delete_experiment(experiment),
        lambda: store.restore_runs([run]),
    ):
        with pytest.raises(InvalidParameterValue, match=f"trash.*experiments restore {experiment}"):
            change()
    store.restore_experiment(experiment)
    with pytest.raises(InvalidParameterValue, match="not in the trash"):
        store.restore_experiment(experiment)
    with pytest.raises(ResourceDoesNotExist, match="'12345'"):
        store.delete_experiment("12345")


def test_children_come_back_with_their_parent_when_they_went_with_it(store: Store) -> None:
    with mltrack.start_run() as parent:
        with mltrack.start_run() as first:
            pass
        with mltrack.start_run() as second:
            pass
    assert mltrack.flush(20)
    store.delete_runs([first.run_id])
    store.delete_runs([parent.run_id])
    assert set(store.restore_runs([parent.run_id], with_children=True)) == {
        parent.run_id,
        second.run_id,
    }


def test_the_panel_learns_of_it(store: Store) -> None:
    experiment, run = start("a", "x")
    change = store.get_change()
    store.delete_experiment(experiment)
    changes = store.get_changes(change)
    assert changes.experiments
    assert changes.run_ids == [run]
