"""MLflow's functions that create and delete experiments and runs."""

from collections.abc import Mapping
from typing import Any

from jupyter_mltrack.api.client import MlflowClient


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
