"""Two runs beside each other, and a run beside the notebook as it is now."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities.diff_views import CellDiff, RunDiff
from jupyter_mltrack.entities.notebook import is_not_stored
from jupyter_mltrack.entities.views import DatasetView, EnvironmentView, RunView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.diff import facts
from jupyter_mltrack.query.diff.alignment import Item
from jupyter_mltrack.query.diff.cells import Side, diff_cells, pair_cells
from jupyter_mltrack.query.diff.libraries import imported_packages
from jupyter_mltrack.query.diff.plots import diff_plots
from jupyter_mltrack.query.diff.seeds import find_seeds
from jupyter_mltrack.query.diff.summary import Evidence, summarise_runs, summarise_since
from jupyter_mltrack.query.export.selection import (
    EXECUTED,
    Selection,
    select_order,
    select_stood,
)
from jupyter_mltrack.query.runs import get_environment, to_dataset_views, to_run_views
from jupyter_mltrack.store.contract import ReadStore

_EMPTY: Final = Side(items=[], numbers=[], executions=[])
_REDACTED: Final = "[redacted]"
_TRACKING: Final = re.compile(
    r"\s*(%+mltrack\b(?!\s+(load|run|params)\b).*|%(re)?load_ext\s+jupyter_mltrack\s*|#.*|)"
)


class _Read(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared of a run; sides are empty for one that no notebook made."""

    view: RunView
    executed: Side
    notebook: Side
    is_whole: bool
    datasets: list[DatasetView]
    environment: EnvironmentView | None


def diff_runs(store: ReadStore, base_id: str, run_id: str) -> RunDiff:
    """What changed from one run to another.

    Raises
    ------
    ResourceDoesNotExist
        A run is unknown.
    InvalidParameterValue
        Both are the same run.
    """
    if base_id == run_id:
        raise InvalidParameterValue(
            f"Both are run {base_id[:8]}. Name two runs, or compare it with the notebook as it is "
            "now by naming it alone."
        )
    base, run = _read(store, base_id), _read(store, run_id)
    pairs = pair_cells(base.executed, run.executed)
    behind = {item.cell_id for item in [*base.executed.items, *run.executed.items]}
    executed = diff_cells(base.executed, run.executed, pairs, behind)
    evidence = _gather(base, run, executed)
    notebook_pairs = pair_cells(base.notebook, run.notebook)
    return RunDiff(
        summary=summarise_runs(evidence),
        base=base.view,
        run=run.view,
        path="",
        executed=executed,
        notebook=diff_cells(base.notebook, run.notebook, notebook_pairs, behind),
        params=evidence.params,
        metrics=evidence.metrics,
        datasets=evidence.datasets,
        seeds=evidence.seeds,
        packages=evidence.packages,
        environment=evidence.environment,
        plots=diff_plots(store, (base_id, run_id), (base.executed, run.executed), pairs),
        notes=_notes(base, run),
    )


def diff_with_file(
    store: ReadStore, run_id: str, notebook: Mapping[str, Any], path: str = ""
) -> RunDiff:
    """What changed in a notebook since a run.

    Parameters
    ----------
    notebook
        nbformat 4; its sources with secrets redacted as what is stored has them.
    path
        What to call it.

    Raises
    ------
    ResourceDoesNotExist
        The run is unknown, or was not made in a notebook.
    InvalidParameterValue
        It is no notebook.
    """
    base = _read(store, run_id)
    if not base.notebook.items:
        raise ResourceDoesNotExist(
            f"Run {base.view.run_name} was not made in a notebook; there is nothing to compare "
            "a notebook with."
        )
    side = _side_of_file(notebook)
    behind = {item.cell_id for item in base.executed.items}
    cells = diff_cells(base.notebook, side, pair_cells(base.notebook, side), behind)
    if not base.is_whole:
        # What was there and did not run is not known, so that nothing can be said to be new.
        cells = [cell for cell in cells if cell.status != "added"]
    return _since(base, cells, path)


def _gather(base: _Read, run: _Read, executed: list[CellDiff]) -> Evidence:
    used = [imported_packages(one.executed.code) for one in (base, run)]
    return Evidence(
        metrics=facts.diff_metrics(base.view, run.view),
        cells=executed,
        makers=(_maker(base.view), _maker(run.view)),
        params=facts.diff_values(base.view.params, run.view.params),
        datasets=facts.diff_datasets(base.datasets, run.datasets),
        seeds=facts.diff_values(_seeds(base), _seeds(run)),
        packages=facts.diff_packages(base.environment, run.environment),
        environment=facts.diff_environments(base.environment, run.environment),
        imported=set(used[0]) & set(used[1]),
        is_code_known=all(_is_plain(one.executed) for one in (base, run)),
    )


def _maker(view: RunView) -> str:
    return view.cell.cell_id if view.cell else ""


def _since(base: _Read, cells: list[CellDiff], path: str) -> RunDiff:
    return RunDiff(
        summary=summarise_since(cells, base.view.run_name, is_code_known=_is_plain(base.notebook)),
        base=base.view,
        run=None,
        path=path,
        executed=[],
        notebook=cells,
        params=[],
        metrics=[],
        datasets=[],
        seeds=[],
        packages=[],
        environment=[],
        plots=[],
        notes=_notes(base),
    )


def _read(store: ReadStore, run_id: str) -> _Read:
    run = store.get_run(run_id)
    order: Selection | None = None
    stood: Selection | None = None
    if store.list_run_cells(run_id):
        order, stood = select_order(store, run_id), select_stood(store, run_id)
    is_whole = bool(stood and stood.revision and stood.revision.layer != EXECUTED)
    numbers = _numbers(stood) if stood and is_whole else {}
    return _Read(
        view=to_run_views(store, [run])[0],
        executed=_side(order, numbers, only_code=True),
        notebook=_side(stood, numbers),
        is_whole=is_whole,
        datasets=to_dataset_views(run),
        environment=get_environment(store, run),
    )


def _numbers(stood: Selection) -> dict[str, int]:
    """Code cells by id, counted from 1 as they stand in the notebook."""
    code = [cell for cell in stood.cells if cell.cell_type == "code"]
    return {cell.cell_id: number for number, cell in enumerate(code, 1)}


def _side(
    selection: Selection | None, numbers: Mapping[str, int], *, only_code: bool = False
) -> Side:
    if selection is None:
        return _EMPTY
    cells = [
        cell
        for cell in selection.cells
        if _is_told(cell.cell_type, cell.source) and (cell.cell_type == "code" or not only_code)
    ]
    return Side(
        items=[
            Item(cell_id=cell.cell_id, cell_type=cell.cell_type, source=cell.source)
            for cell in cells
        ],
        numbers=[numbers.get(cell.cell_id) for cell in cells],
        executions=[cell.execution for cell in cells],
    )


def _is_told(cell_type: str, source: str) -> bool:
    """Whether a cell is worth a word: not when it is empty or only looks at runs."""
    if cell_type != "code":
        return bool(source.strip())
    lines = source.split("\n")
    return any(line.strip() for line in lines) and not (
        any("mltrack" in line for line in lines) and all(map(_TRACKING.fullmatch, lines))
    )


def _side_of_file(notebook: Mapping[str, Any]) -> Side:
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise InvalidParameterValue("This is no notebook of nbformat 4: it has no list of cells.")
    items: list[Item] = []
    numbers: list[int | None] = []
    count = 0
    for place, cell in enumerate(cells):
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(map(str, source))
        kind = str(cell.get("cell_type", "code"))
        count += kind == "code"
        if _is_told(kind, text):
            cell_id = str(cell.get("id") or f"n-{place}")
            items.append(Item(cell_id=cell_id, cell_type=kind, source=text))
            numbers.append(count if kind == "code" else None)
    return Side(items=items, numbers=numbers, executions=[None] * len(items))


def _seeds(read: _Read) -> dict[str, str]:
    return find_seeds(read.executed.code, read.view.params)


def _is_plain(side: Side) -> bool:
    return bool(side.items) and not any(
        is_not_stored(source) or _REDACTED in source for source in side.code
    )


def _notes(*runs: _Read) -> list[str]:
    notes = []
    for run in runs:
        name = run.view.run_name
        if not run.executed.items:
            notes.append(f"{name} was not made in a notebook; its code is not known.")
        elif not run.is_whole:
            notes.append(f"Of the notebook of {name} only the cells that ran are known.")
        if len(runs) > 1 and not (run.environment and run.environment.packages):
            notes.append(f"The packages of {name} are not known.")
    sources = [source for run in runs for source in run.executed.code]
    return notes + _notes_on_hidden(sources)


def _notes_on_hidden(sources: Sequence[str]) -> list[str]:
    notes = []
    if any(map(is_not_stored, sources)):
        notes.append("Private cells are not stored, and not compared.")
    if any(_REDACTED in source for source in sources):
        notes.append("Secrets are redacted; whether they are the same is not known.")
    return notes
