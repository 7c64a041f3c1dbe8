"""Experiments, runs, params, tags."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from time import time_ns
from typing import Final

from sqlalchemy import delete, select, update

from jupyter_mltrack.entities import DEFAULT_EXPERIMENT, LifecycleStage, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.search import param_number
from jupyter_mltrack.store.sql.read.runs import list_family_ids
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    ExperimentRow,
    ExperimentTagRow,
    ParamRow,
    RunCellRow,
    RunRow,
    SessionRow,
    TagRow,
)
from jupyter_mltrack.store.sql.write.batch import Batch

RUN_NAME_TAG: Final = "mlflow.runName"


def apply_experiment(batch: Batch, event: ev.ExperimentSet) -> None:
    """Create the experiment when no active one has the name."""
    experiment = ensure_experiment(batch, event.name, event.time)
    rows = [{"experiment": experiment, "key": k, "value": v} for k, v in event.tags.items()]
    batch.insert(ExperimentTagRow, rows, on=["experiment", "key"], update=["value"])


def ensure_experiment(batch: Batch, name: str, time: int) -> int:
    """Row id of the active experiment of this name, created when there is none."""
    found = batch.connection.execute(
        select(ExperimentRow.id)
        .where(ExperimentRow.name == name)
        .where(ExperimentRow.lifecycle_stage == LifecycleStage.ACTIVE)
    ).scalar()
    if found is not None:
        return found
    experiment_id = _free_experiment_id(batch, name)
    batch.insert(
        ExperimentRow,
        [
            {
                "experiment_id": experiment_id,
                "name": name,
                "artifact_location": f"mltrack-artifacts:/{experiment_id}",
                "lifecycle_stage": LifecycleStage.ACTIVE,
                "creation_time": time,
                "last_update_time": time,
            }
        ],
    )
    batch.touched_kinds.add("experiments")
    return batch.connection.execute(
        select(ExperimentRow.id).where(ExperimentRow.experiment_id == experiment_id)
    ).scalar_one()


def _free_experiment_id(batch: Batch, name: str) -> str:
    # From the name, so that stores that are merged later agree; MLflow's default experiment is 0.
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    candidate = "0" if name == DEFAULT_EXPERIMENT else str(10**17 + digest % (9 * 10**17))
    while batch.connection.execute(
        select(ExperimentRow.id).where(ExperimentRow.experiment_id == candidate)
    ).first():
        candidate = str(10**17 + random.SystemRandom().randrange(9 * 10**17))
    return candidate


def start_run(batch: Batch, event: ev.RunStarted) -> None:
    """Create the run, or take it up again."""
    run = batch.find_run(event.run_id)
    if run is None:
        _create_run(batch, event)
    else:
        batch.connection.execute(
            update(RunRow)
            .where(RunRow.id == run)
            .values(status=RunStatus.RUNNING, end_time=None, session_id=event.session_id)
        )
        batch.touch_run(run)
    _write_tags(batch, event.run_id, event.tags)


def _create_run(batch: Batch, event: ev.RunStarted) -> None:
    execution = batch.find_execution(event.execution_id)
    path = _notebook_path(batch, event.session_id, execution)
    batch.insert(
        RunRow,
        [
            {
                "run_id": event.run_id,
                "experiment": _experiment_of(batch, event),
                "name": event.name,
                "status": RunStatus.RUNNING,
                "start_time": event.time,
                "end_time": None,
                "user_id": event.user,
                "lifecycle_stage": LifecycleStage.ACTIVE,
                "deleted_time": None,
                "parent_run_id": event.parent_run_id,
                "session_id": event.session_id,
                "execution": execution,
                "notebook_path": path,
                "change": batch.change,
            }
        ],
    )
    tags = {RUN_NAME_TAG: event.name, "mlflow.user": event.user}
    if event.parent_run_id:
        tags["mlflow.parentRunId"] = event.parent_run_id
    if path:
        tags |= {"mlflow.source.name": path, "mlflow.source.type": "NOTEBOOK"}
    _write_tags(batch, event.run_id, tags)


def _experiment_of(batch: Batch, event: ev.RunStarted) -> int:
    if event.experiment_id:
        found = batch.connection.execute(
            select(ExperimentRow.id).where(ExperimentRow.experiment_id == event.experiment_id)
        ).scalar()
        if found is not None:
            return found
    return ensure_experiment(batch, event.experiment or DEFAULT_EXPERIMENT, event.time)


def _notebook_path(batch: Batch, session_id: str, execution: int | None) -> str:
    if execution is not None:
        path: str | None = batch.connection.execute(
            select(CellExecutionRow.notebook_path).where(CellExecutionRow.id == execution)
        ).scalar()
        if path:
            return path
    return (
        batch.connection.execute(
            select(SessionRow.notebook_path).where(SessionRow.session_id == session_id)
        ).scalar()
        or ""
    )


def end_run(batch: Batch, event: ev.RunEnded) -> None:
    """Set the terminal status."""
    run = get_run(batch, event.run_id)
    batch.connection.execute(
        update(RunRow).where(RunRow.id == run).values(status=event.status, end_time=event.time)
    )
    batch.touch_run(run)


def log_params(batch: Batch, event: ev.ParamsLogged) -> None:
    """Write params; the last value of a key stays."""
    run = get_run(batch, event.run_id)
    names = batch.name_ids(event.params)
    execution = batch.find_execution(event.execution_id)
    rows = [
        {
            "run": run,
            "name": names[key],
            "value": value,
            "number": param_number(value),
            "execution": execution,
        }
        for key, value in event.params.items()
    ]
    batch.insert(ParamRow, rows, on=["run", "name"], update=["value", "number", "execution"])
    batch.touch_run(run)


def set_tags(batch: Batch, event: ev.TagsSet) -> None:
    """Set or delete tags; the tag of the run's name renames it."""
    _write_tags(batch, event.run_id, event.tags)


def _write_tags(batch: Batch, run_id: str, tags: Mapping[str, str | None]) -> None:
    if not tags:
        return
    run = get_run(batch, run_id)
    names = batch.name_ids(tags)
    rows = [
        {"run": run, "name": names[key], "value": value}
        for key, value in tags.items()
        if value is not None
    ]
    batch.insert(TagRow, rows, on=["run", "name"], update=["value"])
    gone = [names[key] for key, value in tags.items() if value is None]
    if gone:
        batch.connection.execute(
            delete(TagRow).where(TagRow.run == run).where(TagRow.name.in_(gone))
        )
    name = tags.get(RUN_NAME_TAG)
    if name:
        batch.connection.execute(update(RunRow).where(RunRow.id == run).values(name=name))
    batch.touch_run(run)


def link_cell(batch: Batch, event: ev.RunCellLinked) -> None:
    """Remember that a cell execution used a run."""
    run = get_run(batch, event.run_id)
    execution = batch.find_execution(event.execution_id)
    if execution is not None:
        batch.insert(RunCellRow, [{"run": run, "execution": execution}], on=["run", "execution"])
        batch.touch_run(run)


def touch_runs_of_cell(batch: Batch, execution: int) -> None:
    """Remember that the runs a cell execution made changed."""
    for run in batch.connection.execute(
        select(RunRow.id).where(RunRow.execution == execution)
    ).scalars():
        batch.touch_run(run)


def end_running(batch: Batch, session_id: str, time: int, status: str) -> None:
    """End the runs of a session that are still running."""
    running = (RunRow.session_id == session_id) & (RunRow.status == RunStatus.RUNNING)
    for run in batch.connection.execute(select(RunRow.id).where(running)).scalars().all():
        batch.touch_run(run)
    batch.connection.execute(update(RunRow).where(running).values(status=status, end_time=time))


def set_lifecycle(batch: Batch, run_ids: Sequence[str], stage: str, time: int | None) -> list[str]:
    """Move runs to the trash or back; the ids of those that moved."""
    moved: list[str] = []
    for start in range(0, len(run_ids), 500):
        part = list(run_ids[start : start + 500])
        rows = batch.connection.execute(
            select(RunRow.id, RunRow.run_id)
            .where(RunRow.run_id.in_(part))
            .where(RunRow.lifecycle_stage != stage)
        ).all()
        batch.connection.execute(
            update(RunRow)
            .where(RunRow.id.in_([row.id for row in rows]))
            .values(lifecycle_stage=stage, deleted_time=time)
        )
        for row in rows:
            batch.touch_run(row.id)
            moved.append(row.run_id)
    if moved:
        batch.touched_kinds.add("experiments")
    return moved


def delete_runs(batch: Batch, run_ids: Sequence[str]) -> list[str]:
    """Move runs and all runs below them to the trash; the ids of those that moved."""
    family = list_family_ids(batch.connection, run_ids)
    return set_lifecycle(batch, family, LifecycleStage.DELETED, time_ns() // 1_000_000)


def get_run(batch: Batch, run_id: str) -> int:
    """Row id of a run; raises ResourceDoesNotExist."""
    run = batch.find_run(run_id)
    if run is None:
        raise ResourceDoesNotExist(f"The run {run_id} is unknown.")
    return run
