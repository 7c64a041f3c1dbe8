"""Statements that no transaction may hold: compacting, and copying before an upgrade."""

from pathlib import Path

from sqlalchemy import Connection

from jupyter_mltrack.store.sql.files import make_private_file
from jupyter_mltrack.store.sql.house.figures import find_file
from jupyter_mltrack.store.sql.tables import Base


def compact(connection: Connection) -> None:
    """Write the database anew without free space, and the planner's statistics."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("ANALYZE")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    tables = ", ".join(sorted(Base.metadata.tables))
    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {tables}")


def back_up(connection: Connection, version: str) -> str:
    """Copy a SQLite file beside itself, and return the copy's path; empty for a server.

    The copy is whole or not there under its name.
    """
    if connection.dialect.name != "sqlite":
        return ""
    path = find_file(connection)
    copy = _free_name(path, version)
    unfinished = copy.with_name(f".{copy.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    make_private_file(unfinished)
    try:
        connection.exec_driver_sql("VACUUM INTO ?", (str(unfinished),))
        unfinished.rename(copy)
    finally:
        unfinished.unlink(missing_ok=True)
    return str(copy)


def _free_name(path: Path, version: str) -> Path:
    copy = path.with_name(f"{path.name}.{version}.backup")
    count = 1
    while copy.exists():
        count += 1
        copy = path.with_name(f"{path.name}.{version}.backup-{count}")
    return copy
