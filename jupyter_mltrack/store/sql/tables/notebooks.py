"""Sessions, cell executions, revisions, outputs, environments."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import (
    Base,
    Big,
    Bytes,
    Id,
    Key,
    LongText,
    Millis,
    RawId,
)


class SessionRow(Base):
    """One life of a kernel or script; ``facts`` is the whole :class:`Session` as JSON."""

    __tablename__ = "sessions"
    __table_args__ = (Index(None, "kernel_id"), Index(None, "end_time"))

    session_id: Mapped[Id] = mapped_column(primary_key=True)
    kernel_id: Mapped[Id]
    start_time: Mapped[Millis]
    heartbeat: Mapped[Millis]
    end_time: Mapped[Millis | None]
    tracking: Mapped[bool]
    notebook_path: Mapped[LongText]
    environment: Mapped[Id]
    facts: Mapped[LongText]


class EnvironmentRow(Base):
    """Interpreter, platform and packages (JSON), stored once."""

    __tablename__ = "environments"

    digest: Mapped[Id] = mapped_column(primary_key=True)
    python_version: Mapped[LongText]
    platform: Mapped[LongText]
    packages: Mapped[LongText]


class TermRow(Base):
    """What many rows repeat: ids of sessions and cells, paths of notebooks, digests of revisions.

    It says nothing about whether the session or the revision itself is there.
    """

    __tablename__ = "terms"

    id: Mapped[Key]
    text: Mapped[LongText] = mapped_column(unique=True)


class SourceRow(Base):
    """The source of a cell, stored once; ``digest`` is half of its SHA-256: enough to tell."""

    __tablename__ = "sources"

    id: Mapped[Key]
    digest: Mapped[RawId] = mapped_column(unique=True)
    text: Mapped[LongText]


class RevisionRow(Base):
    """A notebook revision; ``manifest`` is what :mod:`jupyter_mltrack.store.sql.manifests` says.

    Its id is that of its digest in ``terms``, where ``path`` is too.
    """

    __tablename__ = "revisions"

    id: Mapped[Key]
    path: Mapped[Big | None]
    layer: Mapped[Id]
    language: Mapped[Id]
    manifest: Mapped[Bytes]


class CellExecutionRow(Base):
    """One execution of one cell.

    Of these there are most: ``session``, ``cell``, ``revision`` and the notebook's ``path`` are ids
    of ``terms``, NULL for none.
    """

    __tablename__ = "cell_executions"
    __table_args__ = (Index(None, "session"),)

    id: Mapped[Key]
    execution_id: Mapped[RawId] = mapped_column(unique=True)
    session: Mapped[Big | None]
    cell: Mapped[Big | None]
    source: Mapped[Big] = mapped_column(ForeignKey("sources.id"))
    execution_count: Mapped[Big | None]
    start_time: Mapped[Millis]
    end_time: Mapped[Millis | None]
    outcome: Mapped[Id]
    error: Mapped[LongText]
    revision: Mapped[Big | None]
    path: Mapped[Big | None]


class OutputRow(Base):
    """Something a cell showed; JSON maps MIME types to text (``data``) or digests (``blobs``)."""

    __tablename__ = "outputs"

    execution: Mapped[Big] = mapped_column(ForeignKey("cell_executions.id"), primary_key=True)
    position: Mapped[Big] = mapped_column(primary_key=True)
    output_type: Mapped[Id]
    name: Mapped[LongText]
    display_id: Mapped[LongText]
    truncated: Mapped[Big]
    data: Mapped[LongText]
    blobs: Mapped[LongText]
