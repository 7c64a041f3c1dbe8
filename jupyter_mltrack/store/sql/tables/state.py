"""The store's own bookkeeping."""

from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Bytes, Id, Key, LongText, Millis


class StateRow(Base):
    """Named counters.

    ``change`` grows with every write; ``experiments`` and ``sessions`` keep its value at the last
    write of their kind.
    """

    __tablename__ = "state"

    name: Mapped[Id] = mapped_column(primary_key=True)
    value: Mapped[Big]


class JournalRow(Base):
    """How far a session's journal was applied; written in the transaction that applied it."""

    __tablename__ = "journals"

    session_id: Mapped[Id] = mapped_column(primary_key=True)
    segment: Mapped[Big]
    position: Mapped[Big]


class RejectedRecordRow(Base):
    """A journal record the store could not apply, kept with the reason."""

    __tablename__ = "rejected_records"

    id: Mapped[Key]
    session_id: Mapped[Id]
    segment: Mapped[Big]
    position: Mapped[Big]
    time: Mapped[Millis]
    reason: Mapped[LongText]
    payload: Mapped[Bytes]
