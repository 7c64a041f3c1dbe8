"""What changed, and how much there is."""

from typing import Final

from sqlalchemy import Connection, func, select

from jupyter_mltrack.store.contract import Changes, Counts
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    ExperimentRow,
    RejectedRecordRow,
    RunRow,
    StateRow,
)

MAX_LISTED: Final = 500


def get_state(connection: Connection) -> dict[str, int]:
    """The counters of the store: ``change``, ``experiments``, ``sessions``."""
    return dict(connection.execute(select(StateRow.name, StateRow.value)).all())


def get_changes(connection: Connection, since: int) -> Changes:
    """What changed after a change number."""
    state = get_state(connection)
    rows = connection.execute(
        select(RunRow.run_id)
        .where(RunRow.change > since)
        .order_by(RunRow.change)
        .limit(MAX_LISTED + 1)
    )
    run_ids: list[str] | None = list(rows.scalars())
    if run_ids is not None and len(run_ids) > MAX_LISTED:
        run_ids = None
    return Changes(
        change=state.get("change", 0),
        run_ids=run_ids,
        experiments=state.get("experiments", 0) > since,
        sessions=state.get("sessions", 0) > since,
    )


def get_counts(connection: Connection) -> Counts:
    """How many experiments, runs, cell executions and rejected records there are."""
    counts = [
        connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (ExperimentRow, RunRow, CellExecutionRow, RejectedRecordRow)
    ]
    return Counts(experiments=counts[0], runs=counts[1], cells=counts[2], rejected=counts[3])
