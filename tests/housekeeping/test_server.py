"""A store on a server: figures, checks, space given back."""

from pathlib import Path

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.cells import end_cell
from jupyter_mltrack.tracking.session import close_session
from jupyter_mltrack.upkeep.pack import pack_runs
from jupyter_mltrack.upkeep.unpack import unpack_runs
from tests.housekeeping.worlds import make_run, run_cell, told


@pytest.fixture
def store_uri(postgresql_uri: str) -> str:
    return postgresql_uri


def test_a_server_is_looked_after_too(store: Store) -> None:
    gone, kept = make_run("gone", points=50_000), make_run("kept", points=3000)
    close_session()
    info = store.keeper().get_info()
    assert info.database.startswith("PostgreSQL ")
    assert "***" in info.uri
    assert (info.counts["runs"], info.counts["points"]) == (2, 53_008)
    assert info.files["database"] > info.files["blobs"] > 100_000
    assert {one.level for one in store.keeper().check()} == {"ok"}
    before = told(store, kept)
    store.delete_runs([gone])
    garbage = store.keeper().collect()
    assert (garbage.runs, garbage.blobs) == ([gone], 1)
    done = store.keeper().compact()
    assert done.after < done.before - 400_000
    assert told(store, kept) == before
    assert store.keeper().upgrade().backup == ""


def test_runs_of_a_file_move_to_a_server_and_back(store: Store, tmp_path: Path) -> None:
    mltrack.set_tracking_uri(tmp_path / "file")
    run_id = make_run("mine", points=3000)
    close_session()
    file, back = open_store(str(tmp_path / "file")), open_store(str(tmp_path / "back"))
    pack_runs(file, [run_id], tmp_path / "there.zip")
    assert unpack_runs(store, tmp_path / "there.zip").new == [run_id]
    assert told(store, run_id) == told(file, run_id)
    pack_runs(store, [run_id], tmp_path / "back.zip")
    assert unpack_runs(back, tmp_path / "back.zip").new == [run_id]
    assert told(back, run_id) == told(file, run_id)
    assert {one.level for one in store.keeper().check()} == {"ok"}
    for opened in (file, back):
        opened.close()


def test_a_character_that_a_server_cannot_keep(store: Store, tmp_path: Path) -> None:
    mltrack.set_tracking_uri(tmp_path / "file")
    end_cell(run_cell("c", "x = 1"))
    cell = run_cell("d", "print('\0')")
    run = mltrack.start_run()
    mltrack.end_run()
    end_cell(cell)
    assert mltrack.flush(20)
    close_session()
    file = open_store(str(tmp_path / "file"))
    assert "\0" in file.list_run_cells(run.run_id)[0].source
    pack_runs(file, [run.run_id], tmp_path / "nul.zip")
    unpack_runs(store, tmp_path / "nul.zip")
    assert "\u2400" in store.list_run_cells(run.run_id)[0].source
    assert {one.level for one in store.keeper().check()} == {"ok"}
    # Packed again, the notebook has it back.
    pack_runs(store, [run.run_id], tmp_path / "again.zip")
    back = open_store(str(tmp_path / "back"))
    unpack_runs(back, tmp_path / "again.zip")
    digest = file.list_run_cells(run.run_id)[0].revision
    assert back.get_revision(digest).cells == file.get_revision(digest).cells
    back.close()
    file.close()
