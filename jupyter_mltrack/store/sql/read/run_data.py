"""What runs hold: params, tags, metrics, datasets, as entities and as columns of a table."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

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
from jupyter_mltrack.store.contract import RunTable
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
    names = _read_names(connection, {row[1] for part in (params, tags, metrics) for row in part})
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


def load_table(connection: Connection, rows: Sequence[Any]) -> RunTable:
    """The same runs as columns: the last value of each metric, params and tags."""
    places = {row.id: place for place, row in enumerate(rows)}
    metrics, params, tags = (
        _load_columns(connection, places, table.run, table.name, value, absent)
        for table, value, absent in (
            (MetricSummaryRow, MetricSummaryRow.last_value, math.nan),
            (ParamRow, ParamRow.value, None),
            (TagRow, TagRow.value, None),
        )
    )
    return RunTable(
        run_ids=[row.run_id for row in rows],
        experiment_ids=[row.experiment_id for row in rows],
        statuses=[row.status for row in rows],
        start_times=[row.start_time for row in rows],
        end_times=[row.end_time for row in rows],
        metrics=metrics,
        params=params,
        tags=tags,
    )


def _load_columns(
    connection: Connection, places: Mapping[int, int], run: Any, name: Any, value: Any, absent: Any
) -> dict[str, list[Any]]:
    """A column a key, with the values at the runs' places."""
    columns: dict[int, list[Any]] = {}
    for entries in _entries(connection, places, run, name, value):
        for run_id, name_id, entry in entries:
            place = places.get(run_id)
            if place is None or entry is None:
                continue
            try:
                columns[name_id][place] = entry
            except KeyError:
                columns[name_id] = [absent] * len(places)
                columns[name_id][place] = entry
    names = _read_names(connection, columns)
    return {names[name_id]: column for name_id, column in columns.items()}


def _entries(
    connection: Connection, runs: Collection[int], run: Any, *columns: Any
) -> Iterator[Sequence[Any]]:
    """Entries of the runs; those of other runs too where reading all is quicker than choosing."""
    total = connection.execute(select(func.count()).select_from(RunRow)).scalar_one()
    query = select(run, *columns)
    if len(runs) > 1000 and len(runs) > total // 3:
        yield from fetch(connection, query)
        return
    for part in parts(list(runs)):
        yield from fetch(connection, query.where(run.in_(part)))


def _read_names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
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
