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

MIGRATIONS = Path(schema.__file__).parent / "migrations"


def test_migrations_lead_to_the_mapped_schema(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    with create_engine(store.uri).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_migration_is_the_version_the_code_asks_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == schema.HEAD


def test_preparing_twice_migrates_once(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    store.prepare()
    assert store.get_schema_version() == schema.HEAD


def test_files_are_the_users_own(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "new"))
    store.prepare()
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new" / "mltrack.db").stat().st_mode & 0o777 == 0o600


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


def test_a_damaged_store_is_said_to_be_so_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mltrack.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable, match=r"mltrack\.db.*not a database"):
        open_store(str(tmp_path)).prepare()
    assert path.read_bytes() == b"not a database" * 1000
