"""MLflow's functions that read."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

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
    yield store


def resolve_any(store: "Store", run: Any) -> str:
    """The id of a run that is given by any of its names, or itself."""
    from jupyter_mltrack.query.runs import resolve_run

    info = getattr(run, "info", None)
    return str(info.run_id) if info is not None else resolve_run(store, str(run))


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
    _check_format(output_format)
    check_page(run_view_type, max_results)
    if experiment_ids and experiment_names:
        raise InvalidParameterValue("Give either experiment_ids or experiment_names, not both.")
    from jupyter_mltrack.query.frames import runs_frame
    from jupyter_mltrack.query.runs import to_search

    with open_for_reading() as store:
        chosen = _experiments(store, experiment_ids, experiment_names, search_all_experiments)
        search = msgspec.structs.replace(
            to_search(filter_string, order_by or (), chosen, view=run_view_type),
            limit=max_results,
            summaries=False,
        )
        if output_format == "list":
            return store.search_runs(search)
        table = store.search_table(search)
    return runs_frame(table)


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

    check_page(view_type, 0 if max_results is None else max_results)
    with open_for_reading() as store:
        found = store.list_experiments(view_type)
    return choose_experiments(found, filter_string, order_by)[:max_results]


def current_experiments(store: "ReadStore") -> list[str] | None:
    """The id of the current experiment; None when there is none, which stands for all."""
    return _experiments(store, None, None, everything=False)


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


def check_page(view: object, max_results: object) -> None:
    """Check which records a search is to return, and how many.

    Raises
    ------
    InvalidParameterValue
        The view is not one of ``ViewType``, or the number is none.
    """
    if view not in (ViewType.ACTIVE_ONLY, ViewType.DELETED_ONLY, ViewType.ALL):
        raise InvalidParameterValue(
            f"A view is ViewType.ACTIVE_ONLY (1), DELETED_ONLY (2) or ALL (3), not {_shown(view)}."
        )
    if not isinstance(max_results, int) or max_results < 0:
        raise InvalidParameterValue(
            f"max_results must be a whole number of 0 or more, not {_shown(max_results)}."
        )


def _check_format(output_format: object) -> None:
    if output_format not in ("pandas", "list"):
        raise InvalidParameterValue(
            f"output_format must be 'pandas' or 'list', not {_shown(output_format)}."
        )


def _shown(value: object) -> str:
    return repr(value)[:80]
