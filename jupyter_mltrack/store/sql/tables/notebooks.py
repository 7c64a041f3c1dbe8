"""Sessions, cell executions, revisions, outputs, environments."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Bytes, Id, Key, LongText, Millis


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


class SourceRow(Base):
    """The source of a cell, stored once; ``digest`` is its SHA-256."""

    __tablename__ = "sources"

    digest: Mapped[Id] = mapped_column(primary_key=True)
    text: Mapped[LongText]


class RevisionRow(Base):
    """A notebook revision; ``manifest`` is what :mod:`jupyter_mltrack.store.sql.manifests` says.

    Its entries are [cell id, cell type, digest of the source, origin], of a tagged cell with its
    tags as a fifth.
    """

    __tablename__ = "revisions"

    digest: Mapped[Id] = mapped_column(primary_key=True)
    notebook_path: Mapped[LongText]
    layer: Mapped[Id]
    language: Mapped[Id]
    manifest: Mapped[Bytes]


class CellExecutionRow(Base):
    """One execution of one cell."""

    __tablename__ = "cell_executions"
    __table_args__ = (Index(None, "session_id", "start_time"), Index(None, "notebook_path"))

    id: Mapped[Key]
    execution_id: Mapped[Id] = mapped_column(unique=True)
    session_id: Mapped[Id]
    cell_id: Mapped[LongText]
    source: Mapped[Id] = mapped_column(ForeignKey("sources.digest"))
    execution_count: Mapped[Big | None]
    start_time: Mapped[Millis]
    end_time: Mapped[Millis | None]
    outcome: Mapped[Id]
    error: Mapped[LongText]
    revision: Mapped[Id]
    notebook_path: Mapped[LongText]


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
