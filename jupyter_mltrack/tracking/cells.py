"""Which cell execution the running code belongs to.

A context variable set when the cell begins carries the answer into its asyncio tasks; code in
a plain thread, which starts with an empty context, is answered by the thread that started a cell
last. Two subshells run two cells at once in two threads, so nothing here is "the current cell".
"""

import contextvars
import sys
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from jupyter_mltrack.entities import CellOutcome, Output
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    import asyncio

    from jupyter_mltrack.tracking.active import ActiveRun
    from jupyter_mltrack.tracking.session import TrackingSession

current_cell: contextvars.ContextVar["Cell | None"] = contextvars.ContextVar(
    "mltrack_cell", default=None
)
cells_by_thread: dict[int, "Cell"] = {}
end_listeners: list[Callable[["Cell", str], None]] = []
"""Told of each cell that ends, and how, before anything of it is completed."""


class Cell:
    """A cell execution under way.

    ``runs`` are the runs autologged in it, the one a bare log call goes to last, ``implicit_run``
    the one made for bare log calls. ``at_end`` is called once when the cell ends, while what is
    logged still belongs to it. Of a private one nothing is recorded: what is logged in it belongs
    to no execution (an empty id).
    """

    def __init__(
        self, session: "TrackingSession", cell_id: str, source: str, *, private: bool = False
    ) -> None:
        self.session = session
        self.execution_id = "" if private else uuid.uuid4().hex
        self.is_private = private
        self.is_autologged = not private
        self.cell_id = cell_id
        self.source = source
        self.thread = threading.get_ident()
        self.task = _current_task()
        self.runs: list[ActiveRun] = []
        self.implicit_run: ActiveRun | None = None
        self.at_end: list[Callable[[], None]] = []
        self.outputs = 0
        self.ended = False

    def add_output(self, output: Output, position: int | None = None) -> int:
        """Record something the cell showed; give ``position`` to replace an earlier output."""
        if position is None:
            position = self.outputs
            self.outputs += 1
        self.session.write(ev.CellOutput(self.execution_id, position, output))
        return position

    def clear_outputs(self) -> None:
        """Record that what the cell showed so far was cleared."""
        self.session.write(ev.CellOutputsCleared(self.execution_id))

    def is_directly_running(self) -> bool:
        """Whether the caller is the cell's own code, not a thread or task it started."""
        return self.thread == threading.get_ident() and self.task is _current_task()


def begin_cell(
    session: "TrackingSession",
    *,
    cell_id: str,
    source: str,
    execution_count: int | None,
    revision: str = "",
    notebook_path: str = "",
) -> Cell:
    """Record that a cell begins, and make it the one that running code belongs to."""
    cell = Cell(session, cell_id, source)
    current_cell.set(cell)
    cells_by_thread[cell.thread] = cell
    session.append_gathered()  # of a block that an interrupt may have ended in an odd moment
    session.write(
        ev.CellStarted(
            cell.execution_id,
            session.session_id,
            cell_id,
            source,
            execution_count,
            now_ms(),
            revision,
            notebook_path,
        )
    )
    return cell


def begin_private_cell(session: "TrackingSession") -> Cell:
    """Make a cell the one that running code belongs to, without recording anything of it."""
    cell = Cell(session, "", "", private=True)
    current_cell.set(cell)
    cells_by_thread[cell.thread] = cell
    return cell


def end_cell(cell: Cell, outcome: str = CellOutcome.OK, error: str = "") -> None:
    """Record how a cell ended; its implicit run, if it made one, ends with it."""
    try:
        for told in end_listeners:
            with problems.caught("listening to the end of a cell"):
                told(cell, outcome)
        complete_cell(cell)
    finally:
        _leave(cell)
        _record_end(cell, outcome, error)


def complete_cell(cell: Cell) -> None:
    """Do what was put off until the cell ends."""
    while cell.at_end:
        with problems.caught("completing a cell"):
            cell.at_end.pop()()


def _leave(cell: Cell) -> None:
    cell.ended = True
    cell.runs.clear()
    if cells_by_thread.get(cell.thread) is cell:
        del cells_by_thread[cell.thread]
    if current_cell.get() is cell:
        current_cell.set(None)


def _record_end(cell: Cell, outcome: str, error: str) -> None:
    if cell.implicit_run is not None:
        cell.implicit_run.end_for_outcome(outcome)
    if outcome == CellOutcome.INTERRUPTED:
        _end_cut_off(cell)
    if not cell.is_private:
        cell.session.write(ev.CellEnded(cell.execution_id, now_ms(), outcome, error))


def _end_cut_off(cell: Cell) -> None:
    # An interrupt may come before a library's call that made a run has begun or after it has ended.
    for run in list(cell.session.open_runs.values()):
        if run.cell is cell and run.thread == cell.thread and run.origin != "user":
            run.end_for_outcome(CellOutcome.INTERRUPTED)


def find_cell() -> Cell | None:
    """The cell execution the caller belongs to, or None outside a notebook."""
    cell = current_cell.get()
    if cell is not None or not cells_by_thread:
        return cell
    cell = cells_by_thread.get(threading.get_ident())
    if cell is None:
        # Another thread may have taken the last one off since.
        cell = next(reversed(list(cells_by_thread.values())), None)
    return cell


def forget_cells() -> None:
    """Drop everything; for a process that was just forked."""
    cells_by_thread.clear()
    current_cell.set(None)


def _current_task() -> "asyncio.Task[object] | None":
    # A program that has not imported asyncio has no tasks, and need not pay for the import.
    module = sys.modules.get("asyncio")
    if module is None:
        return None
    try:
        task: asyncio.Task[object] | None = module.current_task()
        return task
    except RuntimeError:
        return None
