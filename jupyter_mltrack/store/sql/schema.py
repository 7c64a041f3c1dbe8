"""Which version of the schema a store has, and bringing it up to date exactly once."""

import re
import threading
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, text

from jupyter_mltrack.errors import StoreDamaged, StoreTooNew, StoreUnavailable
from jupyter_mltrack.settings import shown_store_uri
from jupyter_mltrack.store.sql.engine import Database
from jupyter_mltrack.store.sql.tables import Base

HEAD: Final = "v0_3_0"
"""The newest revision in migrations/versions; a test compares."""

# Alembic's context is one global a process; two stores migrated at once by threads would share it.
_alembic: Final = threading.Lock()
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_VERSION: Final = re.compile(r"v\d+_\d+_\d+")

# As Alembic makes it.
_version_table: Final = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "alembic_version_pkc"}),
    Column("version_num", String(32), primary_key=True),
)


def find_version(connection: Connection) -> str | None:
    """The revision of the store, None for a database without any."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def upgrade(database: Database) -> bool:
    """Bring the store to :data:`HEAD`; False when it was there already.

    The version is read again after the lock was taken: of many processes that start at once, one
    migrates.

    Raises
    ------
    StoreTooNew
        A newer version wrote the store.
    StoreUnavailable
        It cannot be read or written, or is a database of something else.
    """
    if _is_up_to_date(database):
        return False
    with database.migrating() as connection:
        version = find_version(connection)
        if version == HEAD:
            return False
        refuse_foreign(connection, version, database.uri)
        if version is None:
            _create(connection)
        else:
            _migrate(connection)
    return True


def _is_up_to_date(database: Database) -> bool:
    try:
        if not database.exists():
            return False
        with database.reading() as connection:
            version = find_version(connection)
            refuse_foreign(connection, version, database.uri)  # before anything is written
            return version == HEAD
    except StoreDamaged:
        return False  # the writer looks closer, and sets it aside


def _create(connection: Connection) -> None:
    Base.metadata.create_all(connection, checkfirst=False)
    _version_table.create(connection)
    connection.execute(insert(_version_table).values(version_num=HEAD))


def _migrate(connection: Connection) -> None:
    # Alembic costs 0.2 s to import, and only a store of an older version needs it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")


def refuse_foreign(connection: Connection, version: str | None, uri: str) -> None:
    """Raise StoreTooNew or StoreUnavailable for a database that is none of ours to change."""
    if version is None:
        taken = set(inspect(connection).get_table_names()) & Base.metadata.tables.keys()
        strange = f"it has a table {min(taken)!r} that is not ours" if taken else ""
    elif _VERSION.fullmatch(version):
        strange = ""
    else:
        strange = f"its schema is {version!r}, which is none of ours"
    if strange:
        raise StoreUnavailable(
            f"{shown_store_uri(uri)} is a database of something else: {strange}. Name another one."
        )
    if version is not None and _numbers(version) > _numbers(HEAD):
        raise StoreTooNew(
            f"The store {shown_store_uri(uri)} has schema {version}; this jupyter_mltrack knows "
            f"up to {HEAD}. Upgrade it: pip install --upgrade jupyter_mltrack"
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.removeprefix("v").split("_"))
