"""Which cell execution logged what of a run."""

from typing import Any

from sqlalchemy import Connection, Select, select

from jupyter_mltrack.store.contract import Lineage
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
