"""Notebooks written as they stood: copies, in place, and back."""

import json
import os
import stat
from pathlib import Path

import msgspec
import nbformat
import pytest

from jupyter_mltrack.cli import main
from jupyter_mltrack.entities import Session
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.projects import restore
from jupyter_mltrack.projects.restore import restore_notebook, undo_restore
from jupyter_mltrack.store.contract import Store
from tests.projects.worlds import Project
from tests.server.server_world import StoreWriter, notebook_events

NOW = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5, "note": "edited since"}'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("restore"))
    made.execute(
        "depth = 4",
        "with mltrack.start_run(run_name='model'):\n    mltrack.log_metric('score', depth)",
    )
    return made


@pytest.fixture
def edited(world: Project) -> Project:
    """The same with other content in its notebook's file."""
    world.notebook.unlink(missing_ok=True)
    world.notebook.write_bytes(NOW)
    for copy in world.directory.glob("*restored*"):
        copy.unlink()
    return world


def sources(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return [cell.source for cell in notebook.cells]


def test_a_copy_is_written_beside_the_notebook(edited: Project) -> None:
    run_id = edited.run_id("model")
    first = restore_notebook(edited.store, run_id)
    assert Path(first.path) == edited.directory / f"study (restored {run_id[:8]}).ipynb"
    assert sources(Path(first.path))[1] == "depth = 4"
    # What is there is never written over.
    second = restore_notebook(edited.store, run_id)
    assert Path(second.path) != Path(first.path)
    assert edited.notebook.read_bytes() == NOW


def test_a_copy_goes_where_it_is_told(edited: Project, tmp_path: Path) -> None:
    view = restore_notebook(edited.store, edited.run_id("model"), directory=tmp_path)
    assert Path(view.path).parent == tmp_path
    with pytest.raises(ResourceDoesNotExist, match="nowhere"):
        restore_notebook(edited.store, edited.run_id("model"), directory=tmp_path / "nowhere")


def test_in_place_keeps_what_was_there_and_undo_brings_it_back(edited: Project) -> None:
    run_id = edited.run_id("model")
    edited.notebook.chmod(0o640)
    view = restore_notebook(edited.store, run_id, in_place=True)
    assert Path(view.path) == edited.notebook
    assert sources(edited.notebook)[1] == "depth = 4"
    assert stat.S_IMODE(edited.notebook.stat().st_mode) == 0o640
    kept = {one.path: one.digest for one in edited.store.list_artifacts(run_id)}
    assert edited.store.read_blob(kept[view.before]) == NOW
    assert any("Reload" in note for note in view.notes)

    restored = edited.notebook.read_bytes()
    undone = undo_restore(edited.store, edited.notebook)
    assert edited.notebook.read_bytes() == NOW
    assert undone.before
    undo_restore(edited.store)  # of the last one; undoing is undone
    assert edited.notebook.read_bytes() == restored
    assert not list(edited.directory.glob(".study*")), "no temporary file is left"


def test_undo_does_not_throw_later_changes_away(edited: Project) -> None:
    restore_notebook(edited.store, edited.run_id("model"), in_place=True)
    edited.notebook.write_bytes(b"later work")
    with pytest.raises(InvalidParameterValue, match="changed since"):
        undo_restore(edited.store, edited.notebook)
    assert edited.notebook.read_bytes() == b"later work"
    with pytest.raises(InvalidParameterValue, match="Name the notebook"):
        undo_restore(edited.store, force=True)
    undo_restore(edited.store, edited.notebook, force=True)
    assert edited.notebook.read_bytes() == NOW
    undo_restore(edited.store, edited.notebook)
    assert edited.notebook.read_bytes() == b"later work"


def test_undo_brings_a_deleted_notebook_back(edited: Project) -> None:
    restore_notebook(edited.store, edited.run_id("model"), in_place=True)
    edited.notebook.unlink()
    undo_restore(edited.store, edited.notebook)
    assert edited.notebook.read_bytes() == NOW


def test_a_change_at_the_very_moment_is_not_lost(
    edited: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = restore.keep_before

    def slow_keep(*args: object) -> str:
        edited.notebook.write_bytes(b"saved meanwhile")
        return keep(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(restore, "keep_before", slow_keep)
    with pytest.raises(InvalidParameterValue, match="changed while"):
        restore_notebook(edited.store, edited.run_id("model"), in_place=True)
    assert edited.notebook.read_bytes() == b"saved meanwhile"


def test_what_cannot_be_written_is_told(edited: Project) -> None:
    run_id = edited.run_id("model")
    edited.notebook.chmod(0o444)
    with pytest.raises(InvalidParameterValue, match="read-only"):
        restore_notebook(edited.store, run_id, in_place=True)
    assert edited.notebook.read_bytes() == NOW
    edited.notebook.unlink()
    with pytest.raises(ResourceDoesNotExist, match="not here"):
        restore_notebook(edited.store, run_id, in_place=True)
    with pytest.raises(ResourceDoesNotExist, match="nothing to undo"):
        undo_restore(edited.store, edited.directory / "other.ipynb")


def test_a_link_stays_a_link(edited: Project, tmp_path: Path) -> None:
    target = tmp_path / "real.ipynb"
    edited.notebook.rename(target)
    edited.notebook.symlink_to(target)
    restore_notebook(edited.store, edited.run_id("model"), in_place=True)
    assert edited.notebook.is_symlink()
    assert sources(target)[1] == "depth = 4"
    undo_restore(edited.store, edited.notebook)
    assert target.read_bytes() == NOW


def hostile_store(directory: Path, path: str) -> Store:
    """A store in which the notebook of a run has a path of somebody's choice."""
    writer = StoreWriter(directory)
    writer.store.prepare()
    events = []
    for event in notebook_events():
        if isinstance(event, ev.SessionStarted):
            session = msgspec.structs.replace(event.session, notebook_path=path)
            assert isinstance(session, Session)
            event = ev.SessionStarted(session, event.environment)
        if isinstance(event, ev.CellStarted):
            event = msgspec.structs.replace(event, notebook_path=path)
        events.append(event)
    writer.write(*events)
    return writer.store


@pytest.mark.parametrize(
    "path", ["../outside.ipynb", "a/../../outside.ipynb", "..", "/etc/passwd", "x\n<>.ipynb", ""]
)
def test_paths_lead_nowhere_else(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    outside = tmp_path / "outside.ipynb"
    outside.write_bytes(NOW)
    monkeypatch.chdir(here)
    store = hostile_store(tmp_path / "store", path)
    view = restore_notebook(store, "a" * 32)
    assert Path(view.path).parent == here
    assert "\n" not in view.path
    with pytest.raises(ResourceDoesNotExist):
        restore_notebook(store, "a" * 32, in_place=True)
    assert outside.read_bytes() == NOW
    store.close()


def test_undo_writes_notebooks_only(edited: Project, tmp_path: Path) -> None:
    # A packed run may bring files of any content.
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    run_id = edited.run_id("model")
    restore.keep_before(edited.store, run_id, str(victim), b"theirs", b"mine")
    with pytest.raises(InvalidParameterValue, match="no notebook"):
        undo_restore(edited.store, victim)
    assert victim.read_text() == "mine"


def test_in_the_terminal(
    edited: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(edited.directory)
    monkeypatch.setenv("MLTRACK_STORE", edited.store.uri)

    def run(*arguments: str) -> str:
        assert main(arguments) == 0
        return capsys.readouterr().out

    assert run("restore", "model", "--in-place").startswith("Restored in place: ")
    assert sources(edited.notebook)[1] == "depth = 4"
    assert "File > Reload" in run("restore", "--undo", "study.ipynb")
    assert edited.notebook.read_bytes() == NOW
    (view,) = json.loads(run("restore", "model", "--json"))["notebooks"]
    assert os.path.dirname(view["path"]) == str(edited.directory)  # noqa: PTH120
    # A run in the trash comes out of it, as ever.
    run("delete", "model")
    assert run("restore", "model") == "Restored 1 run.\n"
    assert main(["restore", "nothing"]) == 2
    assert "No run is named 'nothing'" in capsys.readouterr().err
    assert main(["restore"]) == 2
    assert main(["restore", "--undo", "other.ipynb"]) == 2
