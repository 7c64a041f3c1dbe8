"""Runs as rows: searched, by id, one whole, and named as people name them."""

import base64
import binascii
from collections.abc import Sequence

import msgspec

from jupyter_mltrack.entities import LoggedModel, Run, ViewType
from jupyter_mltrack.entities.views import (
    DatasetView,
    EnvironmentView,
    ModelView,
    PlotView,
    RunDetail,
    RunPage,
    RunView,
)
from jupyter_mltrack.errors import AmbiguousName, InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import cells, files
from jupyter_mltrack.query.judgement import greater_is_better
from jupyter_mltrack.query.text import format_time
from jupyter_mltrack.search import (
    Identifier,
    OrderBy,
    parse_filter,
    parse_order_by,
    print_order,
)
from jupyter_mltrack.store.contract import ReadStore, RunSearch

MAX_RESULTS = 50_000
MIN_PREFIX = 4


def search_runs(
    store: ReadStore,
    filter_string: str = "",
    order_by: Sequence[str] = (),
    *,
    experiment_ids: Sequence[str] | None = None,
    notebook: str | Sequence[str] | None = None,
    max_results: int = 1000,
    page_token: str | None = None,
    view: int = ViewType.ACTIVE_ONLY,
    summaries: bool = True,
) -> tuple[list[Run], str | None]:
    """Runs that a filter asks for, and the token of the next page (None on the last).

    Without ``summaries`` of their metrics they come in half the time.

    Raises
    ------
    FilterError
        The filter or an order does not parse.
    InvalidParameterValue
        ``max_results`` is not between 1 and 50,000, or the token is not one of ours.
    """
    if not isinstance(max_results, int) or not 1 <= max_results <= MAX_RESULTS:
        raise InvalidParameterValue(
            f"max_results must be between 1 and {MAX_RESULTS}, not {max_results}."
        )
    offset = _from_token(page_token)
    search = to_search(filter_string, order_by, experiment_ids, notebook, view)
    runs = store.search_runs(
        msgspec.structs.replace(search, limit=max_results + 1, offset=offset, summaries=summaries)
    )
    more = len(runs) > max_results
    return runs[:max_results], _to_token(offset + max_results) if more else None


def to_search(
    filter_string: str = "",
    order_by: Sequence[str] = (),
    experiment_ids: Sequence[str] | None = None,
    notebook: str | Sequence[str] | None = None,
    view: int = ViewType.ACTIVE_ONLY,
) -> RunSearch:
    """A search as the store takes it, from what people write; without a limit.

    Raises
    ------
    FilterError
        The filter or an order does not parse.
    """
    return RunSearch(
        filter=parse_filter(filter_string) if filter_string else None,
        order_by=parse_order_by(list(order_by)),
        experiment_ids=experiment_ids,
        notebook_paths=[notebook] if isinstance(notebook, str) else notebook,
        view=view,
    )


def search_run_views(
    store: ReadStore,
    filter_string: str = "",
    order_by: Sequence[str] = (),
    *,
    experiment_ids: Sequence[str] | None = None,
    notebook: str | Sequence[str] | None = None,
    max_results: int = 200,
    page_token: str | None = None,
    view: int = ViewType.ACTIVE_ONLY,
) -> RunPage:
    """A page of rows; raises as :func:`search_runs`."""
    change = store.get_change()
    runs, token = search_runs(
        store,
        filter_string,
        order_by,
        experiment_ids=experiment_ids,
        notebook=notebook,
        max_results=max_results,
        page_token=page_token,
        view=view,
    )
    return RunPage(runs=to_run_views(store, runs), next_page_token=token, change=change)


def get_run_views(store: ReadStore, run_ids: Sequence[str]) -> list[RunView]:
    """Rows of these runs in this order, deleted ones included; unknown ids are left out."""
    return to_run_views(store, store.list_runs(run_ids))


def to_run_views(store: ReadStore, runs: Sequence[Run]) -> list[RunView]:
    """Rows of runs, each with the cell execution that made it."""
    names = {e.experiment_id: e.name for e in store.list_experiments(ViewType.ALL)}
    by_execution = cells.get_cell_views(store, (run.info.execution_id for run in runs))
    return [
        RunView(
            run_id=run.info.run_id,
            run_name=run.info.run_name,
            experiment_id=run.info.experiment_id,
            experiment_name=names.get(run.info.experiment_id, ""),
            status=run.info.status,
            start_time=run.info.start_time,
            end_time=run.info.end_time,
            user_id=run.info.user_id,
            lifecycle_stage=run.info.lifecycle_stage,
            parent_run_id=run.info.parent_run_id,
            params=run.data.params,
            metrics=run.data.summaries,
            tags=run.data.tags,
            notebook_path=run.info.notebook_path,
            cell=by_execution.get(run.info.execution_id),
        )
        for run in runs
    ]


def get_run_detail(store: ReadStore, run_id: str) -> RunDetail:
    """Everything about one run but its points and file contents.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    run = store.get_run(run_id)
    run_cells = store.list_run_cells(run_id)
    run_files = files.list_files(store, run_id)
    return RunDetail(
        run=to_run_views(store, [run])[0],
        children=store.list_child_ids(run_id),
        cells=[cells.get_cell_detail(store, cell) for cell in run_cells],
        plots=run_files.to_plot_views() + cells.get_cell_plots(store, run_cells),
        artifacts=run_files.to_artifact_views(),
        datasets=to_dataset_views(run),
        models=[_to_model_view(model) for model in store.list_models(run_id)],
        environment=get_environment(store, run),
        estimator=run_files.find_estimator(),
    )


def get_run_plots(store: ReadStore, run_id: str) -> list[PlotView]:
    """Pictures of a run: those drawn of it or logged to it, then those its cells showed."""
    shown = cells.get_cell_plots(store, store.list_run_cells(run_id))
    return files.list_files(store, run_id).to_plot_views() + shown


def resolve_run(store: ReadStore, name: str, *, notebook: str | Sequence[str] | None = None) -> str:
    """Id of the run a person means: an id, its prefix, a name, ``last`` or ``best:METRIC``.

    Raises
    ------
    ResourceDoesNotExist
        Nothing fits.
    AmbiguousName
        Several fit; the message lists them.
    """
    name = name.strip()
    if name == "last":
        return _first(store, [], "There is no run yet.", notebook, "parent_run_id IS NULL")
    if name.startswith("best:"):
        metric = name.removeprefix("best:")
        return _best(store, metric, notebook)
    exact = store.list_runs([name])
    if exact:
        return name
    found = store.find_run_ids_by_name(name)
    if not found and len(name) >= MIN_PREFIX:
        found = store.find_run_ids(name)
    if not found:
        raise ResourceDoesNotExist(
            f"No run is named {name!r} or has an id that begins so. "
            "Use an id, the first characters of one (4 at least), a name, last, or best:METRIC."
        )
    if len(found) > 1:
        raise AmbiguousName(_candidates(store, name, found), found)
    return found[0]


def _best(store: ReadStore, metric: str, notebook: str | Sequence[str] | None) -> str:
    descending = greater_is_better(metric) is not False
    order = [print_order(OrderBy(Identifier("metric", metric), descending))]
    message = f"No run has a metric named {metric!r}."
    run_id = _first(store, order, message, notebook)
    if metric not in store.get_run(run_id).data.metrics:
        raise ResourceDoesNotExist(message)
    return run_id


def _first(
    store: ReadStore,
    order: list[str],
    message: str,
    notebook: str | Sequence[str] | None,
    wanted: str = "",
) -> str:
    runs, _ = search_runs(store, wanted, order, max_results=1, notebook=notebook)
    if not runs:
        raise ResourceDoesNotExist(message)
    return runs[0].info.run_id


def _candidates(store: ReadStore, name: str, found: Sequence[str]) -> str:
    rows = [
        f"  {run.info.run_id[:8]}  {run.info.run_name}  {format_time(run.info.start_time)}"
        for run in store.list_runs(found)
    ]
    return f"{name!r} fits {len(rows)} runs; use an id:\n" + "\n".join(rows)


def _to_model_view(model: LoggedModel) -> ModelView:
    return ModelView(
        model_id=model.model_id,
        name=model.name,
        artifact_path=model.artifact_path,
        flavor=model.flavor,
        model_class=model.model_class,
        status=model.status,
        status_message=model.status_message,
        size=model.size,
    )


def to_dataset_views(run: Run) -> list[DatasetView]:
    """Data that entered a run."""
    return [
        DatasetView(
            name=given.dataset.name,
            digest=given.dataset.digest,
            context=given.context,
            schema=given.dataset.schema,
            profile=given.dataset.profile,
        )
        for given in run.inputs.dataset_inputs
    ]


def get_environment(store: ReadStore, run: Run) -> EnvironmentView | None:
    """Where a run ran; None when its session is unknown."""
    session = store.find_session(run.info.session_id)
    if session is None:
        return None
    environment = store.find_environment(session.environment)
    return EnvironmentView(
        python_version=session.python_version,
        platform=environment.platform if environment else "",
        packages=environment.packages if environment else {},
        git_commit=session.git_commit,
        git_branch=session.git_branch,
        git_dirty=session.git_dirty,
        front_end=session.front_end,
        host=session.host,
    )


def _to_token(offset: int) -> str:
    return base64.urlsafe_b64encode(f"{offset}".encode()).decode()


def _from_token(token: str | None) -> int:
    if not token:
        return 0
    try:
        offset = int(base64.urlsafe_b64decode(str(token).encode()))
    except (ValueError, binascii.Error):
        offset = -1
    if not 0 <= offset < 2**62:
        raise InvalidParameterValue(
            f"{str(token)[:80]!r} is not a page token of this search; begin again without one."
        )
    return offset
