"""Migrations lead to exactly the mapped schema, and a newer store is refused."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from jupyter_mltrack.errors import StoreTooNew, StoreUnavailable
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql import schema
from jupyter_mltrack.store.sql.tables import Base
from tests.conftest import run_python
from tests.store.test_upgrade import restore

pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")

MIGRATIONS = Path(schema.__file__).parent / "migrations"


def test_a_new_store_has_the_mapped_schema(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    assert differences_from_the_mapped_schema(store.uri) == []


def test_migrations_lead_to_the_mapped_schema(tmp_path: Path) -> None:
    store = restore("v0_1_0", tmp_path)
    store.prepare()
    assert differences_from_the_mapped_schema(store.uri) == []


def differences_from_the_mapped_schema(uri: str) -> list[object]:
    with create_engine(uri).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_a_new_store_is_made_without_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from jupyter_mltrack.store import open_store; "
        f"open_store({str(tmp_path)!r}).prepare(); print('alembic' in sys.modules)"
    )
    assert run_python(code).strip() == "False"


def test_the_newest_migration_is_the_version_the_code_asks_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == schema.HEAD


def test_preparing_twice_migrates_once(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    store.prepare()
    assert store.get_schema_version() == schema.HEAD


def test_a_newer_store_is_refused_with_both_versions(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    with sqlite3.connect(tmp_path / "mltrack.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'v9_0_0'")
    with pytest.raises(StoreTooNew, match=f"v9_0_0.*{schema.HEAD}.*pip install --upgrade"):
        open_store(str(tmp_path)).prepare()


def test_a_store_that_does_not_exist_reads_as_empty(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "none"))
    assert store.search_runs(RunSearch()) == []
    assert store.list_experiments() == []
    assert store.get_change() == 0
    assert not (tmp_path / "none").exists()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mltrack.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (run_uuid TEXT)")
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"something else.*'runs'.*Name another"):
        open_store(str(tmp_path)).prepare()
    assert path.read_bytes() == before


def test_the_database_of_another_tracker_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "mltrack.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('b7c8d9e0f1a2')")
    with pytest.raises(StoreUnavailable, match=r"something else.*b7c8d9e0f1a2") as caught:
        open_store(str(tmp_path)).prepare()
    assert not isinstance(caught.value, StoreTooNew)


def test_a_failed_upgrade_leaves_the_old_store(tmp_path: Path) -> None:
    restore("v0_1_0", tmp_path)
    path = tmp_path / "mltrack.db"
    with sqlite3.connect(path) as connection:
        # As if a row had lost what it refers to: the upgrade cannot end well.
        connection.execute("INSERT INTO tags VALUES (99, 1, 'of no run')")
        tables = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
    with pytest.raises(StoreUnavailable, match=r"row of tags.*Nothing was changed"):
        open_store(str(tmp_path)).prepare()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name, sql FROM sqlite_master").fetchall() == tables
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
