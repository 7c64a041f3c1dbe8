"""Filters and orders as SQL over the tables of runs: the twin of ``search/match.py``.

Every clause becomes an expression that is true or false, never NULL, so that NOT means what it
says. Names are interned and metrics have their last value beside the points, so nothing here reads
a point.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from jupyter_mltrack.search import And, Comparison, Identifier, Literal, Node, Not, Or, OrderBy
from jupyter_mltrack.search.identifiers import ATTRIBUTES
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

_NAN_RANK: Final = 2
_ABSENT_RANK: Final = 3


def to_where(tree: Node) -> Condition:
    """Translate a filter to a condition for a SELECT from ``runs``."""
    if isinstance(tree, And):
        return sa.and_(sa.true(), *map(to_where, tree.clauses))
    if isinstance(tree, Or):
        return sa.or_(sa.false(), *map(to_where, tree.clauses))
    if isinstance(tree, Not):
        return sa.not_(to_where(tree.clause))
    return _CLAUSES[tree.identifier.kind](tree)


def to_order_by(orders: Sequence[OrderBy]) -> list[Column]:
    """Translate orders to expressions for ORDER BY, ties by newest start, then id, included."""
    keys = [key for order in orders for key in _order(order)]
    return [*keys, RunRow.start_time.desc(), RunRow.run_id]


# --- The tables: what each kind is stored as ------------------------------------------------------

_ENTRIES: Final[dict[str, Any]] = {"metric": MetricSummaryRow, "param": ParamRow, "tag": TagRow}

_TEXT: Final[dict[str, Column]] = {"param": ParamRow.value, "tag": TagRow.value}
_NUMBER: Final[dict[str, Column]] = {
    "metric": MetricSummaryRow.last_value,
    "param": ParamRow.number,
}

_DATASET_COLUMNS: Final[dict[str, Column]] = {
    "name": DatasetRow.name,
    "digest": DatasetRow.digest,
    "context": RunDatasetRow.context,
}

_ATTRIBUTE_COLUMNS: Final[dict[str, Column]] = {
    "run_id": RunRow.run_id,
    "run_name": RunRow.name,
    "experiment_id": sa.select(ExperimentRow.experiment_id)
    .where(ExperimentRow.id == RunRow.experiment)
    .correlate(RunRow)  # and nothing else: the statement around it may join this table too
    .scalar_subquery(),
    "status": RunRow.status,
    "user_id": RunRow.user_id,
    "artifact_uri": sa.literal("mltrack-artifacts:/") + RunRow.run_id,
    "lifecycle_stage": RunRow.lifecycle_stage,
    "parent_run_id": RunRow.parent_run_id,
    "notebook": RunRow.notebook_path,
    "cell": sa.select(CellExecutionRow.cell_id)
    .where(CellExecutionRow.id == RunRow.execution)
    .correlate(RunRow)
    .scalar_subquery(),
    "start_time": RunRow.start_time,
    "end_time": RunRow.end_time,
    "duration": sa.cast(RunRow.end_time - RunRow.start_time, sa.Double) / 1000.0,
}


# --- Clauses --------------------------------------------------------------------------------------


def _entry_clause(comparison: Comparison) -> Condition:
    kind = comparison.identifier.kind
    row = _ENTRIES[kind]
    test = _test(comparison, text=_TEXT.get(kind), number=_NUMBER.get(kind))
    # Not correlated, so that the index on (name, value) is read once instead of once a run.
    runs = sa.select(row.run).where(row.name == _name_id(comparison.identifier.key), test)
    return _is_among(runs, comparison)


def _dataset_clause(comparison: Comparison) -> Condition:
    test = _test(comparison, text=_DATASET_COLUMNS[comparison.identifier.key])
    same = sa.and_(DatasetRow.digest == RunDatasetRow.digest, DatasetRow.name == RunDatasetRow.name)
    return _is_among(sa.select(RunDatasetRow.run).join(DatasetRow, same).where(test), comparison)


def _attribute_clause(comparison: Comparison) -> Condition:
    column = _ATTRIBUTE_COLUMNS[comparison.identifier.key]
    present = _present(comparison.identifier)
    if comparison.operator == "IS NULL":
        return sa.not_(present)
    return sa.and_(present, _test(comparison, text=column, number=column))


_CLAUSES: Final[dict[str, Callable[[Comparison], Condition]]] = {
    "metric": _entry_clause,
    "param": _entry_clause,
    "tag": _entry_clause,
    "dataset": _dataset_clause,
    "attribute": _attribute_clause,
}


def _is_among(runs: Any, comparison: Comparison) -> Condition:
    found = RunRow.id.in_(runs)
    return sa.not_(found) if comparison.operator == "IS NULL" else found


def _present(identifier: Identifier) -> Condition:
    column = _ATTRIBUTE_COLUMNS[identifier.key]
    if ATTRIBUTES[identifier.key].optional:
        return sa.func.coalesce(column, "") != ""
    return sa.true() if _is_required(column) else column.is_not(None)


def _is_required(column: Column) -> bool:
    return not getattr(column, "nullable", True)


def _name_id(name: str) -> Column:
    return sa.select(NameRow.id).where(NameRow.name == name).scalar_subquery()


# --- Operators, over one column -------------------------------------------------------------------


def _test(comparison: Comparison, text: Column = None, number: Column = None) -> Condition:
    """Compare numbers with the number column, texts with the text column, as the operator says."""
    operator, values = comparison.operator, comparison.values
    test = _TESTS.get(operator)
    if test is None:  # IS NULL and IS NOT NULL: that there is a row is all
        return sa.true()
    texts: list[Literal] = [value for value in values if isinstance(value, str)]
    numbers: list[Literal] = [value for value in values if not isinstance(value, str)]
    parts = [
        test(column, fitting) for column, fitting in ((text, texts), (number, numbers)) if fitting
    ]
    return sa.and_(*parts) if operator == "NOT IN" else sa.or_(*parts)


def _differs(column: Column, condition: Condition) -> Condition:
    """Hold for NULL too: NaN, and text that is no number, differ from every number."""
    return sa.or_(column.is_(None), condition)


class _CaseLike(FunctionElement[bool]):
    """LIKE that minds letter case: SQLite's does not, its GLOB does."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_CaseLike)
def _compile_like(element: _CaseLike, compiler: Any, **kw: Any) -> str:
    column, pattern, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '\\')"


@compiles(_CaseLike, "sqlite")
def _compile_glob(element: _CaseLike, compiler: Any, **kw: Any) -> str:
    column, _, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} GLOB {pattern})"


@functools.lru_cache(maxsize=64)
def _patterns(pattern: str) -> tuple[str, str]:
    """Write a LIKE pattern, in which nothing escapes, for LIKE ... ESCAPE and for GLOB."""
    glob = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return pattern.replace("\\", "\\\\"), "".join(glob.get(one, one) for one in pattern)


_TESTS: Final[dict[str, Callable[[Column, list[Literal]], Condition]]] = {
    "=": lambda column, values: column == values[0],
    "!=": lambda column, values: _differs(column, column != values[0]),
    ">": lambda column, values: column > values[0],
    ">=": lambda column, values: column >= values[0],
    "<": lambda column, values: column < values[0],
    "<=": lambda column, values: column <= values[0],
    "LIKE": lambda column, values: _CaseLike(column, *_patterns(str(values[0]))),
    "ILIKE": lambda column, values: column.ilike(_patterns(str(values[0]))[0], escape="\\"),
    "IN": lambda column, values: column.in_(values),
    "NOT IN": lambda column, values: _differs(column, column.not_in(values)),
}


# --- Orders ---------------------------------------------------------------------------------------


def _order(order: OrderBy) -> list[Column]:
    identifier = order.identifier
    rank, values = _SORT_KEYS[identifier.kind](identifier)
    return [rank, *(value.desc() if order.descending else value.asc() for value in values)]


def _attribute_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    present = sa.case((_present(identifier), 0), else_=_ABSENT_RANK)
    return present, [_ATTRIBUTE_COLUMNS[identifier.key]]


def _metric_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    value = MetricSummaryRow.last_value
    rank = sa.case((value.is_(None), _NAN_RANK), else_=0)
    return _rank(identifier, rank), [_entry_value(identifier, value)]


def _tag_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    return _rank(identifier, sa.literal(1)), [_entry_value(identifier, TagRow.value)]


def _param_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    is_text = ParamRow.number.is_(None)
    # Equal numbers are ties however they are written, hence no text beside a number.
    columns: tuple[Column, ...] = (ParamRow.number, sa.case((is_text, ParamRow.value)))
    rank = _rank(identifier, sa.case((is_text, 1), else_=0))
    return rank, [_entry_value(identifier, column) for column in columns]


_SORT_KEYS: Final[dict[str, Callable[[Identifier], tuple[Column, list[Column]]]]] = {
    "attribute": _attribute_key,
    "metric": _metric_key,
    "tag": _tag_key,
    "param": _param_key,
}
"""For each kind: which runs come before which whatever the direction, and what is directed."""


def _rank(identifier: Identifier, rank: Column) -> Column:
    return sa.func.coalesce(_entry_value(identifier, rank), _ABSENT_RANK)


def _entry_value(identifier: Identifier, column: Column) -> Column:
    row = _ENTRIES[identifier.kind]
    return (
        sa.select(column)
        .where(row.run == RunRow.id, row.name == _name_id(identifier.key))
        .correlate(RunRow)
        .scalar_subquery()
    )
