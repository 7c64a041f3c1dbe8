"""Sessions, cell executions, revisions, outputs, environments."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, or_, select

from jupyter_mltrack.entities import CellExecution, Environment, Revision, RevisionCell, Session
from jupyter_mltrack.store.contract import StoredOutput
from jupyter_mltrack.store.sql.manifests import finder, resolve
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    EnvironmentRow,
    OutputRow,
    RevisionRow,
    RunCellRow,
    RunRow,
    SessionRow,
    SourceRow,
)


def list_cell_executions(
    connection: Connection, execution_ids: Sequence[str]
) -> list[CellExecution]:
    """Cell executions by id, in this order; unknown ones are left out."""
    found: dict[str, CellExecution] = {}
    for part in parts(execution_ids):
        query = _cells().where(CellExecutionRow.execution_id.in_(part))
        for cell in _load_cells(connection, query):
            found[cell.execution_id] = cell
    return [found[key] for key in execution_ids if key in found]


def list_session_cells(connection: Connection, session_id: str) -> list[CellExecution]:
    """All cell executions of a session in the order they began."""
    query = _cells().where(CellExecutionRow.session_id == session_id)
    return _load_cells(connection, query.order_by(CellExecutionRow.id))


def list_run_cells(connection: Connection, run_id: str) -> list[CellExecution]:
    """The cell execution that made a run, and later ones that logged to it or used its model."""
    run = connection.execute(select(RunRow.id).where(RunRow.run_id == run_id)).scalar()
    linked = select(RunCellRow.execution).where(RunCellRow.run == run)
    made = select(RunRow.execution).where(RunRow.id == run)
    query = _cells().where(or_(CellExecutionRow.id.in_(made), CellExecutionRow.id.in_(linked)))
    return _load_cells(connection, query.order_by(CellExecutionRow.id))


def list_outputs(connection: Connection, execution_id: str) -> list[StoredOutput]:
    """What a cell execution showed, in order."""
    rows = connection.execute(
        select(OutputRow.__table__)
        .join(CellExecutionRow, CellExecutionRow.id == OutputRow.execution)
        .where(CellExecutionRow.execution_id == execution_id)
        .order_by(OutputRow.position)
    )
    return [
        StoredOutput(
            output_type=row.output_type,
            name=row.name,
            display_id=row.display_id,
            truncated=row.truncated,
            data=msgspec.json.decode(row.data),
            blobs=msgspec.json.decode(row.blobs),
        )
        for row in rows
    ]


def get_revision(connection: Connection, digest: str) -> Revision | None:
    """A revision with the sources of its cells, or None."""
    row = connection.execute(
        select(RevisionRow.__table__).where(RevisionRow.digest == digest)
    ).first()
    manifest = resolve(row.manifest, finder(connection)) if row is not None else None
    if row is None or manifest is None:
        return None
    sources = _read_sources(connection, list({entry[2] for entry in manifest}))
    return Revision(
        digest=row.digest,
        notebook_path=row.notebook_path,
        layer=row.layer,
        language=row.language,
        cells=[
            RevisionCell(
                cell_id=cell_id,
                cell_type=kind,
                source=sources[source],
                origin=origin,
                tags=tuple(rest[0]) if rest else (),
            )
            for cell_id, kind, source, origin, *rest in manifest
        ],
    )


def find_session(connection: Connection, session_id: str) -> Session | None:
    """A session, or None."""
    row = connection.execute(_sessions().where(SessionRow.session_id == session_id)).first()
    return _to_session(row) if row else None


def list_sessions(connection: Connection, kernel_id: str | None, limit: int) -> list[Session]:
    """Sessions, of one kernel if given, the newest first."""
    query = _sessions().order_by(SessionRow.start_time.desc()).limit(limit)
    if kernel_id is not None:
        query = query.where(SessionRow.kernel_id == kernel_id)
    return [_to_session(row) for row in connection.execute(query)]


def find_environment(connection: Connection, digest: str) -> Environment | None:
    """An environment, or None."""
    row = connection.execute(
        select(EnvironmentRow.__table__).where(EnvironmentRow.digest == digest)
    ).first()
    if row is None:
        return None
    return Environment(
        digest=row.digest,
        python_version=row.python_version,
        platform=row.platform,
        packages=msgspec.json.decode(row.packages),
    )


def _read_sources(connection: Connection, digests: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts(digests):
        rows = connection.execute(
            select(SourceRow.digest, SourceRow.text).where(SourceRow.digest.in_(part))
        )
        found.update((digest, text) for digest, text in rows)
    return found


def _cells() -> Select[Any]:
    return select(CellExecutionRow.__table__, SourceRow.text).join(
        SourceRow, SourceRow.digest == CellExecutionRow.source
    )


def _load_cells(connection: Connection, query: Select[Any]) -> list[CellExecution]:
    return [
        CellExecution(
            execution_id=row.execution_id,
            session_id=row.session_id,
            cell_id=row.cell_id,
            source=row.text,
            execution_count=row.execution_count,
            start_time=row.start_time,
            end_time=row.end_time,
            outcome=row.outcome,
            error=row.error,
            revision=row.revision,
            notebook_path=row.notebook_path,
        )
        for row in connection.execute(query)
    ]


def _sessions() -> Select[Any]:
    return select(SessionRow.__table__)


def _to_session(row: Any) -> Session:
    session = msgspec.json.decode(row.facts, type=Session)
    return msgspec.structs.replace(
        session, tracking=row.tracking, end_time=row.end_time, heartbeat=row.heartbeat
    )
