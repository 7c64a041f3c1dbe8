"""Metric points: gathered over a batch, summarised, kept as rows or packed."""

import math
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from sqlalchemy import delete, select

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.tables import MetricChunkRow, MetricPointRow, MetricSummaryRow
from jupyter_mltrack.store.sql.write.batch import Batch, Point

_SUMMARY = ("last_value", "last_step", "last_time", "min_value", "max_value", "count", "tail")


def log_metric(batch: Batch, event: ev.MetricLogged) -> None:
    """Gather one point; :func:`flush_points` writes it."""
    run = batch.find_run(event.run_id)
    if run is None:
        raise ResourceDoesNotExist(f"The run {event.run_id} of metric {event.key!r} is unknown.")
    name = batch.caches.names.get(event.key) or batch.name_ids([event.key])[event.key]
    execution = batch.find_execution(event.execution_id) or 0
    point = (event.step, event.time, event.value, execution)
    batch.points.setdefault((run, name), []).append(point)


def log_points(batch: Batch, event: ev.MetricPoints) -> None:
    """Gather a stretch of points; :func:`flush_points` writes it."""
    run = batch.find_run(event.run_id)
    if run is None:
        raise ResourceDoesNotExist(f"The run {event.run_id} of metric {event.key!r} is unknown.")
    name = batch.caches.names.get(event.key) or batch.name_ids([event.key])[event.key]
    execution = batch.find_execution(event.execution_id) or 0
    points = zip(event.steps, event.times, event.values, repeat(execution), strict=False)
    batch.points.setdefault((run, name), []).extend(points)


def log_packed_points(batch: Batch, event: ev.PackedPoints) -> None:
    """Gather a stretch that was kept aside."""
    log_points(batch, ev.unpack_points(event))


def flush_points(batch: Batch) -> None:
    """Write the gathered points and their summaries."""
    if not batch.points:
        return
    known = _read_summaries(batch, {run for run, _ in batch.points})
    summaries: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for (run, name), points in batch.points.items():
        summary = _summarise(known.get((run, name)), points)
        summary |= {"run": run, "name": name}
        if summary["tail"] + len(points) > chunks.TAIL_POINTS:
            _pack(batch, run, name, points, had_tail=summary["tail"] > 0)
            summary["tail"] = 0
        else:
            rows.extend(_point_row(run, name, point) for point in points)
            summary["tail"] += len(points)
        summaries.append(summary)
        batch.touch_run(run)
    batch.insert(MetricPointRow, rows)
    batch.insert(MetricSummaryRow, summaries, on=["run", "name"], update=_SUMMARY)
    batch.points.clear()


def _read_summaries(batch: Batch, runs: Iterable[int]) -> dict[tuple[int, int], Any]:
    ids = sorted(runs)
    found: dict[tuple[int, int], Any] = {}
    for start in range(0, len(ids), 500):
        rows = batch.connection.execute(
            select(MetricSummaryRow.__table__).where(
                MetricSummaryRow.run.in_(ids[start : start + 500])
            )
        )
        found.update(((row.run, row.name), row) for row in rows)
    return found


def _summarise(known: Any, points: Sequence[Point]) -> dict[str, Any]:
    last = max(points, key=_order)
    finite = [value for _, _, value, _ in points if not math.isnan(value)]
    summary = {
        "last_step": last[0],
        "last_time": last[1],
        "last_value": null_for_nan(last[2]),
        "min_value": min(finite, default=None),
        "max_value": max(finite, default=None),
        "first_value": null_for_nan(points[0][2]),
        "count": len(points),
        "tail": 0,
    }
    if known is None:
        return summary
    last_value = math.nan if known.last_value is None else known.last_value
    if _order((known.last_step, known.last_time, last_value, 0)) > _order(last):
        summary |= {
            "last_step": known.last_step,
            "last_time": known.last_time,
            "last_value": known.last_value,
        }
    lows = [low for low in (known.min_value, summary["min_value"]) if low is not None]
    highs = [high for high in (known.max_value, summary["max_value"]) if high is not None]
    return summary | {
        "min_value": min(lows, default=None),
        "max_value": max(highs, default=None),
        "first_value": known.first_value,
        "count": known._mapping["count"] + len(points),
        "tail": known.tail,
    }


def _order(point: Point) -> tuple[int, int, bool, float]:
    # MLflow's rule: the greatest step, then time, then value; NaN counts as the least value.
    step, time, value, _ = point
    nan = math.isnan(value)
    return step, time, not nan, 0.0 if nan else value


def _pack(batch: Batch, run: int, name: int, points: Sequence[Point], *, had_tail: bool) -> None:
    packed = chunks.empty_points()
    if had_tail:
        tail = (MetricPointRow.run == run) & (MetricPointRow.name == name)
        rows = batch.connection.execute(
            select(
                MetricPointRow.step,
                MetricPointRow.time,
                MetricPointRow.value,
                MetricPointRow.execution,
            )
            .where(tail)
            .order_by(MetricPointRow.id)
        )
        for step, time, value, execution in rows:
            _append(packed, (step, time, math.nan if value is None else value, execution or 0))
        batch.connection.execute(delete(MetricPointRow).where(tail))
    for point in points:
        _append(packed, point)
    finite = [value for value in packed.values if not math.isnan(value)]
    batch.insert(
        MetricChunkRow,
        [
            {
                "run": run,
                "name": name,
                "count": len(packed.steps),
                "min_value": min(finite, default=None),
                "max_value": max(finite, default=None),
                "data": chunks.pack(packed),
            }
        ],
    )


def _append(packed: chunks.Points, point: Point) -> None:
    step, time, value, execution = point
    packed.steps.append(step)
    packed.times.append(time)
    packed.values.append(value)
    packed.executions.append(execution)


def _point_row(run: int, name: int, point: Point) -> dict[str, Any]:
    step, time, value, execution = point
    return {
        "run": run,
        "name": name,
        "step": step,
        "time": time,
        "value": null_for_nan(value),
        "execution": execution or None,
    }


def null_for_nan(value: float) -> float | None:
    """SQLite has no NaN; its NULL stands for one in every database."""
    return None if math.isnan(value) else value
