"""MLflow's functions that read."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from jupyter_mltrack.entities import Experiment, Run, ViewType
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking import reading
from jupyter_mltrack.tracking import session as sessions

if TYPE_CHECKING:
    import pandas as pd

    from jupyter_mltrack.store.contract import ReadStore, Store

DEFAULT_MAX_RESULTS: Final = 100_000


class IncompleteReadWarning(UserWarning):
    """What was read lacks something this process logged a moment ago; the journal has it."""


@contextmanager
def open_for_reading() -> Iterator["Store"]:
    """The store in use, once what was logged has had a second to arrive; warns when it has not."""
    store, complete = reading.open_current_store()
    if not complete:
        warn_incomplete()
    try:
        yield store
    finally:
        store.close()


def warn_incomplete() -> None:
    """Warn that a reader does not see everything yet."""
    warnings.warn(
        "Not everything logged has reached the store yet; it is safe in the journal. "
        "See %mltrack status.",
        IncompleteReadWarning,
        stacklevel=5,
    )


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int = DEFAULT_MAX_RESULTS,
    order_by: Sequence[str] | None = None,
    output_format: str = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
) -> "pd.DataFrame | list[Run]":
    """Runs that a filter asks for, as a DataFrame or a list; MLflow's function of this name.

    Without experiments, the current one is searched; without a current one, all are.

    Raises
    ------
    FilterError
        The filter or an order does not parse.
    InvalidParameterValue
        Ids and names of experiments both, or an unknown ``output_format``.
    """
    if output_format not in ("pandas", "list"):
        raise InvalidParameterValue(
            f"output_format must be 'pandas' or 'list', not {output_format!r}."
        )
    if experiment_ids and experiment_names:
        raise InvalidParameterValue("Give either experiment_ids or experiment_names, not both.")
    with open_for_reading() as store:
        chosen = _experiments(store, experiment_ids, experiment_names, search_all_experiments)
        runs = _all_pages(store, filter_string, order_by or (), chosen, run_view_type, max_results)
    if output_format == "list":
        return runs
    from jupyter_mltrack.query.frames import runs_frame

    return runs_frame(runs)


def get_run(run_id: str) -> Run:
    """The run of this id; raises ResourceDoesNotExist."""
    with open_for_reading() as store:
        return store.get_run(run_id)


def get_experiment(experiment_id: str) -> Experiment:
    """The experiment of this id; raises ResourceDoesNotExist."""
    with open_for_reading() as store:
        return store.get_experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment | None:
    """The active experiment of this name, or None, as MLflow answers."""
    with open_for_reading() as store:
        return store.find_experiment_by_name(name)


def search_experiments(
    view_type: int = ViewType.ACTIVE_ONLY,
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
) -> list[Experiment]:
    """Experiments that a filter such as ``name LIKE 'churn%'`` asks for, the latest updated first.

    Raises
    ------
    FilterError
        The filter or an order does not parse.
    """
    from jupyter_mltrack.query.experiments import choose_experiments

    with open_for_reading() as store:
        found = store.list_experiments(view_type)
    return choose_experiments(found, filter_string, order_by)[:max_results]


def _experiments(
    store: "ReadStore",
    ids: Sequence[str] | None,
    names: Sequence[str] | None,
    everything: bool,
) -> list[str] | None:
    if ids is not None and len(ids):
        return [str(one) for one in ids]
    session = sessions.find_session()
    if not names:
        if everything or session is None or not session.experiment:
            return None
        names = [session.experiment]
    found = [store.find_experiment_by_name(name) for name in names]
    return [experiment.experiment_id for experiment in found if experiment is not None]


def _all_pages(
    store: "ReadStore",
    filter_string: str,
    order_by: Iterable[str],
    experiment_ids: list[str] | None,
    view: int,
    max_results: int,
) -> list[Run]:
    from jupyter_mltrack.query import runs as queries

    found: list[Run] = []
    token: str | None = None
    while len(found) < max_results:
        page, token = queries.search_runs(
            store,
            filter_string,
            list(order_by),
            experiment_ids=experiment_ids,
            max_results=min(queries.MAX_RESULTS, max_results - len(found)),
            page_token=token,
            view=view,
        )
        found += page
        if token is None:
            break
    return found
