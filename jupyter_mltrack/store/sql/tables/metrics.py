"""Metrics: interned names, a summary a run, the points as packed chunks behind a tail of rows."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Bytes, Key, LongText, Millis, Real


class NameRow(Base):
    """A key of params, metrics or tags, stored once."""

    __tablename__ = "names"

    id: Mapped[Key]
    name: Mapped[LongText] = mapped_column(unique=True)


class MetricSummaryRow(Base):
    """What listing and filtering need of a metric; NaN is NULL, in every column of a value.

    ``tail`` counts the rows in ``metric_points`` not packed yet.
    """

    __tablename__ = "metric_summaries"
    __table_args__ = (Index(None, "name", "last_value"),)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(ForeignKey("names.id"), primary_key=True)
    last_value: Mapped[Real | None]
    last_step: Mapped[Big]
    last_time: Mapped[Millis]
    min_value: Mapped[Real | None]
    max_value: Mapped[Real | None]
    first_value: Mapped[Real | None]
    count: Mapped[Big]
    tail: Mapped[Big]


class MetricPointRow(Base):
    """A point that is not packed yet; NaN is NULL."""

    __tablename__ = "metric_points"
    __table_args__ = (Index(None, "run", "name"),)

    id: Mapped[Key]
    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[Big] = mapped_column(ForeignKey("names.id"))
    step: Mapped[Big]
    time: Mapped[Millis]
    value: Mapped[Real | None]
    execution: Mapped[Big | None]


class MetricChunkRow(Base):
    """Many points of one series, packed (see ``store/sql/chunks.py``), with their extremes."""

    __tablename__ = "metric_chunks"
    __table_args__ = (Index(None, "run", "name"),)

    id: Mapped[Key]
    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[Big] = mapped_column(ForeignKey("names.id"))
    count: Mapped[Big]
    min_value: Mapped[Real | None]
    max_value: Mapped[Real | None]
    data: Mapped[Bytes]
