"""Which run of a rerun repeats which run of the original session.

Each cell of the executed notebook names the execution of the original session that it stands for.
The runs that a cell makes are paired in the order they began, those inside others (of a search)
among themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from jupyter_mltrack.entities import CellExecution, Run, ViewType
from jupyter_mltrack.query.export.cells import EXECUTION, FACTS
from jupyter_mltrack.query.runs import MAX_RESULTS, search_runs
from jupyter_mltrack.store.contract import ReadStore

RERUN_TAG: Final = "mltrack.rerunOf"
"""Tag of a run that repeats another: the id of that one."""


def list_session_runs(store: ReadStore, session_id: str) -> list[Run]:
    """The runs that a session made, those in the trash included, in the order they began."""
    quoted = session_id.replace("'", "''")
    found, _ = search_runs(
        store,
        f"session_id = '{quoted}'",
        ["start_time ASC"],
        max_results=MAX_RESULTS,
        view=ViewType.ALL,
        summaries=False,
    )
    return found


class Pairing:
    """The original side: the cells and runs of the session that made a run.

    ``notebook`` is what is executed again: the run's export, in the order its cells ran.
    """

    def __init__(self, store: ReadStore, run: Run, notebook: Mapping[str, Any]) -> None:
        own = store.list_run_cells(run.info.run_id)
        session_id = own[0].session_id if own else run.info.session_id
        executions = store.list_session_cells(session_id)
        self._executions = {one.execution_id: one for one in executions}
        self._runs = _by_execution(list_session_runs(store, session_id))
        self._cells: list[Mapping[str, Any]] = [
            cell
            for cell in notebook["cells"]
            if cell["cell_type"] == "code" and cell["source"].strip()
        ]

    def find_execution(self, again: CellExecution) -> CellExecution | None:
        """The execution of the original session that this one repeats."""
        cell = self._find_cell(again)
        facts = cell["metadata"].get(FACTS, {}) if cell is not None else {}
        return self._executions.get(facts.get(EXECUTION, ""))

    def _find_cell(self, again: CellExecution) -> Mapping[str, Any] | None:
        by_id: dict[str, Mapping[str, Any]] = {cell["id"]: cell for cell in self._cells}
        if again.cell_id in by_id:
            return by_id[again.cell_id]
        # A fresh kernel counts the cells it executes from 1, in the order of the notebook.
        number = (again.execution_count or 0) - 1
        return self._cells[number] if 0 <= number < len(self._cells) else None

    def pair(self, cells: Iterable[CellExecution], runs: Sequence[Run]) -> dict[str, Run]:
        """The original of each of these runs by id; those that repeat none are left out."""
        again = _by_execution(runs)
        pairs: dict[str, Run] = {}
        for cell in cells:
            original = self.find_execution(cell)
            if original is None or cell.execution_id not in again:
                continue
            made = self._runs.get(original.execution_id, [])
            for wanted, found in zip(_levels(made), _levels(again[cell.execution_id]), strict=True):
                pairs |= {new.info.run_id: old for old, new in zip(wanted, found, strict=False)}
        return pairs


def _by_execution(runs: Iterable[Run]) -> dict[str, list[Run]]:
    made: dict[str, list[Run]] = {}
    for run in runs:
        made.setdefault(run.info.execution_id, []).append(run)
    return made


def _levels(runs: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """Runs that stand alone in their cell, and those inside one of these."""
    ids = {run.info.run_id for run in runs}
    outer = [run for run in runs if run.info.parent_run_id not in ids]
    inner = [run for run in runs if run.info.parent_run_id in ids]
    return outer, inner
