"""Reading one's own writes: a query of this process first waits, briefly, for the journal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jupyter_mltrack.entities import (
    DEFAULT_EXPERIMENT,
    DEFAULT_EXPERIMENT_ID,
    Experiment,
    LifecycleStage,
    Run,
)
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.tracking import session as sessions

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store
    from jupyter_mltrack.tracking.session import TrackingSession

WAIT_SECONDS: Final = 1.0
FIRST_WAIT_SECONDS: Final = 10.0


def open_current_store() -> tuple["Store", bool]:
    """The store in use, and whether it holds everything this process logged; leave it open.

    Raises
    ------
    StoreUnavailable
        The store cannot be opened.
    """
    session = sessions.find_session()
    complete = wait_for_store(session) if session else True
    return _open(sessions.store_uri()), complete


def wait_for_store(session: "TrackingSession", *, needed: bool = False) -> bool:
    """Wait briefly for what a session logged; longer when the store's answer is ``needed``."""
    # The first wait includes loading the database's library and creating the store.
    is_long = needed or not session.drainer.is_warm
    return session.flush(FIRST_WAIT_SECONDS if is_long else WAIT_SECONDS, patient=False)


_opened: list["Store"] = []


def _open(uri: str) -> "Store":
    # Kept open: its statements are compiled once, and its connections are there.
    if not _opened or _opened[0].uri != uri:
        from jupyter_mltrack.store import open_store

        previous, _opened[:] = _opened[:], [open_store(uri)]
        for store in previous:
            store.close()
    return _opened[0]


def get_run(run_id: str) -> Run:
    """The run of this id.

    Raises
    ------
    ResourceDoesNotExist
        No run has it.
    """
    store, _ = open_current_store()
    return store.get_run(run_id)


def find_file(run_id: str, path: str) -> bytes | None:
    """The bytes of a file that a run logged, or None."""
    store, _ = open_current_store()
    for artifact in store.list_artifacts(run_id):
        if artifact.path == path:
            return store.read_blob(artifact.digest)
    return None


def get_experiment(experiment_id: str) -> Experiment:
    """The experiment of this id; raises ResourceDoesNotExist."""
    store, _ = open_current_store()
    return store.get_experiment(experiment_id)


def name_of_experiment(experiment_id: str) -> str:
    """The name of the experiment to log to by its id; the default one need not be there yet.

    Raises
    ------
    ResourceDoesNotExist
        No experiment has this id.
    InvalidParameterValue
        It is in the trash.
    """
    try:
        experiment = _find_stored_experiment(experiment_id) or get_experiment(experiment_id)
    except ResourceDoesNotExist:
        if experiment_id == DEFAULT_EXPERIMENT_ID:
            return DEFAULT_EXPERIMENT
        raise
    if experiment.lifecycle_stage == LifecycleStage.DELETED:
        raise InvalidParameterValue(
            f"Experiment {experiment.name!r} (id {experiment_id}) is in the trash. Take it back "
            "with restore_experiment, or use another."
        )
    return experiment.name


def _find_stored_experiment(experiment_id: str) -> Experiment | None:
    # Most are there already, and then a loop of runs waits for nothing that was logged.
    try:
        return _open(sessions.store_uri()).get_experiment(experiment_id)
    except ResourceDoesNotExist:
        return None


def find_experiment_by_name(name: str) -> Experiment | None:
    """The active experiment of this name, or None."""
    store, _ = open_current_store()
    return store.find_experiment_by_name(name)


def get_experiment_by_name(name: str) -> Experiment:
    """The active experiment of this name; raises ResourceDoesNotExist."""
    experiment = find_experiment_by_name(name)
    if experiment is None:
        raise ResourceDoesNotExist(f"There is no experiment named {name!r}.")
    return experiment


def experiment_ids_by_names(names: Sequence[str]) -> list[str]:
    """Ids of the active experiments of these names; those that do not exist are left out."""
    found = (find_experiment_by_name(name) for name in names)
    return [experiment.experiment_id for experiment in found if experiment]
