"""Which cells an export has: what made the result, or the notebook as it stood then."""

from collections.abc import Mapping, Sequence

import msgspec

from jupyter_mltrack.entities import (
    CellExecution,
    Revision,
    RevisionCell,
    Run,
    Session,
)
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.dataflow import select_executions
from jupyter_mltrack.query.revisions import as_of
from jupyter_mltrack.query.source import is_aside
from jupyter_mltrack.store.contract import ReadStore

TEXT = "text"
EXECUTED = "executed"
EDITED = "edited"


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to write: ``cell`` as a revision has it, ``execution`` whose outputs it shows.

    ``origin`` is that of a revision's cell, at the moment of the export's revision.
    """

    source: str
    cell_type: str
    cell_id: str
    origin: str
    tags: tuple[str, ...] = ()
    execution: CellExecution | None = None


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of an export in their order, and what they are from."""

    kind: str
    run: Run
    session: Session | None
    revision: Revision | None
    cells: list[Chosen]
    notes: list[str]


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What ran in a run's session up to the last cell that made, measured or used the run.

    ``own`` are the ids of the executions that did.
    """

    run: Run
    cells: list[CellExecution]
    own: list[str]
    elsewhere: int


def get_history(store: ReadStore, run_id: str) -> History:
    """The executions behind a run.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or it was not made in a notebook.
    """
    run = store.get_run(run_id)
    own = store.list_run_cells(run_id)
    if not own:
        raise ResourceDoesNotExist(
            f"Run {run.info.run_name} was made by a script, not by a notebook cell; "
            "there is no notebook to export."
        )
    # A cell that asked for a verdict or a picture of the run has no part in it.
    telling = [cell for cell in own if not is_aside(cell.source)] or own
    session_id = telling[0].session_id
    own_ids = {cell.execution_id for cell in telling if cell.session_id == session_id}
    cells = store.list_session_cells(session_id)
    places = [place for place, cell in enumerate(cells) if cell.execution_id in own_ids]
    return History(
        run=run,
        cells=cells[: max(places) + 1],
        own=[cells[place].execution_id for place in places],
        elsewhere=len(telling) - len(own_ids),
    )


def select_order(store: ReadStore, run_id: str) -> Selection:
    """The executions that made the run in the order they ran, below the text above their cells."""
    history = get_history(store, run_id)
    revision = _find_revision(store, history.cells[-1])
    executions = _select(store, history)
    cells = _interleave(executions, revision)
    return Selection(
        kind="order",
        run=history.run,
        session=store.find_session(history.cells[-1].session_id),
        revision=revision,
        cells=[cell for cell in cells if cell.source.strip()],
        notes=_notes_on_sessions(history),
    )


def _select(store: ReadStore, history: History) -> list[CellExecution]:
    """What made the run, without what only looked at runs or made others that it did not need."""
    others = store.list_execution_runs([cell.execution_id for cell in history.cells])
    unwanted = [
        cell.execution_id
        for cell in history.cells
        # What turns tracking on is wanted, whatever else its cell did.
        if is_aside(cell.source)
        or (cell.execution_id in others and "%mltrack start" not in cell.source)
    ]
    return select_executions(history.cells, history.own, unwanted)


def select_stood(store: ReadStore, run_id: str) -> Selection:
    """All cells of the notebook as it was when the run's last cell ran, with what they showed."""
    history = get_history(store, run_id)
    revision = _find_revision(store, history.cells[-1])
    last = {cell.cell_id or cell.execution_id: cell for cell in history.cells}
    notes = _notes_on_sessions(history)
    if revision is None or revision.layer == EXECUTED:
        notes.append(
            "Only cells that ran are known, in the order they first ran: no front end and no file "
            "told of the others and of text."
        )
    if revision is None:
        cells = [_from_execution(cell) for cell in last.values()]
    else:
        stood = as_of(revision, history.cells, history.cells[-1])
        cells = [_as_it_stood(cell, last) for cell in stood.cells]
        gone = last.keys() - {cell.cell_id for cell in revision.cells}
        if gone:
            count = f"{len(gone)} cell{'s' if len(gone) > 1 else ''}"
            notes.append(f"{count} that ran before had left the notebook; the order they ran has "
                         "those that matter.")  # fmt: skip
    return Selection(
        kind="stood",
        run=history.run,
        session=store.find_session(history.cells[-1].session_id),
        revision=revision,
        cells=cells,
        notes=notes,
    )


def _interleave(executions: Sequence[CellExecution], revision: Revision | None) -> list[Chosen]:
    """Executions in order, each preceded by the text that stands above its cell."""
    if revision is None:
        return [_from_execution(execution) for execution in executions]
    known = {cell.cell_id: cell for cell in revision.cells}
    executed = {execution.cell_id for execution in executions}
    above: dict[str, list[RevisionCell]] = {}
    pending: list[RevisionCell] = []
    for cell in revision.cells:
        if cell.cell_type != "code":
            pending.append(cell)
        elif cell.cell_id in executed:
            above[cell.cell_id], pending = pending, []
    chosen: list[Chosen] = []
    for execution in executions:
        chosen += [_from_revision(cell, TEXT) for cell in above.pop(execution.cell_id, [])]
        own = known.get(execution.cell_id)
        chosen.append(_from_execution(execution, own.tags if own else ()))
    return chosen


def _as_it_stood(cell: RevisionCell, last: Mapping[str, CellExecution]) -> Chosen:
    execution = last.get(cell.cell_id)
    if execution is None or execution.source == cell.source:
        return _from_revision(cell, cell.origin, execution)
    return _from_revision(cell, EDITED)


def _from_revision(
    cell: RevisionCell, origin: str, execution: CellExecution | None = None
) -> Chosen:
    return Chosen(
        source=cell.source,
        cell_type=cell.cell_type,
        cell_id=cell.cell_id,
        origin=origin,
        tags=cell.tags,
        execution=execution,
    )


def _from_execution(execution: CellExecution, tags: tuple[str, ...] = ()) -> Chosen:
    return Chosen(
        source=execution.source,
        cell_type="code",
        cell_id=execution.cell_id,
        origin=EXECUTED,
        tags=tags,
        execution=execution,
    )


def _find_revision(store: ReadStore, execution: CellExecution) -> Revision | None:
    if not execution.revision:
        return None
    try:
        return store.get_revision(execution.revision)
    except ResourceDoesNotExist:
        return None


def _notes_on_sessions(history: History) -> list[str]:
    if not history.elsewhere:
        return []
    return ["Cells of another kernel session logged to this run too; they are not in here."]
