"""Notebooks, and which of them a session ran."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, or_, select

from jupyter_mltrack.entities.identity import Notebook, NotebookSketch
from jupyter_mltrack.store.sql.tables import NotebookRow, NotebookSessionRow


def list_notebooks(connection: Connection, limit: int) -> list[Notebook]:
    """Notebooks, those seen last first."""
    return _load(connection, _notebooks().limit(limit))


def find_notebook(connection: Connection, paths: Sequence[str]) -> Notebook | None:
    """The notebook that has one of these paths now; sooner one that has it as its file."""
    is_file, is_path = NotebookRow.file.in_(paths), NotebookRow.path.in_(paths)
    query = select(NotebookRow.__table__).where(or_(is_file, is_path))
    query = query.order_by(is_file.desc(), NotebookRow.last_seen.desc())
    found = _load(connection, query.limit(1))
    return found[0] if found else None


def get_notebook(connection: Connection, notebook_id: str) -> Notebook | None:
    """The notebook of an id, or None."""
    found = _load(connection, _notebooks().where(NotebookRow.notebook_id == notebook_id))
    return found[0] if found else None


def list_notebook_paths(connection: Connection, notebook_id: str) -> list[str]:
    """Every path a notebook had, in the order of the alphabet."""
    query = select(NotebookSessionRow.path).where(NotebookSessionRow.notebook_id == notebook_id)
    return sorted(connection.execute(query.distinct()).scalars())


def list_session_notebooks(connection: Connection, session_id: str) -> dict[str, str]:
    """Ids of the notebooks of a session, by path."""
    columns = (NotebookSessionRow.path, NotebookSessionRow.notebook_id)
    query = select(*columns).where(NotebookSessionRow.session_id == session_id)
    return {row.path: row.notebook_id for row in connection.execute(query)}


def _notebooks() -> Select[Any]:
    return select(NotebookRow.__table__).order_by(NotebookRow.last_seen.desc())


def _load(connection: Connection, query: Select[Any]) -> list[Notebook]:
    return [
        Notebook(
            notebook_id=row.notebook_id,
            path=row.path,
            file=row.file,
            host=row.host,
            sketch=msgspec.json.decode(row.sketch, type=NotebookSketch),
            copied_from=row.copied_from,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
        )
        for row in connection.execute(query)
    ]
