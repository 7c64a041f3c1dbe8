"""Experiments renamed, tagged, moved to the trash and back."""

from collections.abc import Mapping
from time import time_ns
from typing import Any

from sqlalchemy import delete, func, select, update

from jupyter_mltrack.entities import LifecycleStage
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from jupyter_mltrack.store.sql.tables import ExperimentRow, ExperimentTagRow, RunRow
from jupyter_mltrack.store.sql.write.batch import Batch
from jupyter_mltrack.store.sql.write.rows import upsert


def rename_experiment(batch: Batch, experiment_id: str, name: str) -> None:
    """Give an active experiment a name that no other active one has."""
    row = _get_active(batch, experiment_id, "renamed")
    taken = _find_active_id(batch, name)
    if taken == experiment_id:
        return
    if taken is not None:
        raise ResourceAlreadyExists(
            f"Experiment {row.name!r} cannot be renamed: there is an experiment named {name!r} "
            f"already (id {taken}). Choose another name, or rename or delete that one first."
        )
    _update(batch, row.id, name=name, last_update_time=_now())


def set_experiment_tags(batch: Batch, experiment_id: str, tags: Mapping[str, str | None]) -> None:
    """Set tags of an active experiment; None deletes one."""
    row = _get_active(batch, experiment_id, "tagged")
    gone = [key for key, value in tags.items() if value is None]
    if gone:
        batch.connection.execute(
            delete(ExperimentTagRow)
            .where(ExperimentTagRow.experiment == row.id)
            .where(ExperimentTagRow.key.in_(gone))
        )
    rows = [
        {"experiment": row.id, "key": key, "value": value}
        for key, value in tags.items()
        if value is not None
    ]
    upsert(batch.connection, ExperimentTagRow, rows)
    _update(batch, row.id, last_update_time=_now())


def delete_experiment(batch: Batch, experiment_id: str) -> list[str]:
    """Move an experiment and its active runs to the trash; return the ids of these runs.

    They carry the moment of the experiment's deletion, which no run deleted before has: so that
    a restored experiment gets back exactly these.
    """
    row = _get_active(batch, experiment_id, "deleted")
    mine = RunRow.experiment == row.id
    latest = batch.connection.execute(select(func.max(RunRow.deleted_time)).where(mine)).scalar()
    time = max(_now(), (latest or 0) + 1)
    moved = _move_runs(batch, mine & (RunRow.lifecycle_stage == LifecycleStage.ACTIVE), time)
    _update(batch, row.id, lifecycle_stage=LifecycleStage.DELETED, last_update_time=time)
    return moved


def restore_experiment(batch: Batch, experiment_id: str, name: str = "") -> list[str]:
    """Take an experiment back from the trash with the runs that went with it, as ``name`` if given.

    Returns the ids of these runs.
    """
    row = _get(batch, experiment_id)
    if row.lifecycle_stage == LifecycleStage.ACTIVE:
        raise InvalidParameterValue(f"Experiment {row.name!r} is not in the trash.")
    wanted = name or row.name
    taken = _find_active_id(batch, wanted)
    if taken is not None:
        raise ResourceAlreadyExists(
            f"Experiment {row.name!r} cannot be restored as {wanted!r}: another experiment has "
            f"that name now (id {taken}). Restore it under a name of its own: "
            f"mltrack experiments restore {experiment_id} --name NAME"
        )
    mine = (RunRow.experiment == row.id) & (RunRow.deleted_time == row.last_update_time)
    moved = _move_runs(batch, mine, None)
    _update(
        batch,
        row.id,
        name=wanted,
        lifecycle_stage=LifecycleStage.ACTIVE,
        last_update_time=_now(),
    )
    return moved


def _move_runs(batch: Batch, which: Any, deleted_time: int | None) -> list[str]:
    rows = batch.connection.execute(select(RunRow.id, RunRow.run_id).where(which)).all()
    stage = LifecycleStage.ACTIVE if deleted_time is None else LifecycleStage.DELETED
    batch.connection.execute(
        update(RunRow).where(which).values(lifecycle_stage=stage, deleted_time=deleted_time)
    )
    batch.touch_ids(row.id for row in rows)
    return [row.run_id for row in rows]


def _update(batch: Batch, row_id: int, **values: Any) -> None:
    batch.connection.execute(
        update(ExperimentRow).where(ExperimentRow.id == row_id).values(**values)
    )
    batch.touched_kinds.add("experiments")


def _get(batch: Batch, experiment_id: str) -> Any:
    row = batch.connection.execute(
        select(ExperimentRow.__table__).where(ExperimentRow.experiment_id == experiment_id)
    ).first()
    if row is None:
        raise ResourceDoesNotExist(f"There is no experiment with id {experiment_id!r}.")
    return row


def _get_active(batch: Batch, experiment_id: str, done: str) -> Any:
    row = _get(batch, experiment_id)
    if row.lifecycle_stage != LifecycleStage.ACTIVE:
        raise InvalidParameterValue(
            f"Experiment {row.name!r} is in the trash and cannot be {done}. "
            f"Restore it first: mltrack experiments restore {experiment_id}"
        )
    return row


def _find_active_id(batch: Batch, name: str) -> str | None:
    found: str | None = batch.connection.execute(
        select(ExperimentRow.experiment_id)
        .where(ExperimentRow.name == name)
        .where(ExperimentRow.lifecycle_stage == LifecycleStage.ACTIVE)
    ).scalar()
    return found


def _now() -> int:
    return time_ns() // 1_000_000
