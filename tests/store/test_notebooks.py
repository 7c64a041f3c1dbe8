"""Which runs are a notebook's: under every name it had, and no other's under the same name."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from jupyter_mltrack.entities import Session
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.identity import Notebook, NotebookSketch
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.store.test_schema import differences_from_the_mapped_schema
from tests.store.test_upgrade import restore


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = open_store(str(tmp_path))
    else:
        server = request.getfixturevalue("postgresql_server")
        opened = open_store(server.create_database(f"notebooks_{tmp_path.name.lower()[-20:]}"))
    opened.prepare()
    yield opened
    opened.close()


def apply(store: Store, session_id: str, *events: ev.Event) -> None:
    segment, position = store.get_journal_position(session_id)
    records = [
        (event, SimpleNamespace(end=(segment, position + n + 1), payload=b""))
        for n, event in enumerate(events)
    ]
    store.apply(session_id, records, spool=Path())


def run(store: Store, session_id: str, path: str, name: str) -> None:
    """A run of a session whose notebook was at ``path`` then."""
    run_id = f"{session_id}{name}".encode().hex().rjust(32, "0")
    apply(
        store,
        session_id,
        ev.SessionStarted(Session(session_id=session_id, start_time=1, pid=1, notebook_path=path)),
        ev.RunStarted(run_id, session_id, "e", name, 1),
    )


def seen(store: Store, session_id: str, notebook_id: str, path: str, time: int, **more) -> None:
    marks = NotebookSketch(ids=more.pop("ids", []))
    notebook = Notebook(
        notebook_id=notebook_id, path=path, first_seen=time, last_seen=time, sketch=marks, **more
    )
    apply(store, session_id, ev.NotebookSeen(session_id, notebook))


def names(store: Store, *paths: str) -> set[str]:
    runs = store.search_runs(RunSearch(notebook_paths=paths))
    return {found.info.run_name for found in runs}


def test_runs_from_before_a_rename_are_still_the_notebooks(store: Store) -> None:
    seen(store, "s1", "one", "old.ipynb", 1)
    run(store, "s1", "old.ipynb", "before")
    seen(store, "s2", "one", "new.ipynb", 2)
    run(store, "s2", "new.ipynb", "after")
    assert names(store, "new.ipynb") == {"before", "after"}
    assert names(store, "new.ipynb", "/srv/new.ipynb") == {"before", "after"}
    assert store.list_notebook_paths("one") == ["new.ipynb", "old.ipynb"]
    assert store.find_notebook(["new.ipynb"]).notebook_id == "one"
    assert store.find_notebook(["old.ipynb"]) is None


def test_a_new_notebook_under_an_old_name_has_no_runs_of_the_one_before(store: Store) -> None:
    seen(store, "s1", "one", "Untitled.ipynb", 1)
    run(store, "s1", "Untitled.ipynb", "first")
    seen(store, "s1", "one", "churn.ipynb", 2)
    assert names(store, "Untitled.ipynb") == set()
    seen(store, "s2", "two", "Untitled.ipynb", 3)
    run(store, "s2", "Untitled.ipynb", "second")
    assert names(store, "Untitled.ipynb") == {"second"}
    assert names(store, "churn.ipynb") == {"first"}


def test_a_run_of_a_session_that_never_told_belongs_to_the_path(store: Store) -> None:
    run(store, "s1", "a.ipynb", "untold")
    assert names(store, "a.ipynb") == {"untold"}
    seen(store, "s2", "one", "a.ipynb", 1)
    assert names(store, "a.ipynb") == {"untold"}


def test_kernels_that_see_a_notebook_first_at_once_agree_on_it(store: Store) -> None:
    seen(store, "s1", "one", "a.ipynb", 1, ids=["x", "y"])
    seen(store, "s2", "two", "a.ipynb", 1, ids=["x", "y", "z"])
    seen(store, "s3", "three", "a.ipynb", 1, ids=["other"])
    assert store.list_session_notebooks("s2") == {"a.ipynb": "one"}
    assert store.list_session_notebooks("s3") == {"a.ipynb": "three"}
    assert store.get_notebook("one").sketch.ids == ["x", "y", "z"]


def test_what_a_notebook_was_copied_from_and_when_it_was_first_seen_stays(store: Store) -> None:
    seen(store, "s1", "two", "a-Copy1.ipynb", 5, copied_from="one")
    seen(store, "s1", "two", "b.ipynb", 9)
    notebook = store.get_notebook("two")
    assert (notebook.copied_from, notebook.first_seen, notebook.last_seen) == ("one", 5, 9)
    assert [found.notebook_id for found in store.list_notebooks()] == ["two"]


def test_its_runs_are_read_again_when_a_notebook_has_another_name(store: Store) -> None:
    seen(store, "s1", "one", "old.ipynb", 1)
    run(store, "s1", "old.ipynb", "before")
    change = store.get_change()
    seen(store, "s1", "one", "old.ipynb", 2)
    assert store.get_changes(change).run_ids == []
    seen(store, "s1", "one", "new.ipynb", 3)
    assert len(store.get_changes(change).run_ids or ()) == 1


def test_what_had_one_path_in_an_older_store_is_one_notebook(tmp_path: Path) -> None:
    store = restore("v0_2_0", tmp_path)
    store.prepare()
    assert differences_from_the_mapped_schema(store.uri) == []
    assert names(store, "work/train.ipynb") == {"first", "second", "third"}
    assert names(store, "work/other.ipynb") == {"other"}
    (train, other) = (store.find_notebook([f"work/{n}.ipynb"]) for n in ("train", "other"))
    assert train.notebook_id != other.notebook_id
    assert (train.first_seen, train.last_seen) == (1760000001000, 1760000002000)
    assert set(store.list_session_notebooks("5e2")) == {"work/train.ipynb", "work/other.ipynb"}
    assert store.list_session_notebooks("5e3") == {}
    seen(store, "s9", train.notebook_id, "work/better.ipynb", 1770000000000)
    assert names(store, "work/better.ipynb") == {"first", "second", "third"}
    assert names(store, "work/train.ipynb") == set()
