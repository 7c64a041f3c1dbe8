"""Applies journal records: the table of handlers, the position, and what is kept aside."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.store.sql.tables import JournalRow, RejectedRecordRow
from jupyter_mltrack.store.sql.write import artifacts, metrics, notebooks, runs
from jupyter_mltrack.store.sql.write.batch import Batch

HANDLERS: Final[dict[type[ev.Event], Callable[[Batch, Any], None]]] = {
    ev.SessionStarted: notebooks.start_session,
    ev.TrackingStopped: notebooks.stop_tracking,
    ev.SessionEnded: notebooks.apply_session_end,
    ev.RevisionSeen: notebooks.keep_revision,
    ev.CellStarted: notebooks.start_cell,
    ev.CellOutput: notebooks.keep_output,
    ev.CellOutputsCleared: notebooks.clear_outputs,
    ev.CellEnded: notebooks.end_cell,
    ev.ExperimentSet: runs.apply_experiment,
    ev.RunStarted: runs.start_run,
    ev.RunEnded: runs.end_run,
    ev.ParamsLogged: runs.log_params,
    ev.TagsSet: runs.set_tags,
    ev.RunCellLinked: runs.link_cell,
    ev.MetricLogged: metrics.log_metric,
    ev.MetricPoints: metrics.log_points,
    ev.PackedPoints: metrics.log_packed_points,
    ev.ArtifactLogged: artifacts.log_artifact,
    ev.DatasetLogged: artifacts.log_dataset,
    ev.ModelLogged: artifacts.log_model,
}

Records = Sequence[tuple[ev.Event | None, Any]]


def get_position(batch: Batch, session_id: str) -> tuple[int, int]:
    """How far a session's journal was applied."""
    row = batch.connection.execute(
        select(JournalRow.segment, JournalRow.position).where(JournalRow.session_id == session_id)
    ).first()
    return (row.segment, row.position) if row else (1, 0)


def apply_all(batch: Batch, session_id: str, records: Records) -> None:
    """Apply records as one; raises whatever a record raises, leaving it to the caller to retry."""
    position = get_position(batch, session_id)
    for event, record in records:
        if tuple(record.end) <= position:
            continue
        if event is None:
            raise ValueError("not a record of a known kind")
        HANDLERS[type(event)](batch, event)
    metrics.flush_points(batch)
    _set_position(batch, session_id, records)


def apply_one_by_one(batch: Batch, session_id: str, records: Records) -> None:
    """Apply records each in a savepoint; one that fails is kept aside with the reason."""
    position = get_position(batch, session_id)
    for event, record in records:
        if tuple(record.end) <= position:
            continue
        try:
            with batch.connection.begin_nested():
                if event is None:
                    raise ValueError("not a record of a known kind")
                HANDLERS[type(event)](batch, event)
                metrics.flush_points(batch)
        except (SQLAlchemyError, MltrackException, ValueError, TypeError, KeyError) as error:
            batch.caches.clear()
            batch.points.clear()
            _keep_aside(batch, session_id, record, error)
    _set_position(batch, session_id, records)


def _set_position(batch: Batch, session_id: str, records: Records) -> None:
    segment, position = records[-1][1].end
    batch.insert(
        JournalRow,
        [{"session_id": session_id, "segment": segment, "position": position}],
        on=["session_id"],
        update=["segment", "position"],
    )


def _keep_aside(batch: Batch, session_id: str, record: Any, error: Exception) -> None:
    segment, position = record.end
    batch.insert(
        RejectedRecordRow,
        [
            {
                "session_id": session_id,
                "segment": segment,
                "position": position,
                "time": time.time_ns() // 1_000_000,
                "reason": f"{type(error).__name__}: {error}"[:2000],
                "payload": record.payload,
            }
        ],
    )
