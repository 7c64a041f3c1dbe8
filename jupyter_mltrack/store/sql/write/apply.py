"""Applies journal records: the table of handlers, the position, and what is kept aside."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import MltrackException, ResourceDoesNotExist
from jupyter_mltrack.store.sql.tables import JournalRow, RejectedRecordRow
from jupyter_mltrack.store.sql.write import artifacts, identity, metrics, notebooks, runs
from jupyter_mltrack.store.sql.write.batch import Batch
from jupyter_mltrack.store.sql.write.rows import upsert

HANDLERS: Final[dict[type[ev.Event], Callable[[Batch, Any], None]]] = {
    ev.SessionStarted: notebooks.start_session,
    ev.TrackingStopped: notebooks.stop_tracking,
    ev.SessionEnded: notebooks.apply_session_end,
    ev.RevisionSeen: notebooks.keep_revision,
    ev.RevisionChanged: notebooks.change_revision,
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
    ev.MetricsLogged: metrics.log_metrics,
    ev.MetricPoints: metrics.log_points,
    ev.PackedPoints: metrics.log_packed_points,
    ev.ArtifactLogged: artifacts.log_artifact,
    ev.DatasetLogged: artifacts.log_dataset,
    ev.ModelLogged: artifacts.log_model,
    ev.NotebookSeen: identity.see_notebook,
}
"""What each kind of record does. A handler raises before it changes anything, or not at all."""

Records = Sequence[tuple[ev.Event | None, Any]]

RETRIED_AT_ONCE: Final = 1000
_REFUSALS: Final = (MltrackException, ValueError, TypeError, KeyError, OverflowError)
_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(ev.AnyEvent).decode


def get_position(connection: Connection, session_id: str) -> tuple[int, int]:
    """How far a session's journal was applied."""
    row = connection.execute(
        select(JournalRow.segment, JournalRow.position).where(JournalRow.session_id == session_id)
    ).first()
    return (row.segment, row.position) if row else (1, 0)


def apply_all(batch: Batch, session_id: str, records: Records) -> None:
    """Apply records together; what a handler refuses is kept aside with the reason."""
    position = get_position(batch.connection, session_id)
    fresh = [(event, record) for event, record in records if tuple(record.end) > position]
    _load_known(batch, [event for event, _ in fresh])
    for event, record in fresh:
        try:
            _apply(batch, event)
        except _REFUSALS as error:
            _keep_aside(batch, session_id, event, record, error)
    _set_position(batch, session_id, records)


def apply_one_by_one(batch: Batch, session_id: str, records: Records) -> None:
    """Apply records each in a savepoint, so that one the database refuses costs itself only."""
    position = get_position(batch.connection, session_id)
    for event, record in records:
        if tuple(record.end) <= position:
            continue
        single = batch.nested()
        try:
            with batch.connection.begin_nested():
                _apply(single, event)
                single.flush()
        except (SQLAlchemyError, *_REFUSALS) as error:
            batch.forget_names()
            _keep_aside(batch, session_id, event, record, error)
        batch.touched_kinds |= single.touched_kinds
    _set_position(batch, session_id, records)


def retry_rejected(batch: Batch) -> int:
    """Apply the records whose run or cell was unknown when they came, where it is known now.

    Sessions deliver their journals in any order: a client may log to a run of another process
    before that one's record of the run's start arrives.
    """
    unknown = RejectedRecordRow.reason.startswith(ResourceDoesNotExist.__name__)
    rows = batch.connection.execute(
        select(RejectedRecordRow.id, RejectedRecordRow.payload)
        .where(unknown)
        .order_by(RejectedRecordRow.id)
        .limit(RETRIED_AT_ONCE)
    ).all()
    done = []
    for key, payload in rows:
        try:
            _apply(batch, _decode(payload))
        except (*_REFUSALS, msgspec.DecodeError):
            continue
        done.append(key)
    if done:
        batch.connection.execute(delete(RejectedRecordRow).where(RejectedRecordRow.id.in_(done)))
    return len(done)


def has_retriable(connection: Connection) -> bool:
    """Whether :func:`retry_rejected` has anything to look at."""
    unknown = RejectedRecordRow.reason.startswith(ResourceDoesNotExist.__name__)
    query = select(RejectedRecordRow.id).where(unknown).limit(1)
    return connection.execute(query).first() is not None


def _apply(batch: Batch, event: ev.Event | None) -> None:
    if event is None:
        raise ValueError("not a record of a known kind")
    HANDLERS[type(event)](batch, event)


def _load_known(batch: Batch, events: Sequence[ev.Event | None]) -> None:
    """Look up what the records speak of, a statement a table."""
    batch.runs.load(getattr(event, "run_id", "") for event in events)
    batch.executions.load(getattr(event, "execution_id", "") for event in events)
    batch.learn_terms(text for event in events for text in _terms(event))
    batch.learn_sources(event.source for event in events if isinstance(event, ev.CellStarted))
    batch.learn_names(key for event in events for key in _metric_keys(event))


def _terms(event: ev.Event | None) -> Iterable[str]:
    if not isinstance(event, ev.CellStarted):
        return ()
    return (event.session_id, event.cell_id, event.revision, event.notebook_path)


def _metric_keys(event: ev.Event | None) -> Iterable[str]:
    """In the order logged, which is the order they are shown in."""
    if isinstance(event, ev.MetricLogged | ev.MetricPoints):
        return (event.key,)
    return event.metrics if isinstance(event, ev.MetricsLogged) else ()


def _set_position(batch: Batch, session_id: str, records: Records) -> None:
    segment, position = records[-1][1].end
    row = {"session_id": session_id, "segment": segment, "position": position}
    upsert(batch.connection, JournalRow, [row])


def _keep_aside(
    batch: Batch, session_id: str, event: ev.Event | None, record: Any, error: Exception
) -> None:
    segment, position = record.end
    key = batch.new_id(RejectedRecordRow)
    row = {
        "id": key,
        "session_id": session_id,
        "segment": segment,
        "position": position,
        "time": time.time_ns() // 1_000_000,
        "reason": f"{type(error).__name__}: {_message(error)}"[:2000],
        "payload": _payload(event, record),
    }
    batch.new.put(RejectedRecordRow, row, key)


def _message(error: Exception) -> str:
    # A statement with its values says nothing to the reader, and may hold much of what they logged.
    return str(error.orig if isinstance(error, DBAPIError) else error)


def _payload(event: ev.Event | None, record: Any) -> bytes:
    if event is None:
        payload: bytes = record.payload
        return payload
    return _encode(ev.pack_points(event) if isinstance(event, ev.MetricPoints) else event)
