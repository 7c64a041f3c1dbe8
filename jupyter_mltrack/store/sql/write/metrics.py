"""Metric points: gathered over a batch, summarised, packed into chunks."""

import math
from array import array
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.chunks import Point, Points
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import MetricChunkRow, MetricSummaryRow
from jupyter_mltrack.store.sql.write.rows import Row
from jupyter_mltrack.store.sql.write.runs import get_run

if TYPE_CHECKING:
    from jupyter_mltrack.store.sql.write.batch import Batch

_EXTREMES: Final = ("min_value", "max_value")


def log_metric(batch: "Batch", event: ev.MetricLogged) -> None:
    """Gather one point; :func:`flush_points` writes it."""
    run, execution = _logged_to(batch, event.run_id, event.execution_id)
    name = batch.name_id(event.key)
    batch.add_point(run, name, (event.step, event.time, event.value, execution))


def log_metrics(batch: "Batch", event: ev.MetricsLogged) -> None:
    """Gather a point of each of several series."""
    run, execution = _logged_to(batch, event.run_id, event.execution_id)
    for key, value in event.metrics.items():
        batch.add_point(run, batch.name_id(key), (event.step, event.time, value, execution))


def log_points(batch: "Batch", event: ev.MetricPoints) -> None:
    """Gather a stretch of points."""
    run, execution = _logged_to(batch, event.run_id, event.execution_id)
    points = batch.points_of(run, batch.name_id(event.key))
    points.steps.extend(event.steps)
    points.times.extend(event.times)
    points.values.extend(event.values)
    points.executions.extend(array("q", (execution,)) * len(event.values))


def log_packed_points(batch: "Batch", event: ev.PackedPoints) -> None:
    """Gather a stretch that was kept aside."""
    log_points(batch, ev.unpack_points(event))


def _logged_to(batch: "Batch", run_id: str, execution_id: str) -> tuple[int, int]:
    """Row ids of the run and, if one is known, of the cell execution that logged (else 0)."""
    run = get_run(batch, run_id)
    batch.touch(run)
    execution = batch.link(run, batch.find_execution(execution_id))
    return run["id"], execution or 0


def flush_points(batch: "Batch") -> None:
    """Turn the gathered points into summaries and chunks."""
    if not batch.points:
        return
    known = _read_summaries(batch, batch.points)
    tails = _read_tails(batch, known.values())
    for series, points in batch.points.items():
        run, name = series
        before = known.get(series)
        if before is None and not isinstance(points, Points):
            row = {"run": run, "name": name} | _single(points)
        else:
            row = _extended(batch, run, name, before, batch.points_of(run, name), tails)
        batch.new.put(MetricSummaryRow, row, run, name)
    batch.points.clear()


def _read_summaries(
    batch: "Batch", series: Collection[tuple[int, int]]
) -> dict[tuple[int, int], Row]:
    runs = sorted({run for run, _ in series})
    names = sorted({name for _, name in series})
    query = select(MetricSummaryRow.__table__)
    if len(names) < 100:
        query = query.where(MetricSummaryRow.name.in_(names))
    found: dict[tuple[int, int], Row] = {}
    for part in parts(runs):
        rows = batch.connection.execute(query.where(MetricSummaryRow.run.in_(part)))
        found |= {(row["run"], row["name"]): dict(row) for row in rows.mappings()}
    return found


def _read_tails(batch: "Batch", summaries: Collection[Row]) -> dict[int, Points]:
    ids = [summary["tail"] for summary in summaries if summary["tail"] is not None]
    found: dict[int, Points] = {}
    for part in parts(ids):
        rows = batch.connection.execute(
            select(MetricChunkRow.id, MetricChunkRow.data).where(MetricChunkRow.id.in_(part))
        )
        found |= {key: chunks.unpack(data) for key, data in rows}
    return found


def _extended(
    batch: "Batch",
    run: int,
    name: int,
    known: Row | None,
    points: Points,
    tails: dict[int, Points],
) -> Row:
    """The summary of a series after ``points``, which are packed behind its open end."""
    if known is None and len(points.values) == 1:
        single = (points.steps[0], points.times[0], points.values[0], points.executions[0])
        return {"run": run, "name": name} | _single(single)
    summary = _merge(known, _summarise(points))
    summary |= {"run": run, "name": name, "execution": None}
    tail = known["tail"] if known else None
    pending = _open_end(known, tails)
    pending.extend(points)
    for piece in chunks.split(pending):
        tail = _put_chunk(batch, tail, run, name, piece)
        is_open = len(piece.values) < chunks.CHUNK_POINTS
        summary["tail"] = tail if is_open else None
        tail = None
    return summary


def _open_end(known: Row | None, tails: dict[int, Points]) -> Points:
    if known is None:
        return chunks.empty_points()
    if known["tail"] is not None:
        return tails[known["tail"]]
    if known["count"] > 1:
        return chunks.empty_points()
    return Points(
        array("q", (known["last_step"],)),
        array("q", (known["last_time"],)),
        array("d", (nan_for_null(known["last_value"]),)),
        array("q", (known["execution"] or 0,)),
    )


def _put_chunk(batch: "Batch", chunk: int | None, run: int, name: int, points: Points) -> int:
    key = chunk if chunk is not None else batch.new_id(MetricChunkRow)
    row = {
        "id": key,
        "run": run,
        "name": name,
        "count": len(points.values),
        "first_step": min(points.steps),
        "last_step": max(points.steps),
        "ordered": chunks.is_ordered(points.steps),
        "outline": chunks.outline(points) if len(points.values) == chunks.CHUNK_POINTS else b"",
        "data": chunks.pack(points),
    }
    batch.new.put(MetricChunkRow, row, key)
    return key


def _single(point: Point) -> Row:
    step, time, value, execution = point
    return {
        "last_value": null_for_nan(value),
        "last_step": step,
        "last_time": time,
        "execution": execution or None,
        "min_value": None,
        "max_value": None,
        "first_value": None,
        "count": 1,
        "tail": None,
    }


def _summarise(points: Points) -> Row:
    values: Any = points.values
    if chunks.has_nan(points.values):
        values = [value for value in values if not math.isnan(value)]
    step, time, value = _last(points)
    return {
        "last_value": null_for_nan(value),
        "last_step": step,
        "last_time": time,
        "min_value": min(values, default=None),
        "max_value": max(values, default=None),
        "first_value": null_for_nan(points.values[0]),
        "count": len(points.values),
        "tail": None,
    }


def _merge(known: Row | None, new: Row) -> Row:
    if known is None:
        return new
    single = known["count"] == 1
    latest = max(new, known, key=_order_of)
    merged = {column: latest[column] for column in ("last_value", "last_step", "last_time")}
    for column, pick in zip(_EXTREMES, (min, max), strict=True):
        both = (known["last_value"] if single else known[column], new[column])
        merged[column] = pick((value for value in both if value is not None), default=None)
    merged["first_value"] = known["last_value"] if single else known["first_value"]
    merged["count"] = known["count"] + new["count"]
    return merged


def _order_of(summary: Row) -> tuple[int, int, bool, float]:
    return _rank(summary["last_step"], summary["last_time"], nan_for_null(summary["last_value"]))


def _rank(step: int, time: int, value: float) -> tuple[int, int, bool, float]:
    # MLflow's rule: the greatest step, then time, then value; NaN counts as the least value.
    nan = math.isnan(value)
    return step, time, not nan, 0.0 if nan else value


def _last(points: Points) -> tuple[int, int, float]:
    """The point that ranks highest; for points in order only the last few are looked at."""
    steps, times, values = points.steps, points.times, points.values
    best = len(values) - 1
    best_rank = _rank(steps[best], times[best], values[best])
    ordered = chunks.is_ordered(steps) and chunks.is_ordered(times)
    for i in range(len(values) - 2, -1, -1):
        if ordered and (steps[i], times[i]) != best_rank[:2]:
            break
        rank = _rank(steps[i], times[i], values[i])
        if rank > best_rank:
            best, best_rank = i, rank
    return steps[best], times[best], values[best]


def null_for_nan(value: float) -> float | None:
    """SQLite has no NaN; its NULL stands for one in every database."""
    return None if math.isnan(value) else value


def nan_for_null(value: float | None) -> float:
    """Undo :func:`null_for_nan`."""
    return math.nan if value is None else value
