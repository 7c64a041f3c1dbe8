"""Experiments, runs, params and tags."""

from typing import Any, Final

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import (
    CLUSTERED,
    Base,
    Big,
    Id,
    Key,
    LongText,
    Millis,
    Real,
)

SHORT_TEXT: Final = 40
"""Characters up to which the text of a param is in an index."""


def _where(condition: str) -> dict[str, Any]:
    # An index over the few rows that have something: most runs have no parent, few are running.
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


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
        Index("ix_runs_parent_run_id", "parent_run_id", **_where("parent_run_id != ''")),
        Index("ix_runs_running", "session_id", **_where("status = 'RUNNING'")),
        Index("ix_runs_execution", "execution", **_where("execution IS NOT NULL")),
        Index("ix_runs_notebook_path", "notebook_path", **_where("notebook_path != ''")),
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
    """A param of a run; ``number`` is its value when it reads as a finite number.

    Each value is in one of the indexes: a number, a short text, or the few others by name.
    """

    __tablename__ = "params"
    __table_args__ = (
        Index("ix_params_number", "name", "number", **_where("number IS NOT NULL")),
        Index(
            "ix_params_text",
            "name",
            "number",
            "value",
            **_where(f"number IS NULL AND length(value) <= {SHORT_TEXT}"),
        ),
        Index(
            "ix_params_long", "name", **_where(f"number IS NULL AND length(value) > {SHORT_TEXT}")
        ),
        CLUSTERED,
    )

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(primary_key=True)
    value: Mapped[LongText]
    number: Mapped[Real | None]
    execution: Mapped[Big | None]


class TagRow(Base):
    """A tag of a run."""

    __tablename__ = "tags"
    __table_args__ = (CLUSTERED,)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Big] = mapped_column(primary_key=True)
    value: Mapped[LongText]


class RunCellRow(Base):
    """A cell execution that logged to a run or used its model, beside the one that made the run."""

    __tablename__ = "run_cells"
    __table_args__ = (Index(None, "execution"), CLUSTERED)

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    execution: Mapped[Big] = mapped_column(primary_key=True)
