"""Sessions, cell executions, revisions, outputs."""

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from jupyter_mltrack.entities import CellOutcome, Output, Revision, RevisionCell, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.sql.manifests import (
    MAX_DEPTH,
    Change,
    depth_of,
    finder,
    pack,
    resolve,
)
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    EnvironmentRow,
    OutputRow,
    RevisionRow,
)
from jupyter_mltrack.store.sql.write import runs
from jupyter_mltrack.store.sql.write.rows import Row

if TYPE_CHECKING:
    from jupyter_mltrack.store.sql.write.batch import Batch

MAX_INLINE_TEXT: Final = 64 * 1024
"""Text of an output above this size (characters) becomes a blob."""


def start_session(batch: "Batch", event: ev.SessionStarted) -> None:
    """Write the session's facts, and its environment when given."""
    session = event.session
    row = {
        "session_id": session.session_id,
        "kernel_id": session.kernel_id,
        "start_time": session.start_time,
        "heartbeat": session.start_time,
        "end_time": None,
        "tracking": session.tracking,
        "notebook_path": session.notebook_path,
        "environment": session.environment,
        "facts": msgspec.json.encode(session).decode(),
    }
    batch.sessions.add(session.session_id, row)
    if event.environment is not None:
        environment = event.environment
        row = {
            "digest": environment.digest,
            "python_version": environment.python_version,
            "platform": environment.platform,
            "packages": msgspec.json.encode(environment.packages).decode(),
        }
        batch.new.put(EnvironmentRow, row, environment.digest)
    batch.touched_kinds.add("sessions")


def stop_tracking(batch: "Batch", event: ev.TrackingStopped) -> None:
    """Mark the session as untracked."""
    session = batch.sessions.find(event.session_id)
    if session is not None:
        batch.sessions.change(event.session_id, session, tracking=False, heartbeat=event.time)
        batch.touched_kinds.add("sessions")


def apply_session_end(batch: "Batch", event: ev.SessionEnded) -> None:
    """End the session in order; a run nobody ended was cut off with it."""
    end_session(batch, event.session_id, event.time, RunStatus.KILLED)


def end_session(batch: "Batch", session_id: str, time: int, status: str) -> None:
    """End a session, the cells it left running, and its running runs with ``status``."""
    session = batch.sessions.find(session_id)
    if session is not None and session["end_time"] is None:
        batch.sessions.change(session_id, session, end_time=time, heartbeat=time, tracking=False)
    runs.end_running(batch, session_id, time, status)
    for execution_id in _running_cells(batch, session_id):
        cell = _get_execution(batch, execution_id)
        batch.executions.change(execution_id, cell, outcome=CellOutcome.ABANDONED, end_time=time)
    batch.touched_kinds.add("sessions")


def _running_cells(batch: "Batch", session_id: str) -> list[str]:
    batch.flush()
    query = (
        select(CellExecutionRow.execution_id)
        .where(CellExecutionRow.session == batch.find_term(session_id))
        .where(CellExecutionRow.outcome == CellOutcome.RUNNING)
    )
    return list(batch.connection.execute(query).scalars())


def keep_revision(batch: "Batch", event: ev.RevisionSeen) -> None:
    """Write a revision whose cells' sources are stored once each."""
    revision = event.revision
    batch.learn_sources(cell.source for cell in revision.cells)
    _put_revision(batch, revision, pack([_to_entry(batch, cell) for cell in revision.cells]))


def change_revision(batch: "Batch", event: ev.RevisionChanged) -> None:
    """Write a revision as what differs from its base; now and then, so that chains end, whole."""

    def find(key: int) -> bytes | None:
        row = batch.new.find(RevisionRow, key)
        return row["manifest"] if row else finder(batch.connection)(key)

    key = batch.find_term(event.base)
    base = find(key) if key is not None else None
    if key is None or base is None:
        raise ResourceDoesNotExist(f"The revision {event.base} is unknown.")
    splices = [
        (start, stop, [_to_entry(batch, cell) for cell in cells])
        for start, stop, cells in event.splices
    ]
    depth = depth_of(base) + 1
    content = pack(Change(key, depth, splices))
    if depth >= MAX_DEPTH:
        content = pack(resolve(content, find) or [])
    _put_revision(batch, event, content)


def _put_revision(batch: "Batch", revision: Revision | ev.RevisionChanged, manifest: bytes) -> None:
    key = batch.put_term(revision.digest)
    row = {
        "id": key,
        "path": batch.put_term(revision.notebook_path),
        "layer": revision.layer,
        "language": revision.language,
        "manifest": manifest,
    }
    batch.new.put(RevisionRow, row, key)


def _to_entry(batch: "Batch", cell: RevisionCell) -> tuple[Any, ...]:
    entry = (cell.cell_id, cell.cell_type, batch.put_source(cell.source), cell.origin)
    return (*entry, cell.tags) if cell.tags else entry


def start_cell(batch: "Batch", event: ev.CellStarted) -> None:
    """Write that a cell execution began."""
    if batch.executions.find(event.execution_id) is not None:
        return
    row = {
        "id": batch.new_id(CellExecutionRow),
        "execution_id": event.execution_id,
        "session": batch.put_term(event.session_id),
        "cell": batch.put_term(event.cell_id),
        "source": batch.put_source(event.source),
        "execution_count": event.execution_count,
        "start_time": event.time,
        "end_time": None,
        "outcome": CellOutcome.RUNNING,
        "error": "",
        "revision": batch.put_term(event.revision),
        "path": batch.put_term(event.notebook_path),
    }
    batch.executions.add(event.execution_id, row)


def end_cell(batch: "Batch", event: ev.CellEnded) -> None:
    """Write how a cell execution ended; the runs of it are shown with its outcome."""
    cell = _get_execution(batch, event.execution_id)
    batch.executions.change(
        event.execution_id, cell, end_time=event.time, outcome=event.outcome, error=event.error
    )
    runs.touch_runs_of_cell(batch, cell["id"])


def keep_output(batch: "Batch", event: ev.CellOutput) -> None:
    """Write an output; images and long texts as blobs."""
    execution = _get_execution(batch, event.execution_id)["id"]
    data, blobs = _split(batch, event.output)
    row = {
        "execution": execution,
        "position": event.position,
        "output_type": event.output.output_type,
        "name": event.output.name,
        "display_id": event.output.display_id,
        "truncated": event.output.truncated,
        "data": msgspec.json.encode(data).decode(),
        "blobs": msgspec.json.encode(blobs).decode(),
    }
    batch.new.put(OutputRow, row, execution, event.position)


def clear_outputs(batch: "Batch", event: ev.CellOutputsCleared) -> None:
    """Forget what a cell showed so far."""
    batch.clear_outputs(_get_execution(batch, event.execution_id)["id"])


def _split(batch: "Batch", output: Output) -> tuple[dict[str, str], dict[str, str]]:
    data: dict[str, str] = {}
    blobs: dict[str, str] = {}
    for media_type, text in output.data.items():
        content = _binary(media_type, text)
        if content is None and len(text) > MAX_INLINE_TEXT:
            content = text.encode("utf-8", "surrogatepass")
        if content is None:
            data[media_type] = text
        else:
            blobs[media_type] = batch.blobs.put(content)
    return data, blobs


def _binary(media_type: str, text: str) -> bytes | None:
    if not media_type.startswith(("image/", "audio/", "video/", "application/pdf")):
        return None
    if media_type == "image/svg+xml":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return text.encode("utf-8", "surrogatepass")


def _get_execution(batch: "Batch", execution_id: str) -> Row:
    execution = batch.executions.find(execution_id)
    if execution is None:
        raise ResourceDoesNotExist(f"The cell execution {execution_id} is unknown.")
    return execution
