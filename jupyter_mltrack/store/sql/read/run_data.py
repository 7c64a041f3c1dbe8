"""What runs hold: params, tags, metrics, datasets."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from jupyter_mltrack.entities import (
    Dataset,
    DatasetInput,
    MetricSummary,
    Number,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    to_artifact_uri,
    to_number,
)
from jupyter_mltrack.store.sql.read.parts import fetch, parts
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

_SUMMARY = (
    MetricSummaryRow.run,
    MetricSummaryRow.name,
    MetricSummaryRow.last_value,
    MetricSummaryRow.min_value,
    MetricSummaryRow.max_value,
    MetricSummaryRow.first_value,
    MetricSummaryRow.count,
    MetricSummaryRow.last_step,
)


def select_infos() -> Select[Any]:
    """The statement whose rows :func:`load_runs` takes; callers add WHERE, ORDER BY, LIMIT."""
    return (
        select(
            RunRow.__table__,
            ExperimentRow.experiment_id,
            CellExecutionRow.execution_id,
        )
        .join(ExperimentRow, ExperimentRow.id == RunRow.experiment)
        .outerjoin(CellExecutionRow, CellExecutionRow.id == RunRow.execution)
    )


def load_runs(connection: Connection, rows: Sequence[Any], *, summaries: bool = True) -> list[Run]:
    """The runs of rows of :func:`select_infos`; without ``summaries`` in half the time."""
    ids = [row.id for row in rows]
    params = _read_entries(connection, ids, ParamRow.run, ParamRow.name, ParamRow.value)
    tags = _read_entries(connection, ids, TagRow.run, TagRow.name, TagRow.value)
    metrics = _read_entries(connection, ids, *(_SUMMARY if summaries else _SUMMARY[:3]))
    names = read_names(connection, {row[1] for part in (params, tags, metrics) for row in part})
    data = {run: RunData(params={}, metrics={}, tags={}, summaries={}) for run in ids}
    for run, name, value in params:
        data[run].params[names[name]] = value
    for run, name, value in tags:
        data[run].tags[names[name]] = value
    for run, name, last, *others in metrics:
        key, of_run = names[name], data[run]
        of_run.metrics[key] = nan_for_null(last)
        if summaries:
            of_run.summaries[key] = _to_summary(last, *others)
    inputs = _load_inputs(connection, ids)
    return [
        Run(
            info=_to_info(row),
            data=data[row.id],
            inputs=RunInputs(dataset_inputs=inputs.get(row.id, [])),
        )
        for row in rows
    ]


def read_names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The keys of these numbers."""
    found: dict[int, str] = {}
    for part in parts(list(ids)):
        query = select(NameRow.id, NameRow.name).where(NameRow.id.in_(part))
        for rows in fetch(connection, query):
            found.update(rows)
    return found


def _read_entries(connection: Connection, ids: Sequence[int], *columns: Any) -> list[Any]:
    run = columns[0]
    return [
        row
        for part in parts(ids)
        for rows in fetch(connection, select(*columns).where(run.in_(part)))
        for row in rows
    ]


def _to_summary(
    last: float | None,
    least: float | None,
    greatest: float | None,
    first: float | None,
    count: int,
    step: int,
) -> MetricSummary:
    number = _number(last)
    if count == 1:
        return MetricSummary(last=number, min=number, max=number, first=number, count=1, step=step)
    return MetricSummary(
        last=number,
        min=_number(least),
        max=_number(greatest),
        first=_number(first),
        count=count,
        step=step,
    )


def _number(value: float | None) -> Number:
    if value is not None and -math.inf < value < math.inf:
        return value
    return to_number(nan_for_null(value))


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
        artifact_uri=to_artifact_uri(row.run_id),
        parent_run_id=row.parent_run_id,
        session_id=row.session_id,
        execution_id=row.execution_id or "",
        notebook_path=row.notebook_path,
    )


def nan_for_null(value: float | None) -> float:
    """Undo what the writing side does to NaN."""
    return math.nan if value is None else value
