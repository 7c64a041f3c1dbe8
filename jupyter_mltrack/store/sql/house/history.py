"""Sessions that no remaining run is from, and what only they hold.

A session stays whole or goes whole: the notebook of a run is made of all that ran before it.
"""

from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select

from jupyter_mltrack.store.sql.manifests import stored_entries
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    CellExecutionRow,
    EnvironmentRow,
    LoggedModelRow,
    MetricSummaryRow,
    OutputRow,
    ParamRow,
    RevisionRow,
    RunCellRow,
    RunRow,
    SessionRow,
    SourceRow,
    TermRow,
)


class Past(msgspec.Struct, kw_only=True):
    """Keys of rows to remove, and about how many bytes they have."""

    sessions: list[str]
    executions: list[int]
    revisions: list[int]
    sources: list[int]
    environments: list[str]
    size: int = 0

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {
            "sessions": len(self.sessions),
            "cell executions": len(self.executions),
            "notebook revisions": len(self.revisions),
            "environments": len(self.environments),
        }


def find_past(connection: Connection, leaving_runs: set[int], until: int) -> Past:
    """Find the sessions that ended before ``until`` and have nothing to do with a remaining run."""
    staying = _needed_sessions(connection, leaving_runs)
    ended = connection.execute(
        select(SessionRow.session_id).where(SessionRow.end_time <= until)
    ).scalars()
    sessions = [session_id for session_id in ended if session_id not in staying]
    cells = connection.execute(
        select(
            CellExecutionRow.id,
            TermRow.text.label("session_id"),
            CellExecutionRow.source,
            CellExecutionRow.revision,
        ).outerjoin(TermRow, TermRow.id == CellExecutionRow.session)
    ).all()
    leaving = set(sessions)
    executions = [cell.id for cell in cells if cell.session_id in leaving]
    kept = [cell for cell in cells if cell.session_id not in leaving]
    revisions, sources = _unused_content(connection, kept)
    past = Past(
        sessions=sessions,
        executions=executions,
        revisions=revisions,
        sources=sources,
        environments=_unused_environments(connection, leaving),
    )
    past.size = _size(connection, past)
    return past


def remove_past(connection: Connection, past: Past) -> None:
    """Remove it, what refers before what is referred to."""
    for table, column, keys in (
        (OutputRow, OutputRow.execution, past.executions),
        (CellExecutionRow, CellExecutionRow.id, past.executions),
        (SessionRow, SessionRow.session_id, past.sessions),
        (RevisionRow, RevisionRow.id, past.revisions),
        (SourceRow, SourceRow.id, past.sources),
        (EnvironmentRow, EnvironmentRow.digest, past.environments),
    ):
        for part in parts(keys):
            connection.execute(delete(table).where(column.in_(part)))
    _remove_terms(connection)


def _remove_terms(connection: Connection) -> None:
    """Remove the texts that no row repeats any more."""
    cells = CellExecutionRow
    columns = (cells.session, cells.cell, cells.revision, cells.path, RevisionRow.path)
    used: set[int | None] = set(connection.execute(select(RevisionRow.id)).scalars())
    for column in columns:
        used.update(connection.execute(select(column).distinct()).scalars())
    stored = connection.execute(select(TermRow.id)).scalars()
    for part in parts([key for key in stored if key not in used]):
        connection.execute(delete(TermRow).where(TermRow.id.in_(part)))


def _needed_sessions(connection: Connection, leaving: set[int]) -> set[str]:
    """Sessions of the remaining runs, and those whose cells logged to one."""
    needed: set[str] = set()
    executions: set[int] = set()
    for run, session_id, execution in connection.execute(
        select(RunRow.id, RunRow.session_id, RunRow.execution)
    ):
        if run not in leaving:
            needed.add(session_id)
            if execution is not None:
                executions.add(execution)
    for table in (RunCellRow, ParamRow, ArtifactRow, LoggedModelRow, MetricSummaryRow):
        rows = connection.execute(
            select(table.run, table.execution).where(table.execution.is_not(None)).distinct()
        )
        executions.update(int(execution or 0) for run, execution in rows if run not in leaving)
    for part in parts(sorted(executions)):
        query = (
            select(TermRow.text)
            .join(CellExecutionRow, CellExecutionRow.session == TermRow.id)
            .where(CellExecutionRow.id.in_(part))
        )
        needed.update(connection.execute(query).scalars())
    return needed


def _unused_content(connection: Connection, kept: list[Any]) -> tuple[list[int], list[int]]:
    """Revisions and sources that no remaining cell needs; a living notebook keeps its own."""
    used = {cell.revision for cell in kept}
    living = set(
        connection.execute(
            select(SessionRow.notebook_path).where(SessionRow.end_time.is_(None))
        ).scalars()
    )
    sources = {cell.source for cell in kept}
    rows = connection.execute(
        select(RevisionRow.id, func.coalesce(TermRow.text, ""), RevisionRow.manifest).outerjoin(
            TermRow, TermRow.id == RevisionRow.path
        )
    ).all()
    manifests = {key: manifest for key, _, manifest in rows}
    waiting = [key for key, path, _ in rows if key in used or path in living]
    staying: set[int] = set()
    while waiting:
        key = waiting.pop()
        if key in staying or key not in manifests:
            continue
        staying.add(key)
        base, entries = stored_entries(manifests[key])
        sources.update(entry[2] for entry in entries)
        waiting += [base] if base is not None else []
    gone = [key for key in manifests if key not in staying]
    stored = connection.execute(select(SourceRow.id)).scalars()
    return gone, [key for key in stored if key not in sources]


def _unused_environments(connection: Connection, leaving: set[str]) -> list[str]:
    rows = connection.execute(select(SessionRow.session_id, SessionRow.environment))
    used = {environment for session_id, environment in rows if session_id not in leaving}
    stored = connection.execute(select(EnvironmentRow.digest)).scalars()
    return [digest for digest in stored if digest not in used]


def _size(connection: Connection, past: Past) -> int:
    total = 0
    for column, key, keys in (
        (OutputRow.data, OutputRow.execution, past.executions),
        (RevisionRow.manifest, RevisionRow.id, past.revisions),
        (SourceRow.text, SourceRow.id, past.sources),
        (EnvironmentRow.packages, EnvironmentRow.digest, past.environments),
    ):
        for part in parts(keys):
            query = select(func.sum(func.length(column))).where(key.in_(part))
            total += int(connection.execute(query).scalar() or 0)
    return total
