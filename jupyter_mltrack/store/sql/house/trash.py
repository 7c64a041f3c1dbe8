"""Runs taken back from the trash."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from jupyter_mltrack.entities import LifecycleStage
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.read.runs import list_family_ids
from jupyter_mltrack.store.sql.tables import ExperimentRow, RunRow
from jupyter_mltrack.store.sql.write.batch import Batch
from jupyter_mltrack.store.sql.write.runs import set_lifecycle


def restore_runs(batch: Batch, run_ids: Sequence[str], *, with_children: bool = False) -> list[str]:
    """Take runs back, and the runs below them that went with them; the ids of those that moved."""
    rows = _read(batch, run_ids)
    _refuse_deleted_experiments(batch, rows)
    wanted = list(run_ids)
    if with_children:
        moments = {row.deleted_time for row in rows if row.deleted_time is not None}
        family = _read(batch, list_family_ids(batch.connection, run_ids))
        wanted += [
            row.run_id
            for row in family
            if row.deleted_time in moments and row.run_id not in set(run_ids)
        ]
    return set_lifecycle(batch, wanted, LifecycleStage.ACTIVE, None)


def _read(batch: Batch, run_ids: Sequence[str]) -> list[Any]:
    return [
        row
        for part in parts(run_ids)
        for row in batch.connection.execute(
            select(RunRow.run_id, RunRow.deleted_time, RunRow.experiment).where(
                RunRow.run_id.in_(part)
            )
        )
    ]


def _refuse_deleted_experiments(batch: Batch, rows: Sequence[Any]) -> None:
    for part in parts(sorted({row.experiment for row in rows})):
        found = batch.connection.execute(
            select(ExperimentRow.experiment_id, ExperimentRow.name)
            .where(ExperimentRow.id.in_(part))
            .where(ExperimentRow.lifecycle_stage == LifecycleStage.DELETED)
        ).first()
        if found:
            raise InvalidParameterValue(
                f"The run belongs to experiment {found.name!r}, which is in the trash itself. "
                f"Restore that: mltrack experiments restore {found.experiment_id}"
            )
