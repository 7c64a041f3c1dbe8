"""Runs with their params, tags, metric summaries and datasets."""

import math
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from jupyter_mltrack.entities import (
    Dataset,
    DatasetInput,
    LifecycleStage,
    MetricSummary,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    ViewType,
    to_number,
)
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql import filters
from jupyter_mltrack.store.sql.read.experiments import stage_of
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    DatasetRow,
    ExperimentRow,
    MetricSummaryRow,
    NameRow,
    ParamRow,
    RunDatasetRow,
    RunRow,
    TagRow,
)


def list_runs(connection: Connection, run_ids: Sequence[str]) -> list[Run]:
    """The runs of these ids in this order; unknown ones are left out."""
    found: dict[str, Run] = {}
    for part in parts(run_ids):
        for run in _load(connection, _infos().where(RunRow.run_id.in_(part))):
            found[run.info.run_id] = run
    return [found[run_id] for run_id in run_ids if run_id in found]


def search_runs(connection: Connection, search: RunSearch) -> list[Run]:
    """The runs a search asks for, in its order."""
    query = _infos()
    if search.view != ViewType.ALL:
        query = query.where(RunRow.lifecycle_stage == stage_of(search.view))
    if search.experiment_ids is not None:
        query = query.where(ExperimentRow.experiment_id.in_(list(search.experiment_ids)))
    if search.notebook_paths is not None:
        query = query.where(RunRow.notebook_path.in_(list(search.notebook_paths)))
    if search.filter is not None:
        query = query.where(filters.to_where(search.filter))
    query = query.order_by(*filters.to_order_by(search.order_by))
    return _load(connection, query.limit(search.limit).offset(search.offset))


def find_run_ids(connection: Connection, prefix: str, limit: int) -> list[str]:
    """Ids of active runs that begin with a prefix, the newest first."""
    query = _active().where(RunRow.run_id.startswith(prefix, autoescape=True))
    return list(connection.execute(query.limit(limit)).scalars())


def find_run_ids_by_name(connection: Connection, name: str, limit: int) -> list[str]:
    """Ids of active runs of a name, the newest first."""
    return list(connection.execute(_active().where(RunRow.name == name).limit(limit)).scalars())


def list_child_ids(connection: Connection, run_id: str) -> list[str]:
    """Ids of the active runs right below a run, in the order they began."""
    query = (
        select(RunRow.run_id)
        .where(RunRow.parent_run_id == run_id)
        .where(RunRow.lifecycle_stage == LifecycleStage.ACTIVE)
        .order_by(RunRow.id)
    )
    return list(connection.execute(query).scalars())


def list_family_ids(connection: Connection, run_ids: Sequence[str]) -> list[str]:
    """The given ids and those of all runs below them."""
    family = dict.fromkeys(run_ids)
    level = list(run_ids)
    while level:
        children = [
            run_id
            for part in parts(level)
            for run_id in connection.execute(
                select(RunRow.run_id).where(RunRow.parent_run_id.in_(part))
            ).scalars()
        ]
        level = [run_id for run_id in children if run_id not in family]
        family |= dict.fromkeys(level)
    return list(family)


def _active() -> Select[Any]:
    return (
        select(RunRow.run_id)
        .where(RunRow.lifecycle_stage == LifecycleStage.ACTIVE)
        .order_by(RunRow.start_time.desc(), RunRow.id.desc())
    )


def _infos() -> Select[Any]:
    return (
        select(
            RunRow.__table__,
            ExperimentRow.experiment_id,
            CellExecutionRow.execution_id,
        )
        .join(ExperimentRow, ExperimentRow.id == RunRow.experiment)
        .outerjoin(CellExecutionRow, CellExecutionRow.id == RunRow.execution)
    )


def _load(connection: Connection, query: Select[Any]) -> list[Run]:
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    params = _load_texts(connection, ParamRow, ids)
    tags = _load_texts(connection, TagRow, ids)
    summaries = _load_summaries(connection, ids)
    inputs = _load_inputs(connection, ids)
    return [
        Run(
            info=_to_info(row),
            data=RunData(
                params=params.get(row.id, {}),
                metrics={
                    key: float(summary.last) for key, summary in summaries.get(row.id, {}).items()
                },
                tags=tags.get(row.id, {}),
                summaries=summaries.get(row.id, {}),
            ),
            inputs=RunInputs(dataset_inputs=inputs.get(row.id, [])),
        )
        for row in rows
    ]


def _to_info(row: Any) -> RunInfo:
    return RunInfo(
        run_id=row.run_id,
        run_name=row.name,
        experiment_id=row.experiment_id,
        status=row.status,
        start_time=row.start_time,
        end_time=row.end_time,
        user_id=row.user_id,
        lifecycle_stage=row.lifecycle_stage,
        artifact_uri=f"mltrack-artifacts:/{row.run_id}",
        parent_run_id=row.parent_run_id,
        session_id=row.session_id,
        execution_id=row.execution_id or "",
        notebook_path=row.notebook_path,
    )


def _load_texts(
    connection: Connection, table: type[ParamRow] | type[TagRow], ids: Sequence[int]
) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for part in parts(ids):
        rows = connection.execute(
            select(table.run, NameRow.name, table.value)
            .join(NameRow, NameRow.id == table.name)
            .where(table.run.in_(part))
        )
        for run, key, value in rows:
            found.setdefault(run, {})[key] = value
    return found


def _load_summaries(
    connection: Connection, ids: Sequence[int]
) -> dict[int, dict[str, MetricSummary]]:
    found: dict[int, dict[str, MetricSummary]] = {}
    for part in parts(ids):
        rows = connection.execute(
            select(MetricSummaryRow.__table__, NameRow.name.label("key"))
            .join(NameRow, NameRow.id == MetricSummaryRow.name)
            .where(MetricSummaryRow.run.in_(part))
        )
        for row in rows:
            found.setdefault(row.run, {})[row.key] = _to_summary(row)
    return found


def _to_summary(row: Any) -> MetricSummary:
    count, last = row._mapping["count"], row.last_value
    values = (row.min_value, row.max_value, row.first_value) if count > 1 else (last,) * 3
    least, greatest, first = (to_number(nan_for_null(value)) for value in values)
    return MetricSummary(
        last=to_number(nan_for_null(last)),
        min=least,
        max=greatest,
        first=first,
        count=count,
        step=row.last_step,
    )


def _load_inputs(connection: Connection, ids: Sequence[int]) -> dict[int, list[DatasetInput]]:
    found: dict[int, list[DatasetInput]] = {}
    for part in parts(ids):
        rows = connection.execute(
            select(RunDatasetRow.run, RunDatasetRow.context, DatasetRow.__table__)
            .join(
                DatasetRow,
                (DatasetRow.digest == RunDatasetRow.digest)
                & (DatasetRow.name == RunDatasetRow.name),
            )
            .where(RunDatasetRow.run.in_(part))
        )
        for row in rows:
            dataset = Dataset(
                name=row.name,
                digest=row.digest,
                source_type=row.source_type,
                source=row.source,
                schema=row.schema,
                profile=row.profile,
            )
            found.setdefault(row.run, []).append(DatasetInput(dataset=dataset, context=row.context))
    return found


def nan_for_null(value: float | None) -> float:
    """Undo what the writing side does to NaN."""
    return math.nan if value is None else value
