"""An experiment: a named group of runs, by default one per notebook."""

from typing import Final

import msgspec

DEFAULT_EXPERIMENT: Final = "Default"
DEFAULT_EXPERIMENT_ID: Final = "0"
"""Of the default experiment, as in MLflow, whether or not there is one yet."""


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A named group of runs; fields as in MLflow's ``Experiment``."""

    experiment_id: str
    name: str
    artifact_location: str = ""
    lifecycle_stage: str = "active"
    creation_time: int = 0
    last_update_time: int = 0
    tags: dict[str, str] = {}
