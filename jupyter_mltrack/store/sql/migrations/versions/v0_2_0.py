"""Series as chunks with outlines instead of rows; params, tags and summaries kept once."""

import math
import struct
import zlib
from array import array
from typing import Any

import sqlalchemy as sa
from alembic import op

from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.chunks import Points

revision = "v0_2_0"
down_revision = "v0_1_0"
branch_labels = None
depends_on = None

_OLD_HEADER = struct.Struct("<BII")
_RUN_INDEXES = ("parent_run_id", "session_id_status", "execution", "notebook_path")


def upgrade() -> None:
    _copy("params", "run, name, value, number, execution", _create_params)
    _copy("tags", "run, name, value", _create_tags)
    _copy("run_cells", "run, execution", _create_run_cells)
    _link_cells()
    _index_runs()
    _convert_metrics()
    _create_blobs()


def _copy(table: str, columns: str, create: Any) -> None:
    # Renaming would keep the names of indexes and constraints taken.
    op.execute(f"CREATE TABLE old_{table} AS SELECT {columns} FROM {table}")
    op.drop_table(table)
    create()
    op.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM old_{table}")
    op.drop_table(f"old_{table}")


def _run_column(table: str) -> tuple[sa.Column[Any], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(
        ["run"], ["runs.id"], name=op.f(f"fk_{table}_run"), ondelete="CASCADE"
    )
    return sa.Column("run", sa.BigInteger(), nullable=False), key


def _create_params() -> None:
    run, key = _run_column("params")
    op.create_table(
        "params",
        run,
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("execution", sa.BigInteger(), nullable=True),
        key,
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_params")),
        sqlite_with_rowid=False,
    )
    for name, columns, condition in (
        ("number", ["name", "number"], "number IS NOT NULL"),
        ("text", ["name", "number", "value"], "number IS NULL AND length(value) <= 40"),
        ("long", ["name"], "number IS NULL AND length(value) > 40"),
    ):
        op.create_index(
            f"ix_params_{name}",
            "params",
            columns,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def _create_tags() -> None:
    run, key = _run_column("tags")
    op.create_table(
        "tags",
        run,
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        key,
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_tags")),
        sqlite_with_rowid=False,
    )


def _create_run_cells() -> None:
    run, key = _run_column("run_cells")
    op.create_table(
        "run_cells",
        run,
        sa.Column("execution", sa.BigInteger(), nullable=False),
        key,
        sa.PrimaryKeyConstraint("run", "execution", name=op.f("pk_run_cells")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_cells_execution", "run_cells", ["execution"])


def _link_cells() -> None:
    """Keep which cells logged to a run, which the points told until now."""
    sources = [
        f"SELECT DISTINCT run, execution FROM {table} WHERE execution IS NOT NULL"
        for table in ("params", "artifacts", "metric_points", "logged_models")
    ]
    op.execute(
        "INSERT INTO run_cells (run, execution) "
        f"SELECT found.run, found.execution FROM ({' UNION '.join(sources)}) AS found "
        "JOIN runs ON runs.id = found.run "
        "WHERE (runs.execution IS NULL OR runs.execution != found.execution) AND NOT EXISTS "
        "(SELECT 1 FROM run_cells AS known "
        "WHERE known.run = found.run AND known.execution = found.execution)"
    )


def _index_runs() -> None:
    for columns in _RUN_INDEXES:
        op.drop_index(f"ix_runs_{columns}", "runs")
    for name, column, condition in (
        ("parent_run_id", "parent_run_id", "parent_run_id != ''"),
        ("running", "session_id", "status = 'RUNNING'"),
        ("execution", "execution", "execution IS NOT NULL"),
        ("notebook_path", "notebook_path", "notebook_path != ''"),
    ):
        where: dict[str, Any] = dict.fromkeys(
            ("sqlite_where", "postgresql_where"), sa.text(condition)
        )
        op.create_index(f"ix_runs_{name}", "runs", [column], **where)


def _convert_metrics() -> None:
    op.execute("CREATE TABLE old_chunks AS SELECT id, run, name, data FROM metric_chunks")
    op.execute("CREATE TABLE old_points AS SELECT * FROM metric_points")
    op.execute("CREATE TABLE old_summaries AS SELECT * FROM metric_summaries")
    for table in ("metric_chunks", "metric_points", "metric_summaries"):
        op.drop_table(table)
    chunk_table, summary_table = _create_metrics()
    connection = op.get_bind()
    number = 0
    for summary in connection.execute(
        sa.text("SELECT * FROM old_summaries ORDER BY run, name")
    ).mappings():
        row = dict(summary) | {"tail": None, "execution": None}
        points = _read_old(connection, row["run"], row["name"])
        if row["count"] == 1:
            row["execution"] = points.executions[0] or None
            row |= dict.fromkeys(("min_value", "max_value", "first_value"))
        else:
            for piece in chunks.split(points):
                number += 1
                connection.execute(
                    chunk_table.insert(), _chunk(number, row["run"], row["name"], piece)
                )
                row["tail"] = number if len(piece.values) < chunks.CHUNK_POINTS else None
        connection.execute(summary_table.insert(), row)
    for table in ("old_chunks", "old_points", "old_summaries"):
        op.drop_table(table)


def _create_metrics() -> tuple[sa.Table, sa.Table]:
    run, key = _run_column("metric_chunks")
    chunk_table = op.create_table(
        "metric_chunks",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            autoincrement=False,
        ),
        run,
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("outline", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        key,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_chunks")),
    )
    op.create_index("ix_metric_chunks_run_name", "metric_chunks", ["run", "name"])
    run, key = _run_column("metric_summaries")
    summary_table = op.create_table(
        "metric_summaries",
        run,
        sa.Column("name", sa.BigInteger(), nullable=False),
        sa.Column("last_value", sa.Double(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("execution", sa.BigInteger(), nullable=True),
        sa.Column("min_value", sa.Double(), nullable=True),
        sa.Column("max_value", sa.Double(), nullable=True),
        sa.Column("first_value", sa.Double(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("tail", sa.BigInteger(), nullable=True),
        key,
        sa.PrimaryKeyConstraint("run", "name", name=op.f("pk_metric_summaries")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_metric_summaries_name_last_value", "metric_summaries", ["name", "last_value"]
    )
    return chunk_table, summary_table


def _create_blobs() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_blobs")),
    )


def _chunk(number: int, run: int, name: int, points: Points) -> dict[str, Any]:
    return {
        "id": number,
        "run": run,
        "name": name,
        "count": len(points.values),
        "first_step": min(points.steps),
        "last_step": max(points.steps),
        "ordered": chunks.is_ordered(points.steps),
        "outline": chunks.outline(points) if len(points.values) == chunks.CHUNK_POINTS else b"",
        "data": chunks.pack(points),
    }


def _read_old(connection: sa.Connection, run: int, name: int) -> Points:
    """The points of a series: its deflated chunks, then its rows."""
    series = {"run": run, "name": name}
    points = chunks.empty_points()
    where = "WHERE run = :run AND name = :name ORDER BY id"
    for (data,) in connection.execute(sa.text(f"SELECT data FROM old_chunks {where}"), series):
        points.extend(_unpack_old(data))
    rows = connection.execute(
        sa.text(f"SELECT step, time, value, execution FROM old_points {where}"), series
    )
    for step, time, value, execution in rows:
        points.steps.append(step)
        points.times.append(time)
        points.values.append(math.nan if value is None else value)
        points.executions.append(execution or 0)
    return points


def _unpack_old(data: bytes) -> Points:
    """Version 1 of a chunk: header, then all columns deflated together."""
    _, count, runs = _OLD_HEADER.unpack_from(data)
    body = zlib.decompress(data[_OLD_HEADER.size :])
    pairs = array("q", body[: runs * 16])
    executions = array("q")
    for execution, length in zip(pairs[::2], pairs[1::2], strict=True):
        executions.extend(array("q", (execution,)) * length)
    start, width = runs * 16, count * 8
    columns = [body[start + i * width : start + (i + 1) * width] for i in range(3)]
    return Points(
        array("q", columns[0]), array("q", columns[1]), array("d", columns[2]), executions
    )
