"""What things are: plain values that every other room passes around.

No behaviour beyond small conversions, no imports of ours. Open :mod:`.run` first, then
:mod:`.events` (what a session writes to its journal) and :mod:`.views` (what a reader is shown).
Times are milliseconds since the epoch, UTC, everywhere.
"""

from jupyter_mltrack.entities.dataset import Dataset
from jupyter_mltrack.entities.experiment import (
    DEFAULT_EXPERIMENT,
    DEFAULT_EXPERIMENT_ID,
    Experiment,
)
from jupyter_mltrack.entities.lifecycle import LifecycleStage, ViewType
from jupyter_mltrack.entities.metric import Metric, MetricSummary, Number, from_number, to_number
from jupyter_mltrack.entities.model import LoggedModel
from jupyter_mltrack.entities.notebook import (
    NOT_STORED,
    CellExecution,
    CellOutcome,
    Environment,
    Output,
    Revision,
    RevisionCell,
    Session,
    is_not_stored,
)
from jupyter_mltrack.entities.page import PagedList
from jupyter_mltrack.entities.run import (
    DatasetInput,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunStatus,
    RunTag,
    to_artifact_uri,
)

__all__ = [
    "DEFAULT_EXPERIMENT",
    "DEFAULT_EXPERIMENT_ID",
    "NOT_STORED",
    "CellExecution",
    "CellOutcome",
    "Dataset",
    "DatasetInput",
    "Environment",
    "Experiment",
    "LifecycleStage",
    "LoggedModel",
    "Metric",
    "MetricSummary",
    "Number",
    "Output",
    "PagedList",
    "Param",
    "Revision",
    "RevisionCell",
    "Run",
    "RunData",
    "RunInfo",
    "RunInputs",
    "RunStatus",
    "RunTag",
    "Session",
    "ViewType",
    "from_number",
    "is_not_stored",
    "to_artifact_uri",
    "to_number",
]
