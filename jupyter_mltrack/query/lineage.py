"""From a number to the cell execution that made it, and from a cell to all it made."""

from collections.abc import Sequence

from jupyter_mltrack.entities import CellExecution, Run
from jupyter_mltrack.entities.lineage_views import (
    CellLineageView,
    LineageView,
    MadeView,
    OriginView,
)
from jupyter_mltrack.entities.views import CellView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import cells
from jupyter_mltrack.query.certificate import get_certificate
from jupyter_mltrack.query.dataflow import find_needed
from jupyter_mltrack.store.contract import ReadStore


def get_lineage(store: ReadStore, run_id: str) -> LineageView:
    """Where a run is from: its certificate, the cells that made it and those that they needed.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    run = store.get_run(run_id)
    own = store.list_run_cells(run_id)
    own_ids = [cell.execution_id for cell in own]
    behind = _list_cells_behind(store, own)
    maker = _Maker(store, run)
    return LineageView(
        run_id=run_id,
        run_name=run.info.run_name,
        certificate=get_certificate(store, run_id),
        cells=[
            CellLineageView(
                cell=cells.to_cell_view(cell),
                made=[made] if (made := maker.made_by(cell.execution_id)) else [],
                plots=_plots(store, cell) if cell.execution_id in own_ids else [],
            )
            for cell in behind
        ],
        own=own_ids,
        needed=[one.execution_id for one in behind if one.execution_id not in own_ids],
        origins=maker.origins(),
    )


def get_cell_lineage(store: ReadStore, execution_id: str) -> CellLineageView:
    """What a cell execution made, of all runs.

    Raises
    ------
    ResourceDoesNotExist
        No cell execution has this id.
    """
    return _to_lineages(store, [_get_execution(store, execution_id)])[0]


def list_cell_lineages(store: ReadStore, execution_id: str) -> list[CellLineageView]:
    """What each execution of the same cell in the same session made, in the order they ran.

    Raises
    ------
    ResourceDoesNotExist
        No cell execution has this id.
    """
    cell = _get_execution(store, execution_id)
    every = store.list_session_cells(cell.session_id)
    same = [one for one in every if one.cell_id == cell.cell_id] if cell.cell_id else [cell]
    return _to_lineages(store, same)


def get_point_cell(store: ReadStore, run_id: str, key: str, index: int = -1) -> CellView | None:
    """The cell execution that logged a point; its ``revision`` is the notebook it ran in.

    ``index`` counts points in the order they were logged, from the end when it is negative. None
    when the point was logged outside of any cell.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or it has no such metric.
    InvalidParameterValue
        The metric has no such point.
    """
    run = store.get_run(run_id)
    if key not in run.data.metrics:
        raise ResourceDoesNotExist(f"Run {run.info.run_name} has no metric named {key!r}.")
    series = store.get_series(run_id, key)
    position = index if index >= 0 else series.total + index
    if not 0 <= position < series.total:
        raise InvalidParameterValue(
            f"Metric {key!r} has {series.total} points; there is none of index {index}."
        )
    for execution_id, count in series.executions:
        if position < count:
            return cells.get_cell_views(store, [execution_id]).get(execution_id)
        position -= count
    return None


class _Maker:
    """What the cell executions of one run made."""

    def __init__(self, store: ReadStore, run: Run) -> None:
        self._store = store
        self._run = run
        run_id = run.info.run_id
        self._lineage = store.get_lineage(run_id)
        self._series = store.list_series(run_id)
        self._artifacts = store.list_artifacts(run_id)
        self._names = {model.model_id: model.name for model in store.list_models(run_id)}

    def made_by(self, execution_id: str) -> MadeView | None:
        """What an execution made of the run; None when that is nothing."""
        lineage, info = self._lineage, self._run.info
        points = {
            key: sum(count for one, count in series.executions if one == execution_id)
            for key, series in self._series.items()
        }
        made = MadeView(
            run_id=info.run_id,
            run_name=info.run_name,
            made_run=info.execution_id == execution_id,
            params=[key for key, one in lineage.params.items() if one == execution_id],
            metrics={key: count for key, count in points.items() if count},
            models=[
                self._names.get(model_id, model_id)
                for model_id, one in lineage.models.items()
                if one == execution_id
            ],
            artifacts=[one.path for one in self._artifacts if one.execution_id == execution_id],
        )
        is_own = made.made_run or execution_id in lineage.links
        return made if is_own or made.metrics or made.params or made.artifacts else None

    def origins(self) -> list[OriginView]:
        """Which execution logged which points."""
        ids = [one for series in self._series.values() for one, _ in series.executions]
        views = cells.get_cell_views(self._store, ids)
        origins = []
        for key, series in self._series.items():
            first = 0
            for execution_id, count in series.executions:
                cell = views.get(execution_id)
                origins.append(OriginView(key=key, first=first, count=count, cell=cell))
                first += count
        return origins


def _get_execution(store: ReadStore, execution_id: str) -> CellExecution:
    found = store.list_cell_executions([execution_id])
    if not found:
        raise ResourceDoesNotExist(f"There is no cell execution {execution_id!r}.")
    return found[0]


def _to_lineages(store: ReadStore, executions: Sequence[CellExecution]) -> list[CellLineageView]:
    run_ids = store.list_execution_runs([one.execution_id for one in executions])
    every = list(dict.fromkeys(run_id for ids in run_ids.values() for run_id in ids))
    makers = {run.info.run_id: _Maker(store, run) for run in store.list_runs(every)}
    return [
        CellLineageView(
            cell=cells.to_cell_view(one),
            made=[
                made
                for run_id in run_ids.get(one.execution_id, [])
                if (made := makers[run_id].made_by(one.execution_id)) is not None
            ],
            plots=_plots(store, one),
        )
        for one in executions
    ]


def _list_cells_behind(store: ReadStore, own: Sequence[CellExecution]) -> list[CellExecution]:
    """The run's own executions and those of its session that they needed, in order."""
    behind: list[CellExecution] = []
    own_ids = {one.execution_id for one in own}
    for session_id in dict.fromkeys(one.session_id for one in own):
        behind += find_needed(store.list_session_cells(session_id), own_ids)
    return behind


def _plots(store: ReadStore, cell: CellExecution) -> list[str]:
    return [plot.digest for plot in cells.get_cell_plots(store, [cell])]
