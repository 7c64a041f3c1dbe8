"""A run, shaped as MLflow's entities are so that code written for them reads ours."""

from typing import Any, Final

import msgspec

from jupyter_mltrack.entities.dataset import Dataset
from jupyter_mltrack.entities.metric import MetricSummary


class RunStatus:
    """The states a run can be in; names as MLflow has them."""

    RUNNING: Final = "RUNNING"
    SCHEDULED: Final = "SCHEDULED"
    FINISHED: Final = "FINISHED"
    FAILED: Final = "FAILED"
    KILLED: Final = "KILLED"
    ALL: Final = (RUNNING, SCHEDULED, FINISHED, FAILED, KILLED)
    TERMINAL: Final = (FINISHED, FAILED, KILLED)

    # MLflow's statuses are numbers, and these make texts of them; ours are texts already.
    @staticmethod
    def to_string(status: str) -> str:
        """The status as text; raises ValueError when it is none."""
        if status not in RunStatus.ALL:
            raise ValueError(f"{status!r} is no run status; they are {', '.join(RunStatus.ALL)}.")
        return status

    from_string = to_string

    @staticmethod
    def is_terminated(status: str) -> bool:
        """Whether a run of this status has ended."""
        return status in RunStatus.TERMINAL

    @staticmethod
    def all_status() -> list[str]:
        """All statuses."""
        return list(RunStatus.ALL)


class Param(msgspec.Struct, frozen=True):
    """A param as ``log_batch`` takes it."""

    key: str
    value: str


class RunTag(msgspec.Struct, frozen=True):
    """A tag as ``log_batch`` takes it."""

    key: str
    value: str


class RunInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who, when and how it ended; ``run_id`` is 32 hexadecimal digits."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str = RunStatus.RUNNING
    start_time: int = 0
    end_time: int | None = None
    user_id: str = ""
    lifecycle_stage: str = "active"
    artifact_uri: str = ""
    parent_run_id: str = ""
    session_id: str = ""
    execution_id: str = ""
    notebook_path: str = ""

    @property
    def run_uuid(self) -> str:
        """MLflow's older name of ``run_id``."""
        return self.run_id


def to_artifact_uri(run_id: str) -> str:
    """Where the files of a run are, as MLflow writes it."""
    return f"mltrack-artifacts:/{run_id}"


class RunData(msgspec.Struct, frozen=True, kw_only=True):
    """Params, tags and the last value of each metric.

    ``summaries`` has the least, greatest and first value and the count of each metric of a run that
    was asked for by its id; those of MLflow's ``search_runs`` are without.
    """

    params: dict[str, str] = {}
    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}
    summaries: dict[str, MetricSummary] = {}


class DatasetInput(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset and what the run used it for (``train``, ``eval``; empty when unknown)."""

    dataset: Dataset
    context: str = ""


class RunInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What entered a run."""

    dataset_inputs: list[DatasetInput] = []


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as it is in the store."""

    info: RunInfo
    data: RunData
    inputs: RunInputs = RunInputs()

    def to_dictionary(self) -> dict[str, Any]:
        """Nested built-in types, as MLflow's method of this name returns."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain
