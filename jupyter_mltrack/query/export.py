"""A run's notebook as a file: as it ran, in the order it ran."""

from collections.abc import Sequence
from typing import Any

from jupyter_mltrack.entities import CellExecution, Revision, RevisionCell, Run, Session
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.cells import to_nbformat_output
from jupyter_mltrack.store.contract import ReadStore


def export_notebook(store: ReadStore, run_id: str) -> dict[str, Any]:
    """The notebook of a run, nbformat 4.5: the cells that led to it, in the order they ran.

    Markdown stays where it stood. A cell that ran more than once stands as it ran last before the
    run's own cell, which is last of the code; later cells that measured the run's model follow.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or it was not made in a notebook.
    """
    import nbformat.v4 as nbf

    run = store.get_run(run_id)
    executions = _leading_executions(store, run)
    if not executions:
        raise ResourceDoesNotExist(
            f"Run {run.info.run_name} was made by a script, not by a notebook cell; "
            "there is no notebook to export."
        )
    revision = _revision(store, executions)
    session = store.find_session(run.info.session_id)
    cells = [
        _to_cell(store, item) for item in _interleave(executions, revision) if item.source.strip()
    ]
    notebook = nbf.new_notebook(cells=cells, metadata=_metadata(run, session, revision))
    notebook.nbformat_minor = 5
    plain: dict[str, Any] = notebook
    return plain


def notebook_name(store: ReadStore, run_id: str) -> str:
    """A file name for the export: the notebook's, the run's name, the beginning of its id."""
    run = store.get_run(run_id)
    stem = run.info.notebook_path.rsplit("/", 1)[-1].removesuffix(".ipynb") or "notebook"
    safe = "".join(c if c.isalnum() or c in "-_.=" else "-" for c in run.info.run_name)[:60]
    return f"{stem}-{safe.strip('-.')}-{run_id[:8]}.ipynb"


def _leading_executions(store: ReadStore, run: Run) -> list[CellExecution]:
    """What ran in the session up to the run's last cell, the last execution of each cell."""
    own = store.list_run_cells(run.info.run_id)
    if not own:
        return []
    session_cells = store.list_session_cells(own[0].session_id)
    ids = [cell.execution_id for cell in session_cells]
    made = run.info.execution_id or own[0].execution_id
    until = ids.index(made) if made in ids else len(ids) - 1
    later = {cell.execution_id for cell in own}
    wanted = [
        cell
        for index, cell in enumerate(session_cells)
        if index <= until or cell.execution_id in later
    ]
    return _last_of_each(wanted, made)


def _last_of_each(cells: Sequence[CellExecution], made: str) -> list[CellExecution]:
    # A cell run again replaces its earlier execution, except that the run's own cell stays as it
    # was when it made the run.
    chosen: dict[str, CellExecution] = {}
    for cell in cells:
        key = cell.cell_id or cell.execution_id
        known = chosen.get(key)
        if known is not None and known.execution_id == made:
            continue
        if cell.outcome == "error" and known is not None:
            continue
        chosen.pop(key, None)
        chosen[key] = cell
    return list(chosen.values())


class _Item:
    """A cell to write: text of the revision, or an execution."""

    def __init__(
        self, text: RevisionCell | None = None, execution: CellExecution | None = None
    ) -> None:
        self.text = text
        self.execution = execution
        self.source = text.source if text else execution.source if execution else ""


def _interleave(executions: Sequence[CellExecution], revision: Revision | None) -> list[_Item]:
    """Executions in order, each preceded by the markdown that stands right above its cell."""
    if revision is None:
        return [_Item(execution=execution) for execution in executions]
    above: dict[str, list[RevisionCell]] = {}
    pending: list[RevisionCell] = []
    for cell in revision.cells:
        if cell.cell_type == "code":
            above[cell.cell_id] = pending
            pending = []
        else:
            pending.append(cell)
    items: list[_Item] = []
    for execution in executions:
        items += [_Item(text=cell) for cell in above.pop(execution.cell_id, [])]
        items.append(_Item(execution=execution))
    return items


def _revision(store: ReadStore, executions: Sequence[CellExecution]) -> Revision | None:
    digest = executions[-1].revision
    if not digest:
        return None
    try:
        return store.get_revision(digest)
    except ResourceDoesNotExist:
        return None


def _to_cell(store: ReadStore, item: _Item) -> Any:
    import nbformat
    import nbformat.v4 as nbf

    if item.text is not None:
        make = nbf.new_raw_cell if item.text.cell_type == "raw" else nbf.new_markdown_cell
        return _identified(make(item.text.source), item.text.cell_id)
    assert item.execution is not None
    execution = item.execution
    outputs = [
        nbformat.from_dict(to_nbformat_output(store, output, execution.execution_count))
        for output in store.list_outputs(execution.execution_id)
    ]
    cell = nbf.new_code_cell(
        execution.source, outputs=outputs, execution_count=execution.execution_count
    )
    return _identified(cell, execution.cell_id)


def _identified(cell: Any, cell_id: str) -> Any:
    # nbformat allows 1 to 64 letters, digits, - and _; an id of another kind keeps the fresh one.
    if 0 < len(cell_id) <= 64 and all(c.isalnum() or c in "-_" for c in cell_id):
        cell.id = cell_id
    return cell


def _metadata(run: Run, session: Session | None, revision: Revision | None) -> dict[str, Any]:
    version = session.python_version if session else ""
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": revision.language if revision else "python", "version": version},
        "jupyter_mltrack": {
            "run_id": run.info.run_id,
            "run_name": run.info.run_name,
            "notebook_path": run.info.notebook_path,
            "revision": revision.digest if revision else "",
        },
    }
