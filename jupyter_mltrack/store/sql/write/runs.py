"""Experiments, runs, params, tags."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from time import time_ns
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, text, update

from jupyter_mltrack.entities import DEFAULT_EXPERIMENT, LifecycleStage, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.search import param_number
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.read.runs import list_family_ids
from jupyter_mltrack.store.sql.tables import ExperimentRow, ExperimentTagRow, ParamRow, RunRow
from jupyter_mltrack.store.sql.write.rows import Row

if TYPE_CHECKING:
    from jupyter_mltrack.store.sql.write.batch import Batch

RUN_NAME_TAG: Final = "mlflow.runName"
PARENT_TAG: Final = "mlflow.parentRunId"


def apply_experiment(batch: "Batch", event: ev.ExperimentSet) -> None:
    """Create the experiment when no active one has the name."""
    experiment = ensure_experiment(batch, event.name, event.time)
    for key, value in event.tags.items():
        row = {"experiment": experiment["id"], "key": key, "value": value}
        batch.new.put(ExperimentTagRow, row, experiment["id"], key)


def ensure_experiment(batch: "Batch", name: str, time: int) -> Row:
    """The active experiment of this name, created when there is none."""
    known = batch.active_experiments.get(name)
    if known is None:
        known = _find_experiment(batch, name) or _create_experiment(batch, name, time)
        batch.active_experiments[name] = known
    return known


def _find_experiment(batch: "Batch", name: str) -> Row | None:
    experiment_id = batch.connection.execute(
        select(ExperimentRow.experiment_id)
        .where(ExperimentRow.name == name)
        .where(ExperimentRow.lifecycle_stage == LifecycleStage.ACTIVE)
    ).scalar()
    return batch.experiments.find(experiment_id) if experiment_id is not None else None


def _create_experiment(batch: "Batch", name: str, time: int) -> Row:
    experiment_id = _free_experiment_id(batch, name)
    row = {
        "id": batch.new_id(ExperimentRow),
        "experiment_id": experiment_id,
        "name": name,
        "artifact_location": f"mltrack-artifacts:/{experiment_id}",
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "creation_time": time,
        "last_update_time": time,
    }
    batch.experiments.add(experiment_id, row)
    batch.touched_kinds.add("experiments")
    return row


def _free_experiment_id(batch: "Batch", name: str) -> str:
    # From the name, so that stores that are merged later agree; MLflow's default experiment is 0.
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    candidate = "0" if name == DEFAULT_EXPERIMENT else str(10**17 + digest % (9 * 10**17))
    while batch.experiments.find(candidate):
        candidate = str(10**17 + random.SystemRandom().randrange(9 * 10**17))
    return candidate


def start_run(batch: "Batch", event: ev.RunStarted) -> None:
    """Create the run, or take it up again."""
    run = batch.runs.find(event.run_id)
    if run is None:
        run = _create_run(batch, event)
    else:
        batch.runs.change(
            event.run_id,
            run,
            status=RunStatus.RUNNING,
            end_time=None,
            session_id=event.session_id,
        )
    _write_tags(batch, run, event.tags)


def _create_run(batch: "Batch", event: ev.RunStarted) -> Row:
    execution = batch.executions.find(event.execution_id) if event.execution_id else None
    path = _notebook_path(batch, event.session_id, execution)
    run = {
        "id": batch.new_id(RunRow),
        "run_id": event.run_id,
        "experiment": _experiment_of(batch, event)["id"],
        "name": event.name,
        "status": RunStatus.RUNNING,
        "start_time": event.time,
        "end_time": None,
        "user_id": event.user,
        "lifecycle_stage": LifecycleStage.ACTIVE,
        "deleted_time": None,
        "parent_run_id": event.parent_run_id,
        "session_id": event.session_id,
        "execution": execution["id"] if execution else None,
        "notebook_path": path,
        "change": batch.change,
    }
    batch.runs.add(event.run_id, run)
    tags = {RUN_NAME_TAG: event.name, "mlflow.user": event.user}
    if event.parent_run_id:
        tags[PARENT_TAG] = event.parent_run_id
    if path:
        tags |= {"mlflow.source.name": path, "mlflow.source.type": "NOTEBOOK"}
    _write_tags(batch, run, tags)
    return run


def _experiment_of(batch: "Batch", event: ev.RunStarted) -> Row:
    if event.experiment_id:
        found = batch.experiments.find(event.experiment_id)
        if found is not None:
            return found
    return ensure_experiment(batch, event.experiment or DEFAULT_EXPERIMENT, event.time)


def _notebook_path(batch: "Batch", session_id: str, execution: Row | None) -> str:
    path = batch.text_of(execution["path"]) if execution is not None else ""
    if path:
        return path
    session = batch.sessions.find(session_id)
    return session["notebook_path"] if session else ""


def end_run(batch: "Batch", event: ev.RunEnded) -> None:
    """Set the terminal status."""
    run = get_run(batch, event.run_id)
    batch.runs.change(event.run_id, run, status=event.status, end_time=event.time)


def log_params(batch: "Batch", event: ev.ParamsLogged) -> None:
    """Write params; the last value of a key stays."""
    run = get_run(batch, event.run_id)
    execution = batch.link(run, batch.find_execution(event.execution_id))
    batch.learn_names(event.params)
    for key, value in event.params.items():
        name = batch.name_id(key)
        row = {
            "run": run["id"],
            "name": name,
            "value": value,
            "number": param_number(value),
            "execution": execution,
        }
        batch.new.put(ParamRow, row, run["id"], name)
    batch.touch(run)


def set_tags(batch: "Batch", event: ev.TagsSet) -> None:
    """Set or delete tags; that of the run's name renames it, that of its parent moves it there."""
    _write_tags(batch, get_run(batch, event.run_id), event.tags)


def _write_tags(batch: "Batch", run: Row, tags: Mapping[str, str | None]) -> None:
    batch.learn_names(tags)
    for key, value in tags.items():
        name = batch.name_id(key)
        if value is None:
            batch.delete_tag(run["id"], name)
        else:
            batch.keep_tag(run["id"], name, value)
    name_given = tags.get(RUN_NAME_TAG)
    if name_given:
        batch.runs.change(run["run_id"], run, name=name_given)
    if PARENT_TAG in tags and (tags[PARENT_TAG] or "") != run["parent_run_id"]:
        _move(batch, run, tags[PARENT_TAG] or "")
    batch.touch(run)


def _move(batch: "Batch", run: Row, parent: str) -> None:
    # MLflow's trees are made of this tag; here no run may come to stand below itself.
    above, seen = parent, {run["run_id"]}
    while above and above not in seen:
        seen.add(above)
        row = batch.runs.find(above)
        above = row["parent_run_id"] if row else ""
    if not above:
        batch.runs.change(run["run_id"], run, parent_run_id=parent)


def link_cell(batch: "Batch", event: ev.RunCellLinked) -> None:
    """Remember that a cell execution used a run."""
    run = get_run(batch, event.run_id)
    if batch.link(run, batch.find_execution(event.execution_id)) is not None:
        batch.touch(run)


def touch_runs_of_cell(batch: "Batch", execution: int) -> None:
    """Remember that the runs a cell execution made changed."""
    made = select(RunRow.id).where(RunRow.execution == execution)
    batch.touch_ids(batch.connection.execute(made).scalars())


def end_running(batch: "Batch", session_id: str, time: int, status: str) -> None:
    """End the runs of a session that are still running."""
    batch.flush()
    # Written out, so that the index over the running runs serves.
    is_running = text(f"runs.status = '{RunStatus.RUNNING}'")
    query = select(RunRow.run_id).where(RunRow.session_id == session_id).where(is_running)
    run_ids = list(batch.connection.execute(query).scalars())
    batch.runs.load(run_ids)
    for run_id in run_ids:
        batch.runs.change(run_id, get_run(batch, run_id), status=status, end_time=time)


def set_lifecycle(
    batch: "Batch", run_ids: Sequence[str], stage: str, time: int | None
) -> list[str]:
    """Move runs to the trash or back; the ids of those that moved."""
    moved: list[str] = []
    for part in parts(run_ids):
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
        batch.touch_ids(row.id for row in rows)
        moved += [row.run_id for row in rows]
    if moved:
        batch.touched_kinds.add("experiments")
    return moved


def delete_runs(batch: "Batch", run_ids: Sequence[str]) -> list[str]:
    """Move runs and all runs below them to the trash; the ids of those that moved."""
    family = list_family_ids(batch.connection, run_ids)
    return set_lifecycle(batch, family, LifecycleStage.DELETED, time_ns() // 1_000_000)


def get_run(batch: "Batch", run_id: str) -> Row:
    """The row of a run; raises ResourceDoesNotExist."""
    run = batch.runs.find(run_id)
    if run is None:
        raise ResourceDoesNotExist(f"The run {run_id} is unknown.")
    return run
