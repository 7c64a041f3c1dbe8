"""Notebooks, whatever their files are called, and which of them a session ran."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import CLUSTERED, Base, Id, LongText, Millis


class NotebookRow(Base):
    """A notebook where it was seen last; ``sketch`` is a :class:`NotebookSketch` as JSON."""

    __tablename__ = "notebooks"
    __table_args__ = (Index(None, "path"), Index(None, "file"), Index(None, "last_seen"))

    notebook_id: Mapped[Id] = mapped_column(primary_key=True)
    path: Mapped[LongText]
    file: Mapped[LongText]
    host: Mapped[LongText]
    sketch: Mapped[LongText]
    copied_from: Mapped[Id]
    first_seen: Mapped[Millis]
    last_seen: Mapped[Millis]


class NotebookSessionRow(Base):
    """Which notebook had a path in a session."""

    __tablename__ = "notebook_sessions"
    __table_args__ = (Index(None, "notebook_id"), CLUSTERED)

    session_id: Mapped[Id] = mapped_column(primary_key=True)
    path: Mapped[LongText] = mapped_column(primary_key=True)
    notebook_id: Mapped[Id]
