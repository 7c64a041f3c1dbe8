"""Which cell execution logged what of a run."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from jupyter_mltrack.store.contract import Lineage
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    LoggedModelRow,
    NameRow,
    ParamRow,
    RunCellRow,
    RunRow,
)


def get_lineage(connection: Connection, run_id: str) -> Lineage:
    """Ids of cell executions behind the params, models and links of a run."""
    params = _of(run_id, ParamRow, NameRow.name).join(NameRow, NameRow.id == ParamRow.name)
    models = _of(run_id, LoggedModelRow, LoggedModelRow.model_id)
    links = _of(run_id, RunCellRow, RunCellRow.execution).order_by(RunCellRow.execution)
    return Lineage(
        params=dict(connection.execute(params).all()),
        models=dict(connection.execute(models).all()),
        links=[execution_id for _, execution_id in connection.execute(links)],
    )


def list_execution_runs(
    connection: Connection, execution_ids: Sequence[str]
) -> dict[str, list[str]]:
    """Active runs that cell executions made or logged to, by execution id."""
    found: dict[str, dict[int, str]] = {}
    for part in parts(list(dict.fromkeys(execution_ids))):
        made = (
            select(CellExecutionRow.execution_id, RunRow.id, RunRow.run_id)
            .join(RunRow, RunRow.execution == CellExecutionRow.id)
            .where(CellExecutionRow.execution_id.in_(part), RunRow.lifecycle_stage == "active")
        )
        linked = (
            select(CellExecutionRow.execution_id, RunRow.id, RunRow.run_id)
            .join(RunCellRow, RunCellRow.execution == CellExecutionRow.id)
            .join(RunRow, RunRow.id == RunCellRow.run)
            .where(CellExecutionRow.execution_id.in_(part), RunRow.lifecycle_stage == "active")
        )
        for execution_id, key, run_id in connection.execute(made.union(linked)):
            found.setdefault(execution_id, {})[key] = run_id
    return {key: [runs[number] for number in sorted(runs)] for key, runs in found.items()}


def _of(
    run_id: str, table: type[ParamRow] | type[LoggedModelRow] | type[RunCellRow], key: Any
) -> Select[Any]:
    return (
        select(key, CellExecutionRow.execution_id)
        .select_from(table)
        .join(RunRow, RunRow.id == table.run)
        .join(CellExecutionRow, CellExecutionRow.id == table.execution)
        .where(RunRow.run_id == run_id)
    )
