"""A run's notebook as a file: as it ran, in the order it ran."""

from collections.abc import Sequence
from typing import Any

from jupyter_mltrack.entities import (
    CellExecution,
    CellOutcome,
    Revision,
    RevisionCell,
    Run,
    Session,
)
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.cells import to_nbformat_output
from jupyter_mltrack.store.contract import ReadStore


def export_notebook(store: ReadStore, run_id: str) -> dict[str, Any]:
    """The notebook of a run, nbformat 4.5: the cells that led to it, in the order they ran.

    Markdown stays where it stood. A cell that ran more than once stands as it ran last before the
    run's own cell; what ran later follows up to the last cell that measured or used the model.

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
    items = [item for item in _interleave(executions, revision) if item.source.strip()]
    cells = _distinct([_to_cell(store, item) for item in items])
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
    """What ran in the session up to the run's last cell.

    Up to the cell that made the run, each cell as it ran last before it; then, when later cells
    measured or used the run's model, what ran from there up to the last of them.
    """
    own = store.list_run_cells(run.info.run_id)
    if not own:
        return []
    cells = store.list_session_cells(own[0].session_id)
    ids = [cell.execution_id for cell in cells]
    own_ids = {cell.execution_id for cell in own if cell.execution_id in ids}
    made = ids.index(run.info.execution_id if run.info.execution_id in ids else own[0].execution_id)
    last = max(ids.index(execution_id) for execution_id in own_ids)
    return [
        *_last_of_each(cells[: made + 1], own_ids),
        *_last_of_each(cells[made + 1 : last + 1], own_ids),
    ]


def _last_of_each(cells: Sequence[CellExecution], own: set[str]) -> list[CellExecution]:
    # A cell run again replaces its earlier execution. One that was interrupted might never end
    # when it is run again, so only the run's own may stay.
    chosen: dict[str, CellExecution] = {}
    for cell in cells:
        finished = cell.outcome in (CellOutcome.OK, CellOutcome.ERROR, CellOutcome.UNSEEN)
        if finished or cell.execution_id in own:
            key = cell.cell_id or cell.execution_id
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
    """Executions in order, each preceded by the markdown that stands above its cell."""
    if revision is None:
        return [_Item(execution=execution) for execution in executions]
    executed = {execution.cell_id for execution in executions}
    above: dict[str, list[RevisionCell]] = {}
    pending: list[RevisionCell] = []
    for cell in revision.cells:
        if cell.cell_type != "code":
            pending.append(cell)
        elif cell.cell_id in executed:
            above[cell.cell_id], pending = pending, []
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
    if execution.outcome in (CellOutcome.ERROR, CellOutcome.UNSEEN):
        # Front ends and nbclient go on after a cell that is expected to raise; of one that ran
        # before tracking began it is not known whether it does.
        cell.metadata["tags"] = ["raises-exception"]
    return _identified(cell, execution.cell_id)


def _distinct(cells: list[Any]) -> list[Any]:
    """Cells with ids of their own: one that ran before and after the run's stands there twice."""
    seen: set[str] = set()
    for cell in cells:
        while cell.id in seen:
            cell.id = f"{cell.id[:56]}-{len(seen)}"
        seen.add(cell.id)
    return cells


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
