"""The points of a metric."""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, select

from jupyter_mltrack.store.contract import Series
from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.chunks import Columns
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    MetricChunkRow,
    MetricSummaryRow,
    NameRow,
    RunRow,
)

if TYPE_CHECKING:
    import numpy as np

OUTLINED: Final = 200_000
"""A series of more points than this is drawn from its chunks' outlines."""


def get_series(connection: Connection, run_id: str, key: str) -> Series | None:
    """All points of a metric in the order logged; None when the run is unknown."""
    run = connection.execute(select(RunRow.id).where(RunRow.run_id == run_id)).scalar()
    if run is None:
        return None
    summary = _find_summary(connection, run, key)
    if summary is None:
        return _to_series(connection, chunks.read_columns([]), 0)
    if summary.tail is None and summary._mapping["count"] == 1:
        return _to_series(connection, _single(summary), 1)
    data = _select_chunks(connection, summary, MetricChunkRow.data)
    columns = chunks.read_columns([row.data for row in data])
    return _to_series(connection, columns, len(columns.values))


def list_series(connection: Connection, run_id: str) -> dict[str, Series]:
    """All points of all metrics of a run, by key; a statement a table and not a metric."""
    summaries = connection.execute(
        select(MetricSummaryRow.__table__, NameRow.name.label("key"))
        .join(NameRow, NameRow.id == MetricSummaryRow.name)
        .join(RunRow, RunRow.id == MetricSummaryRow.run)
        .where(RunRow.run_id == run_id)
    ).all()
    data: dict[int, list[bytes]] = {}
    if any(row._mapping["count"] > 1 for row in summaries):
        rows = connection.execute(
            select(MetricChunkRow.name, MetricChunkRow.data)
            .where(MetricChunkRow.run == summaries[0].run)
            .order_by(MetricChunkRow.id)
        )
        for name, chunk in rows:
            data.setdefault(name, []).append(chunk)
    names = {0: ""}
    found = {}
    for row in summaries:
        packed = data.get(row.name)
        columns = chunks.read_columns(packed) if packed else _single(row)
        found[row.key] = _to_series(connection, columns, len(columns.values), names)
    return found


def get_outline(connection: Connection, run_id: str, key: str) -> Series | None:
    """The points needed to draw a metric; None when the run is unknown.

    All of them for a series of up to :data:`OUTLINED` points, or whose steps go back; for a longer
    one both ends, the extremes and the first NaN of each 1,024 of them. ``total`` counts all.
    """
    run = connection.execute(select(RunRow.id).where(RunRow.run_id == run_id)).scalar()
    summary = None if run is None else _find_summary(connection, run, key)
    if summary is None or summary._mapping["count"] <= OUTLINED:
        return get_series(connection, run_id, key)
    rows = _select_chunks(
        connection,
        summary,
        MetricChunkRow.id,
        MetricChunkRow.first_step,
        MetricChunkRow.last_step,
        MetricChunkRow.ordered,
        MetricChunkRow.outline,
    )
    if not _are_ordered(rows):
        return get_series(connection, run_id, key)
    columns = chunks.read_outlines([row.outline for row in rows if row.outline])
    growing = [row.id for row in rows if not row.outline]
    data = connection.execute(
        select(MetricChunkRow.data)
        .where(MetricChunkRow.id.in_(growing))
        .order_by(MetricChunkRow.id)
    )
    return _to_series(
        connection,
        _joined(columns, chunks.read_columns(list(data.scalars()))),
        summary._mapping["count"],
    )


def _find_summary(connection: Connection, run: int, key: str) -> Any:
    query = (
        select(MetricSummaryRow.__table__)
        .join(NameRow, NameRow.id == MetricSummaryRow.name)
        .where(MetricSummaryRow.run == run)
        .where(NameRow.name == key)
    )
    return connection.execute(query).first()


def _select_chunks(connection: Connection, summary: Any, *columns: Any) -> Sequence[Any]:
    return connection.execute(
        select(*columns)
        .where(MetricChunkRow.run == summary.run)
        .where(MetricChunkRow.name == summary.name)
        .order_by(MetricChunkRow.id)
    ).all()


def _are_ordered(rows: Sequence[Any]) -> bool:
    follow = all(a.last_step <= b.first_step for a, b in itertools.pairwise(rows))
    return follow and all(row.ordered for row in rows)


def _single(summary: Any) -> Columns:
    import numpy as np

    value = np.nan if summary.last_value is None else summary.last_value
    return Columns(
        np.array([summary.last_step], np.int64),
        np.array([summary.last_time], np.int64),
        np.array([value], np.float64),
        np.array([summary.execution or 0], np.int64),
    )


def _joined(first: Columns, second: Columns) -> Columns:
    import numpy as np

    return Columns(*(np.concatenate(pair) for pair in zip(first, second, strict=True)))


def _to_series(
    connection: Connection, columns: Columns, total: int, names: dict[int, str] | None = None
) -> Series:
    return Series(
        steps=columns.steps,
        times=columns.times,
        values=columns.values,
        executions=_execution_runs(connection, columns.executions, names or {0: ""}),
        total=total,
    )


def _execution_runs(
    connection: Connection, executions: "np.ndarray[Any, Any]", names: dict[int, str]
) -> list[tuple[str, int]]:
    """Who logged the points: ids of cell executions, each with the number of points in a row.

    ``names`` has the ids that are known, and gets those that are looked up.
    """
    import numpy as np

    if not len(executions):
        return []
    starts = np.flatnonzero(np.diff(executions, prepend=executions[0] - 1))
    lengths = np.diff(starts, append=len(executions)).tolist()
    keys = executions[starts].tolist()
    for part in parts(sorted(set(keys) - names.keys())):
        query = select(CellExecutionRow.id, CellExecutionRow.execution_id)
        rows = connection.execute(query.where(CellExecutionRow.id.in_(part)))
        names.update((key, execution_id) for key, execution_id in rows)
    return [(names.get(key, ""), length) for key, length in zip(keys, lengths, strict=True)]
