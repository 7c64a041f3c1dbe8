"""Experiments."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from jupyter_mltrack.entities import Experiment, LifecycleStage, ViewType
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import ExperimentRow, ExperimentTagRow, RunRow


def get_experiment(connection: Connection, experiment_id: str) -> Experiment | None:
    """The experiment of an id, or None."""
    found = _load(connection, _all().where(ExperimentRow.experiment_id == experiment_id))
    return found[0] if found else None


def find_experiment_by_name(connection: Connection, name: str) -> Experiment | None:
    """The active experiment of a name, or None."""
    query = _all().where(ExperimentRow.name == name)
    found = _load(connection, query.where(ExperimentRow.lifecycle_stage == LifecycleStage.ACTIVE))
    return found[0] if found else None


def list_experiments(connection: Connection, view: int) -> list[Experiment]:
    """Experiments in a lifecycle stage, the latest updated first."""
    query = _all().order_by(ExperimentRow.last_update_time.desc(), ExperimentRow.id.desc())
    if view != ViewType.ALL:
        query = query.where(ExperimentRow.lifecycle_stage == stage_of(view))
    return _load(connection, query)


def count_runs(connection: Connection) -> dict[str, int]:
    """Active runs of each experiment id that has any."""
    rows = connection.execute(
        select(ExperimentRow.experiment_id, func.count())
        .join(RunRow, RunRow.experiment == ExperimentRow.id)
        .where(RunRow.lifecycle_stage == LifecycleStage.ACTIVE)
        .group_by(ExperimentRow.experiment_id)
    )
    return dict(rows.all())


def stage_of(view: int) -> str:
    """The lifecycle stage a view shows."""
    return LifecycleStage.ACTIVE if view == ViewType.ACTIVE_ONLY else LifecycleStage.DELETED


def _all() -> Select[Any]:
    return select(ExperimentRow.__table__)


def _load(connection: Connection, query: Select[Any]) -> list[Experiment]:
    rows = connection.execute(query).all()
    tags: dict[int, dict[str, str]] = {row.id: {} for row in rows}
    for part in parts(list(tags)):
        found = connection.execute(
            select(ExperimentTagRow.__table__).where(ExperimentTagRow.experiment.in_(part))
        )
        for tag in found:
            tags[tag.experiment][tag.key] = tag.value
    return [
        Experiment(
            experiment_id=row.experiment_id,
            name=row.name,
            artifact_location=row.artifact_location,
            lifecycle_stage=row.lifecycle_stage,
            creation_time=row.creation_time,
            last_update_time=row.last_update_time,
            tags=tags[row.id],
        )
        for row in rows
    ]
