"""Artifacts, models and datasets of runs."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Id, LongText, Millis


class ArtifactRow(Base):
    """A file of a run: a path that is only a label, and the digest of its bytes."""

    __tablename__ = "artifacts"

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[LongText] = mapped_column(primary_key=True)
    digest: Mapped[Id]
    size: Mapped[Big]
    media_type: Mapped[LongText]
    execution: Mapped[Big | None]


class LoggedModelRow(Base):
    """A model of a run."""

    __tablename__ = "logged_models"

    model_id: Mapped[Id] = mapped_column(primary_key=True)
    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), index=True)
    name: Mapped[LongText]
    artifact_path: Mapped[LongText]
    flavor: Mapped[Id]
    model_class: Mapped[LongText]
    status: Mapped[Id]
    status_message: Mapped[LongText]
    size: Mapped[Big]
    creation_time: Mapped[Millis]
    execution: Mapped[Big | None]


class DatasetRow(Base):
    """A fingerprint of data, shared between runs."""

    __tablename__ = "datasets"

    digest: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[LongText] = mapped_column(primary_key=True)
    source_type: Mapped[LongText]
    source: Mapped[LongText]
    schema: Mapped[LongText]
    profile: Mapped[LongText]


class RunDatasetRow(Base):
    """A dataset of a run and what it was used for."""

    __tablename__ = "run_datasets"

    run: Mapped[Big] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[Id] = mapped_column(primary_key=True)
    name: Mapped[LongText] = mapped_column(primary_key=True)
    context: Mapped[Id] = mapped_column(primary_key=True)
