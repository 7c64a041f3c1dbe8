"""Experiments, sessions, the store as a whole, and what changed in it."""

from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.entities.views import (
    ChangeView,
    ExperimentView,
    SessionView,
    StoreView,
)
from jupyter_mltrack.settings import shown_store_uri
from jupyter_mltrack.store.contract import ReadStore


def list_experiments(store: ReadStore, view: int = ViewType.ACTIVE_ONLY) -> list[ExperimentView]:
    """Experiments with the number of their active runs, the latest updated first."""
    counts = store.count_runs()
    return [
        ExperimentView(
            experiment_id=experiment.experiment_id,
            name=experiment.name,
            lifecycle_stage=experiment.lifecycle_stage,
            creation_time=experiment.creation_time,
            last_update_time=experiment.last_update_time,
            run_count=counts.get(experiment.experiment_id, 0),
            tags=experiment.tags,
        )
        for experiment in store.list_experiments(view)
    ]


def list_sessions(store: ReadStore, kernel_id: str | None = None) -> list[SessionView]:
    """Sessions, of one kernel if given, the newest first."""
    return [
        SessionView(
            session_id=session.session_id,
            kernel_id=session.kernel_id,
            notebook_path=session.notebook_path,
            front_end=session.front_end,
            start_time=session.start_time,
            heartbeat=session.heartbeat,
            end_time=session.end_time,
            tracking=session.tracking,
        )
        for session in store.list_sessions(kernel_id)
    ]


def get_store_view(store: ReadStore, version: str = "", backlog: int = 0) -> StoreView:
    """The store as a whole; ``backlog`` is the bytes of journals not drained yet."""
    counts = store.get_counts()
    return StoreView(
        uri=shown_store_uri(store.uri),
        version=version,
        schema=store.get_schema_version(),
        experiments=counts.experiments,
        runs=counts.runs,
        cells=counts.cells,
        change=store.get_change(),
        backlog=backlog,
        rejected=counts.rejected,
    )


def get_changes(store: ReadStore, since: int) -> ChangeView:
    """What changed after a change number; very many runs are told as an empty list and a reload.

    ``experiments`` is True then, which makes a reader load its lists anew.
    """
    changes = store.get_changes(since)
    return ChangeView(
        change=changes.change,
        run_ids=changes.run_ids or [],
        experiments=changes.experiments or changes.run_ids is None,
        sessions=changes.sessions,
    )
