"""What nobody needs any more: found with a connection that reads, removed with one that writes."""

import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, delete, func, select
from sqlalchemy.orm import DeclarativeBase

from jupyter_mltrack.entities import LifecycleStage
from jupyter_mltrack.store.keeping import Garbage
from jupyter_mltrack.store.sql.house import history
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    DatasetRow,
    ExperimentRow,
    MetricChunkRow,
    OutputRow,
    RunDatasetRow,
    RunRow,
    SessionRow,
)
from jupyter_mltrack.store.sql.write.batch import Batch

_RUN_BYTES: Final = 2000
"""What a run costs beside its points and texts, about."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Until when (ms since the epoch) something must be in the trash, and whether history goes."""

    until: int
    history: bool = False


class Plan(msgspec.Struct, kw_only=True):
    """Row ids of what goes, and what is told of it."""

    runs: list[int]
    experiments: list[int]
    datasets: list[tuple[str, str]]
    past: history.Past | None
    told: Garbage


def make_policy(older_than: int, *, with_history: bool) -> Policy:
    """The policy of now."""
    return Policy(until=time.time_ns() // 1_000_000 - max(older_than, 0), history=with_history)


def plan(connection: Connection, policy: Policy) -> Plan:
    """Find what may go; of runs, those in the trash whose session has ended."""
    rows = connection.execute(
        select(RunRow.id, RunRow.run_id, RunRow.experiment, SessionRow.session_id.label("alive"))
        .outerjoin(
            SessionRow,
            and_(SessionRow.session_id == RunRow.session_id, SessionRow.end_time.is_(None)),
        )
        .where(RunRow.lifecycle_stage == LifecycleStage.DELETED)
        .where(func.coalesce(RunRow.deleted_time, 0) <= policy.until)
        .order_by(RunRow.id)
    ).all()
    going = [row for row in rows if row.alive is None]
    runs = [row.id for row in going]
    experiments = _find_experiments(connection, runs, policy.until)
    datasets = _find_datasets(connection, runs)
    past = history.find_past(connection, set(runs), policy.until) if policy.history else None
    told = Garbage(
        runs=[row.run_id for row in going],
        experiments=[experiment_id for _, experiment_id in experiments],
        kept=[row.run_id for row in rows if row.alive is not None],
        rows={"datasets": len(datasets), **(past.counts() if past else {})},
        row_bytes=_size(connection, runs) + (past.size if past else 0),
    )
    return Plan(
        runs=runs,
        experiments=[key for key, _ in experiments],
        datasets=datasets,
        past=past,
        told=told,
    )


def remove(batch: Batch, policy: Policy) -> Garbage:
    """Remove what :func:`plan` finds."""
    found = plan(batch.connection, policy)
    _delete(batch.connection, RunRow, RunRow.id, found.runs)
    _delete(batch.connection, ExperimentRow, ExperimentRow.id, found.experiments)
    for digest, name in found.datasets:
        batch.connection.execute(
            delete(DatasetRow).where(DatasetRow.digest == digest).where(DatasetRow.name == name)
        )
    if found.past:
        history.remove_past(batch.connection, found.past)
        batch.touched_kinds.add("sessions")
    batch.touched_kinds.add("experiments")
    return found.told


def list_referenced(connection: Connection, leaving: Plan | None = None) -> set[str]:
    """Digests of the blobs that artifacts and outputs refer to, but for those that are leaving."""
    runs = set(leaving.runs) if leaving else set()
    cells = set(leaving.past.executions) if leaving and leaving.past else set()
    found: set[str] = set()
    for run, digest in connection.execute(select(ArtifactRow.run, ArtifactRow.digest)):
        if run not in runs:
            found.add(digest)
    outputs = select(OutputRow.execution, OutputRow.blobs).where(OutputRow.blobs != "{}")
    for execution, blobs in connection.execute(outputs):
        if execution not in cells:
            found.update(msgspec.json.decode(blobs, type=dict[str, str]).values())
    return found


def _find_experiments(
    connection: Connection, runs: Sequence[int], until: int
) -> list[tuple[int, str]]:
    """Experiments in the trash that have no run but those that go."""
    rows = connection.execute(
        select(ExperimentRow.id, ExperimentRow.experiment_id)
        .where(ExperimentRow.lifecycle_stage == LifecycleStage.DELETED)
        .where(ExperimentRow.last_update_time <= until)
    ).all()
    going = set(runs)
    found = []
    for key, experiment_id in rows:
        mine = connection.execute(select(RunRow.id).where(RunRow.experiment == key)).scalars()
        if going.issuperset(mine):
            found.append((key, experiment_id))
    return found


def _find_datasets(connection: Connection, runs: Sequence[int]) -> list[tuple[str, str]]:
    """Datasets that no run but those that go has."""
    going = set(runs)
    used = {
        (digest, name)
        for run, digest, name in connection.execute(
            select(RunDatasetRow.run, RunDatasetRow.digest, RunDatasetRow.name)
        )
        if run not in going
    }
    rows = connection.execute(select(DatasetRow.digest, DatasetRow.name))
    return [(digest, name) for digest, name in rows if (digest, name) not in used]


def _size(connection: Connection, runs: Sequence[int]) -> int:
    total = len(runs) * _RUN_BYTES
    length = func.length(MetricChunkRow.data) + func.length(MetricChunkRow.outline)
    for part in parts(runs):
        query = select(func.sum(length)).where(MetricChunkRow.run.in_(part))
        total += int(connection.execute(query).scalar() or 0)
    return total


def _delete(
    connection: Connection, table: type[DeclarativeBase], column: Any, keys: Iterable[Any]
) -> None:
    for part in parts(list(keys)):
        connection.execute(delete(table).where(column.in_(part)))
