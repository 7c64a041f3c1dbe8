"""Which version of the schema a store has, and bringing it up to date exactly once."""

import threading
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from jupyter_mltrack.errors import StoreTooNew
from jupyter_mltrack.store.sql.engine import Database

HEAD: Final = "v0_2_0"
"""The newest revision in migrations/versions; a test compares."""

# Alembic's context is one global a process; two stores migrated at once by threads would share it.
_alembic: Final = threading.Lock()
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


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
    """
    if database.exists():
        with database.reading() as connection:
            if find_version(connection) == HEAD:
                return False
    with database.writing() as connection:
        version = find_version(connection)
        if version == HEAD:
            return False
        _migrate(connection, version)
    database.path.chmod(0o600)
    return True


def _migrate(connection: Connection, version: str | None) -> None:
    # Alembic costs 0.2 s to import, and an up-to-date store does without.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise StoreTooNew(
            f"The store has schema {version}; this jupyter_mltrack knows up to {HEAD}. "
            "Upgrade it: pip install --upgrade jupyter_mltrack"
        )
    config.attributes["connection"] = connection
    with _alembic:
        command.upgrade(config, "head")
