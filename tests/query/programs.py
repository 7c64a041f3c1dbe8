"""Sessions written as lists: which cell ran, with which source."""

from collections.abc import Sequence

from jupyter_mltrack.entities import CellExecution, CellOutcome


def execution(
    number: int, cell_id: str, source: str, outcome: str = CellOutcome.OK, error: str = ""
) -> CellExecution:
    """The execution ``e<number>``."""
    return CellExecution(
        execution_id=f"e{number}",
        session_id="s",
        cell_id=cell_id,
        source=source,
        execution_count=number,
        start_time=number,
        outcome=outcome,
        error=error,
    )


def session(*cells: Sequence[str]) -> list[CellExecution]:
    """Executions of (cell, source[, outcome[, error]]), numbered from 1."""
    return [execution(number, *cell) for number, cell in enumerate(cells, 1)]


def numbers(cells: Sequence[CellExecution]) -> list[int]:
    """The numbers of executions."""
    return [int(cell.execution_id[1:]) for cell in cells]
