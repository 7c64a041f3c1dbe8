"""Metrics: interned names, a summary a series, the points as packed chunks."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import (
    CLUSTERED,
    Base,
    Big,
    Bytes,
    Key,
    LongText,
    Millis,
    Real,
)


class NameRow(Base):
    """A key of params, metrics or tags, stored once and never deleted: writers remember its id."""

    __tablename__ = "names"

    id: Mapped[Key]
    name: Mapped[LongText] = mapped_column(unique=True)


class MetricSummaryRow(Base):
    """What listing and filtering need of a series; NaN is NULL, in every column of a value.

    A series of one point is this row alone: ``execution`` belongs to that point, and the columns
    ``min_value``, ``max_value`` and ``first_value`` are NULL for the ``last_value``. A longer one
    has all of them, its points in ``metric_chunks``, and in ``tail`` the chunk that still grows.
    """

    __tablename__ = "metric_summaries"
    __table_args__ = (Index(None, "name", "last_value"), CLUSTERED)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(primary_key=True)
    last_value: Mapped[Real | None]
    last_step: Mapped[Big]
    last_time: Mapped[Millis]
    execution: Mapped[Big | None]
    min_value: Mapped[Real | None]
    max_value: Mapped[Real | None]
    first_value: Mapped[Real | None]
    count: Mapped[Big]
    tail: Mapped[Big | None]


class MetricChunkRow(Base):
    """Up to 1,024 points of one series, packed as ``store/sql/chunks.py`` says.

    ``first_step`` and ``last_step`` are the least and the greatest; the steps of an ``ordered``
    chunk never decrease. ``outline`` has the points a chart must not miss; it is empty while the
    chunk grows. ``data`` comes last, so that the rest is read without it.
    """

    __tablename__ = "metric_chunks"
    __table_args__ = (Index(None, "run", "name"),)

    id: Mapped[Key]
    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[Big]
    count: Mapped[Big]
    first_step: Mapped[Big]
    last_step: Mapped[Big]
    ordered: Mapped[bool]
    outline: Mapped[Bytes]
    data: Mapped[Bytes]
