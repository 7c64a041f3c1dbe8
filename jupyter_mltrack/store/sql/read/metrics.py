"""The points of a metric."""

import math

from sqlalchemy import Connection, select

from jupyter_mltrack.store.contract import Series
from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    MetricChunkRow,
    MetricPointRow,
    NameRow,
    RunRow,
)


def get_series(connection: Connection, run_id: str, key: str) -> Series | None:
    """All points of a metric in the order logged; None when the run is unknown."""
    run = connection.execute(select(RunRow.id).where(RunRow.run_id == run_id)).scalar()
    if run is None:
        return None
    points = chunks.empty_points()
    name = connection.execute(select(NameRow.id).where(NameRow.name == key)).scalar()
    if name is not None:
        _read_chunks(connection, run, name, points)
        _read_tail(connection, run, name, points)
    return Series(
        steps=points.steps,
        times=points.times,
        values=points.values,
        executions=_execution_ids(connection, points),
    )


def _read_chunks(connection: Connection, run: int, name: int, points: chunks.Points) -> None:
    rows = connection.execute(
        select(MetricChunkRow.data)
        .where(MetricChunkRow.run == run)
        .where(MetricChunkRow.name == name)
        .order_by(MetricChunkRow.id)
    )
    for (data,) in rows:
        chunks.unpack_into(data, points)


def _read_tail(connection: Connection, run: int, name: int, points: chunks.Points) -> None:
    rows = connection.execute(
        select(
            MetricPointRow.step,
            MetricPointRow.time,
            MetricPointRow.value,
            MetricPointRow.execution,
        )
        .where(MetricPointRow.run == run)
        .where(MetricPointRow.name == name)
        .order_by(MetricPointRow.id)
    )
    for step, time, value, execution in rows:
        points.steps.append(step)
        points.times.append(time)
        points.values.append(math.nan if value is None else value)
        points.executions.append(execution or 0)


def _execution_ids(connection: Connection, points: chunks.Points) -> list[str]:
    keys = sorted(set(points.executions) - {0})
    names = {0: ""}
    for part in parts(keys):
        rows = connection.execute(
            select(CellExecutionRow.id, CellExecutionRow.execution_id).where(
                CellExecutionRow.id.in_(part)
            )
        )
        names.update((key, execution_id) for key, execution_id in rows)
    return [names.get(key, "") for key in points.executions]
