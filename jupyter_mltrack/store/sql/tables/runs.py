"""Experiments, runs, params and tags."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Id, Key, LongText, Millis, Real


class ExperimentRow(Base):
    """An experiment; a name is unique among the active ones only, which the operations hold."""

    __tablename__ = "experiments"
    __table_args__ = (Index(None, "name"),)

    id: Mapped[Key]
    experiment_id: Mapped[Id] = mapped_column(unique=True)
    name: Mapped[LongText]
    artifact_location: Mapped[LongText]
    lifecycle_stage: Mapped[Id]
    creation_time: Mapped[Millis]
    last_update_time: Mapped[Millis]


class ExperimentTagRow(Base):
    """A tag of an experiment."""

    __tablename__ = "experiment_tags"

    experiment: Mapped[Big] = mapped_column(
        ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[Id] = mapped_column(primary_key=True)
    value: Mapped[LongText]


class RunRow(Base):
    """A run; ``change`` is the store's change number at its last write."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "experiment", "lifecycle_stage", "start_time"),
        Index(None, "start_time"),
        Index(None, "change"),
        Index(None, "parent_run_id"),
        Index(None, "session_id", "status"),
        Index(None, "execution"),
        Index(None, "notebook_path"),
    )

    id: Mapped[Key]
    run_id: Mapped[Id] = mapped_column(unique=True)
    experiment: Mapped[Big] = mapped_column(ForeignKey("experiments.id"))
    name: Mapped[LongText]
    status: Mapped[Id]
    start_time: Mapped[Millis]
    end_time: Mapped[Millis | None]
    user_id: Mapped[LongText]
    lifecycle_stage: Mapped[Id]
    deleted_time: Mapped[Millis | None]
    parent_run_id: Mapped[Id]
    session_id: Mapped[Id]
    execution: Mapped[Big | None] = mapped_column(ForeignKey("cell_executions.id"))
    notebook_path: Mapped[LongText]
    change: Mapped[Big]


class ParamRow(Base):
    """A param of a run; ``number`` is its value when it reads as a finite number."""

    __tablename__ = "params"
    __table_args__ = (Index(None, "name", "number"),)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(ForeignKey("names.id"), primary_key=True)
    value: Mapped[LongText]
    number: Mapped[Real | None]
    execution: Mapped[Big | None] = mapped_column(ForeignKey("cell_executions.id"))


class TagRow(Base):
    """A tag of a run."""

    __tablename__ = "tags"

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(ForeignKey("names.id"), primary_key=True)
    value: Mapped[LongText]


class RunCellRow(Base):
    """A cell execution that measured or used a run's model after the one that made the run."""

    __tablename__ = "run_cells"
    __table_args__ = (Index(None, "execution"),)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    execution: Mapped[Big] = mapped_column(ForeignKey("cell_executions.id"), primary_key=True)
