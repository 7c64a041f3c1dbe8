"""Where each kind of value is kept."""

from typing import Final

from jupyter_mltrack.search import Identifier
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.sql.filters.sql import Sql

TABLES: Final = {"metric": "metric_summaries", "param": "params", "tag": "tags"}

# A series of one point has its last value alone.
_SUMMARIES: Final = {
    "": "metric_summaries.last_value",
    "count": "metric_summaries.count",
    **{
        name: "CASE WHEN metric_summaries.count = 1 THEN metric_summaries.last_value"
        f" ELSE metric_summaries.{name}_value END"
        for name in ("min", "max", "first")
    },
}

DATASETS: Final = {
    "name": "datasets.name",
    "digest": "datasets.digest",
    "context": "run_datasets.context",
}

_OF_EXECUTION: Final = (
    "(SELECT terms.text FROM terms WHERE terms.id ="
    " (SELECT {} FROM cell_executions WHERE cell_executions.id = runs.execution))"
)

RUN_COLUMNS: Final = {
    "run_id": "runs.run_id",
    "run_name": "runs.name",
    "status": "runs.status",
    "user_id": "runs.user_id",
    "lifecycle_stage": "runs.lifecycle_stage",
    "parent_run_id": "runs.parent_run_id",
    "notebook": "runs.notebook_path",
    "session_id": "runs.session_id",
    "start_time": "runs.start_time",
    "end_time": "runs.end_time",
}
"""The attributes that are columns of ``runs``."""

_EXPRESSIONS: Final = {
    "experiment_id": "(SELECT experiments.experiment_id FROM experiments"
    " WHERE experiments.id = runs.experiment)",
    "artifact_uri": "('mltrack-artifacts:/' || runs.run_id)",
    "cell": _OF_EXECUTION.format("cell_executions.cell"),
    "revision": _OF_EXECUTION.format("cell_executions.revision"),
    "duration": "((runs.end_time - runs.start_time) / 1000.0)",
}

_MAY_LACK: Final = ("end_time", "duration")


def attribute_column(sql: Sql, key: str) -> str:
    """An attribute of one value, read without its index."""
    return _EXPRESSIONS.get(key) or sql.unindexed(RUN_COLUMNS[key])


def text_column(identifier: Identifier) -> str:
    """The column of a param's or tag's text; empty for a metric."""
    return "" if identifier.kind == "metric" else f"{TABLES[identifier.kind]}.value"


def number_column(identifier: Identifier) -> str:
    """The column of a metric's or param's number; empty for a tag."""
    if identifier.kind == "metric":
        return _SUMMARIES[identifier.aggregate]
    return "params.number" if identifier.kind == "param" else ""


def is_present(sql: Sql, key: str) -> str:
    """Whether a run has the attribute."""
    column = attribute_column(sql, key)
    if ATTRIBUTES[key].optional:
        return f"coalesce({column}, '') != ''"
    return f"{column} IS NOT NULL" if key in _MAY_LACK else "TRUE"
