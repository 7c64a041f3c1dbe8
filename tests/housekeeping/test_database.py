"""A SQLite store: figures, upgrades, damage found, space given back."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jupyter_mltrack.errors import StoreTooNew
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql import schema
from jupyter_mltrack.tracking.session import close_session
from tests.housekeeping.worlds import make_run, told

OLD = Path(__file__).parents[1] / "databases" / "v0_1_0.sql"


@pytest.fixture
def store_uri(store_path: Path) -> str:
    return str(store_path)


def make_old(directory: Path) -> Path:
    directory.mkdir()
    path = directory / "mltrack.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
    connection.close()
    return path


def levels(store: Store) -> dict[str, str]:
    return {one.name: one.level for one in store.keeper().check()}


def change(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_figures(store: Store, store_path: Path) -> None:
    make_run("first", points=10)
    close_session()
    info = store.keeper().get_info()
    assert info.schema == info.newest_schema == schema.HEAD
    assert info.database == f"SQLite {sqlite3.sqlite_version}"
    assert info.journal_mode == "wal"
    assert (info.counts["runs"], info.counts["points"], info.counts["cells"]) == (1, 14, 2)
    assert info.files["database"] == (store_path / "mltrack.db").stat().st_size
    blobs = [path for path in (store_path / "blobs").rglob("*") if path.is_file()]
    assert info.counts["blobs"] == len(blobs)
    assert info.files["blobs"] == sum(path.stat().st_size for path in blobs)


def test_an_upgrade_keeps_a_copy_of_what_was(tmp_path: Path) -> None:
    path = make_old(tmp_path / "old")
    store = open_store(str(path.parent))
    done = store.keeper().upgrade()
    assert (done.before, done.after) == ("v0_1_0", schema.HEAD)
    backup = Path(done.backup)
    assert backup.parent == path.parent
    assert backup.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as new, closing(sqlite3.connect(backup)) as old:
        (version,) = old.execute("SELECT version_num FROM alembic_version").fetchone()
        assert version == "v0_1_0"
        for table in ("runs", "params", "tags", "cell_executions"):
            query = f"SELECT count(*) FROM {table}"
            assert new.execute(query).fetchone() == old.execute(query).fetchone()
    assert len(store.search_runs(RunSearch())) > 0
    again = store.keeper().upgrade()
    assert (again.before, again.after, again.backup) == (schema.HEAD, schema.HEAD, "")
    # The copy is a store.
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "mltrack.db").write_bytes(backup.read_bytes())
    back = open_store(str(tmp_path / "back"))
    assert back.keeper().upgrade().before == "v0_1_0"
    assert back.search_runs(RunSearch()) == store.search_runs(RunSearch())


def test_an_upgrade_of_nothing_makes_a_store(tmp_path: Path) -> None:
    done = open_store(str(tmp_path / "new")).keeper().upgrade()
    assert (done.before, done.after, done.backup) == ("", schema.HEAD, "")


def test_a_newer_store_is_not_touched(tmp_path: Path) -> None:
    path = make_old(tmp_path / "old")
    change(path, "UPDATE alembic_version SET version_num = 'v9_0_0'")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="v9_0_0"):
        open_store(str(path.parent)).keeper().upgrade()
    assert path.read_bytes() == before
    assert sorted(one.name for one in path.parent.iterdir()) == ["mltrack.db"]


def test_an_old_store_is_checked_after_its_upgrade(tmp_path: Path) -> None:
    path = make_old(tmp_path / "old")
    store = open_store(str(path.parent))
    assert levels(store) == {"schema": "fail"}
    store.prepare()
    del (found := levels(store))["blobs"]  # of which the kept store has none
    assert set(found.values()) == {"ok"}


def test_damage_is_found(store: Store, store_path: Path) -> None:
    run_id = make_run("first")
    close_session()
    assert set(levels(store).values()) == {"ok"}
    digest = store.list_artifacts(run_id)[0].digest
    blob = store_path / "blobs" / digest[:2] / digest[2:]
    content = blob.read_bytes()
    blob.write_bytes(b"x" * len(content))
    (found,) = [one for one in store.keeper().check() if one.level == "fail"]
    assert found.name == "blobs"
    assert digest in found.details[0]
    blob.unlink()
    assert levels(store)["blobs"] == "fail"
    blob.write_bytes(content)
    path = store_path / "mltrack.db"
    store.close()
    change(path, "UPDATE sources SET text = text || '!'")
    assert levels(store)["notebooks"] == "fail"
    change(path, "UPDATE sources SET text = substr(text, 1, length(text) - 1)")
    change(path, "UPDATE metric_summaries SET count = count + 1 WHERE count > 1")
    assert levels(store)["points"] == "fail"
    change(path, "UPDATE metric_summaries SET count = count - 1 WHERE count > 1")
    change(path, "UPDATE metric_chunks SET data = x'0102'")
    assert levels(store)["points"] == "fail"
    change(path, "DELETE FROM metric_chunks", "UPDATE runs SET execution = 999")
    assert levels(store)["references"] == "fail"


def test_a_damaged_file_is_found(store: Store, store_path: Path) -> None:
    make_run("first", points=20_000)
    close_session()
    store.close()
    path = store_path / "mltrack.db"
    content = bytearray(path.read_bytes())
    for page in range(20, len(content) // 4096 - 1, 3):
        content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(bytes(content))
    findings = open_store(str(store_path)).keeper().check()
    assert "fail" in {one.level for one in findings}


def test_rejected_records_are_told_with_their_reason(store: Store, store_path: Path) -> None:
    import jupyter_mltrack as mltrack

    mltrack.MlflowClient().log_metric("f" * 32, "m", 1.0)
    assert mltrack.flush(20)
    (found,) = [one for one in store.keeper().check() if one.name == "records"]
    assert found.level == "warn"
    assert "f" * 32 in found.details[0]


def test_space_is_given_back_and_nothing_else_changes(store: Store, store_path: Path) -> None:
    gone, kept = make_run("gone", points=100_000), make_run("kept", points=5000)
    close_session()
    before = told(store, kept)
    store.delete_runs([gone])
    store.keeper().collect()
    done = store.keeper().compact()
    assert done.after < done.before / 2
    assert done.after == sum(
        path.stat().st_size
        for path in store_path.glob("mltrack.db*")
        if path.suffix != ".lock" and not path.name.endswith("-shm")
    )
    assert told(store, kept) == before
    assert set(levels(store).values()) == {"ok"}
    make_run("after", points=3)
