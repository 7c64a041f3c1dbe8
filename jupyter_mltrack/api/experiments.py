"""MLflow's functions that create, tag, delete and restore experiments and runs."""

from collections.abc import Mapping
from typing import Any

from jupyter_mltrack.api.client import MlflowClient
from jupyter_mltrack.entities import DEFAULT_EXPERIMENT
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.values import check_mapping


def create_experiment(
    name: str, artifact_location: str | None = None, tags: Mapping[str, Any] | None = None
) -> str:
    """Create an experiment and return its id.

    Raises
    ------
    ResourceAlreadyExists
        An active experiment has this name; the name of a deleted one is free.
    InvalidParameterValue
        The name cannot be kept, or ``artifact_location`` is given: the store keeps artifacts.
    """
    return MlflowClient().create_experiment(name, artifact_location, tags)


def delete_experiment(experiment_id: str) -> None:
    """Move an experiment and its runs to the trash; its name is free at once.

    Raises
    ------
    ResourceDoesNotExist
        No experiment has this id.
    """
    MlflowClient().delete_experiment(experiment_id)


def delete_run(run_id: str) -> None:
    """Move a run and its children to the trash.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    MlflowClient().delete_run(run_id)


def restore_experiment(experiment_id: str, name: str | None = None) -> None:
    """Take an experiment back from the trash, with the runs that were deleted with it.

    ``name`` is a new name for it, for when its own was taken meanwhile; raises as
    :meth:`MlflowClient.restore_experiment`.
    """
    MlflowClient().restore_experiment(experiment_id, name)


def restore_run(run_id: str) -> None:
    """Take a run back from the trash, with the children that were deleted with it.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    MlflowClient().restore_run(run_id)


def set_experiment_tag(key: str, value: Any) -> None:
    """Set a tag of the current experiment; raises as :func:`set_experiment_tags`."""
    set_experiment_tags({key: value})


def set_experiment_tags(tags: Mapping[str, Any]) -> None:
    """Set tags of the current experiment: the one of the next run.

    Raises
    ------
    InvalidParameterValue
        A key or value cannot be kept.
    StoreUnavailable
        The store cannot be written now.
    """
    check_mapping(tags, "tags")
    client = MlflowClient()
    experiment_id = _current_experiment(client)
    for key, value in tags.items():
        client.set_experiment_tag(experiment_id, key, value)


def delete_experiment_tag(key: str) -> None:
    """Delete a tag of the current experiment; raises as :func:`set_experiment_tags`."""
    client = MlflowClient()
    client.delete_experiment_tag(_current_experiment(client), key)


def _current_experiment(client: MlflowClient) -> str:
    session = sessions.get_session()
    name = session.experiment or DEFAULT_EXPERIMENT
    session.write(ev.ExperimentSet(name, now_ms()))
    return client.named_experiment(name).experiment_id
