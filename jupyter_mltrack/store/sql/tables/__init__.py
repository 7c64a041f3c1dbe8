"""The schema as typed SQLAlchemy mappings, a file a noun; migrations/ must lead to exactly this."""

from jupyter_mltrack.store.sql.tables.artifacts import (
    ArtifactRow,
    DatasetRow,
    LoggedModelRow,
    RunDatasetRow,
)
from jupyter_mltrack.store.sql.tables.base import Base
from jupyter_mltrack.store.sql.tables.blobs import BlobRow
from jupyter_mltrack.store.sql.tables.identity import NotebookRow, NotebookSessionRow
from jupyter_mltrack.store.sql.tables.metrics import (
    MetricChunkRow,
    MetricSummaryRow,
    NameRow,
)
from jupyter_mltrack.store.sql.tables.notebooks import (
    CellExecutionRow,
    EnvironmentRow,
    OutputRow,
    RevisionRow,
    SessionRow,
    SourceRow,
    TermRow,
)
from jupyter_mltrack.store.sql.tables.runs import (
    ExperimentRow,
    ExperimentTagRow,
    ParamRow,
    RunCellRow,
    RunRow,
    TagRow,
)
from jupyter_mltrack.store.sql.tables.state import JournalRow, RejectedRecordRow, StateRow

__all__ = [
    "ArtifactRow",
    "Base",
    "BlobRow",
    "CellExecutionRow",
    "DatasetRow",
    "EnvironmentRow",
    "ExperimentRow",
    "ExperimentTagRow",
    "JournalRow",
    "LoggedModelRow",
    "MetricChunkRow",
    "MetricSummaryRow",
    "NameRow",
    "NotebookRow",
    "NotebookSessionRow",
    "OutputRow",
    "ParamRow",
    "RejectedRecordRow",
    "RevisionRow",
    "RunCellRow",
    "RunDatasetRow",
    "RunRow",
    "SessionRow",
    "SourceRow",
    "StateRow",
    "TagRow",
    "TermRow",
]
