"""The store in figures."""

from pathlib import Path

from sqlalchemy import Connection, func, select

from jupyter_mltrack.store.sql.tables import (
    Base,
    CellExecutionRow,
    ExperimentRow,
    MetricSummaryRow,
    RejectedRecordRow,
    RunRow,
    SessionRow,
)


def count_rows(connection: Connection) -> dict[str, int]:
    """How many there are of everything a person may ask about."""
    counted = {
        "experiments": ExperimentRow,
        "runs": RunRow,
        "sessions": SessionRow,
        "cells": CellExecutionRow,
        "rejected": RejectedRecordRow,
    }
    counts = {
        name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for name, table in counted.items()
    }
    points = connection.execute(select(func.sum(MetricSummaryRow.count))).scalar()
    trash = select(func.count()).select_from(RunRow).where(RunRow.lifecycle_stage == "deleted")
    return counts | {
        "points": int(points or 0),
        "in trash": int(connection.execute(trash).scalar_one()),
    }


def describe_database(connection: Connection) -> tuple[str, str]:
    """Kind and version of the database, and how it keeps its journal (SQLite's mode)."""
    if connection.dialect.name == "sqlite":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        return f"SQLite {version}", str(mode)
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    return f"PostgreSQL {version}", ""


def measure(connection: Connection) -> dict[str, int]:
    """Bytes of the database, and of what it keeps beside itself."""
    if connection.dialect.name == "sqlite":
        path = find_file(connection)
        wal = path.with_name(f"{path.name}-wal")
        return {"database": size_of(path), "wal": size_of(wal)}
    tables = ", ".join(f"('{name}')" for name in Base.metadata.tables)
    query = (
        "SELECT coalesce(sum(pg_total_relation_size(to_regclass(name))), 0) "
        f"FROM (VALUES {tables}) AS tables (name)"
    )
    return {"database": int(connection.exec_driver_sql(query).scalar_one())}


def find_file(connection: Connection) -> Path:
    """The file of a SQLite database."""
    return Path(connection.exec_driver_sql("PRAGMA database_list").all()[0][2])


def size_of(path: Path) -> int:
    """Bytes of a file; 0 when it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
