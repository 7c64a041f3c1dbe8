"""Sessions, cell executions, revisions, outputs, environments."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, or_, select
from sqlalchemy.orm import aliased

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
    TermRow,
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
    session = select(TermRow.id).where(TermRow.text == session_id).scalar_subquery()
    query = _cells().where(CellExecutionRow.session == session)
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
    path = aliased(TermRow)
    row = connection.execute(
        select(RevisionRow.__table__, path.text.label("notebook_path"))
        .join(TermRow, TermRow.id == RevisionRow.id)
        .outerjoin(path, path.id == RevisionRow.path)
        .where(TermRow.text == digest)
    ).first()
    manifest = resolve(row.manifest, finder(connection)) if row is not None else None
    if row is None or manifest is None:
        return None
    sources = _read_sources(connection, list({entry[2] for entry in manifest}))
    return Revision(
        digest=digest,
        notebook_path=row.notebook_path or "",
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


def _read_sources(connection: Connection, keys: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for part in parts(keys):
        rows = connection.execute(
            select(SourceRow.id, SourceRow.text).where(SourceRow.id.in_(part))
        )
        found.update((key, text) for key, text in rows)
    return found


def _cells() -> Select[Any]:
    query = select(CellExecutionRow.__table__, SourceRow.text).join(
        SourceRow, SourceRow.id == CellExecutionRow.source
    )
    for name, column in (
        ("session_id", CellExecutionRow.session),
        ("cell_id", CellExecutionRow.cell),
        ("revision_digest", CellExecutionRow.revision),
        ("notebook_path", CellExecutionRow.path),
    ):
        term = aliased(TermRow)
        text = func.coalesce(term.text, "").label(name)
        query = query.outerjoin(term, term.id == column).add_columns(text)
    return query


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
            revision=row.revision_digest,
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
