"""Where each kind of value is kept."""

from typing import Any, Final

import sqlalchemy as sa

from jupyter_mltrack.search import Identifier
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.sql.filters.dialects import Unindexed
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    DatasetRow,
    ExperimentRow,
    MetricSummaryRow,
    NameRow,
    ParamRow,
    RunDatasetRow,
    RunRow,
    TagRow,
)

Condition = sa.ColumnElement[bool]
Column = Any  # a mapped attribute or an expression; SQLAlchemy's types tell them apart, we need not

ENTRIES: Final[dict[str, Any]] = {"metric": MetricSummaryRow, "param": ParamRow, "tag": TagRow}

_TEXTS: Final[dict[str, Column]] = {"param": ParamRow.value, "tag": TagRow.value}


def _unless_single(column: Column) -> Column:
    # A series of one point has its last value alone.
    return sa.case((MetricSummaryRow.count == 1, MetricSummaryRow.last_value), else_=column)


_AGGREGATES: Final[dict[str, Column]] = {
    "": MetricSummaryRow.last_value,
    "min": _unless_single(MetricSummaryRow.min_value),
    "max": _unless_single(MetricSummaryRow.max_value),
    "first": _unless_single(MetricSummaryRow.first_value),
    "count": MetricSummaryRow.count,
}

DATASETS: Final[dict[str, Column]] = {
    "name": DatasetRow.name,
    "digest": DatasetRow.digest,
    "context": RunDatasetRow.context,
}


def _of_execution(column: Column) -> Column:
    return (
        sa.select(column)
        .where(CellExecutionRow.id == RunRow.execution)
        .correlate(RunRow)  # and nothing else: the statement around it may join this table too
        .scalar_subquery()
    )


RUN_COLUMNS: Final[dict[str, Column]] = {
    "run_id": RunRow.run_id,
    "run_name": RunRow.name,
    "status": RunRow.status,
    "user_id": RunRow.user_id,
    "lifecycle_stage": RunRow.lifecycle_stage,
    "parent_run_id": RunRow.parent_run_id,
    "notebook": RunRow.notebook_path,
    "session_id": RunRow.session_id,
    "start_time": RunRow.start_time,
    "end_time": RunRow.end_time,
}
"""The attributes that are columns of ``runs``."""

ATTRIBUTE_COLUMNS: Final[dict[str, Column]] = {
    **{name: Unindexed(column) for name, column in RUN_COLUMNS.items()},
    "experiment_id": sa.select(ExperimentRow.experiment_id)
    .where(ExperimentRow.id == RunRow.experiment)
    .correlate(RunRow)
    .scalar_subquery(),
    "artifact_uri": sa.literal("mltrack-artifacts:/") + RunRow.run_id,
    "cell": _of_execution(CellExecutionRow.cell_id),
    "revision": _of_execution(CellExecutionRow.revision),
    "duration": sa.cast(RunRow.end_time - RunRow.start_time, sa.Double) / 1000.0,
}
"""Every attribute of one value."""


def name_id(name: str) -> Column:
    """The number that stands for a key."""
    return sa.select(NameRow.id).where(NameRow.name == name).scalar_subquery()


def text_column(identifier: Identifier) -> Column:
    """The column of a param's or tag's text; None for a metric."""
    return _TEXTS.get(identifier.kind)


def number_column(identifier: Identifier) -> Column:
    """The column of a metric's or param's number; None for a tag."""
    if identifier.kind == "metric":
        return _AGGREGATES[identifier.aggregate]
    return ParamRow.number if identifier.kind == "param" else None


def is_present(identifier: Identifier) -> Condition:
    """Whether a run has the attribute."""
    column = ATTRIBUTE_COLUMNS[identifier.key]
    if ATTRIBUTES[identifier.key].optional:
        return sa.func.coalesce(column, "") != ""
    nullable = getattr(RUN_COLUMNS.get(identifier.key), "nullable", True)
    return column.is_not(None) if nullable else sa.true()
