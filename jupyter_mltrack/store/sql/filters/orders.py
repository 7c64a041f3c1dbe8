"""Orders as expressions for ORDER BY."""

from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from jupyter_mltrack.search import Identifier, OrderBy
from jupyter_mltrack.search.identifiers import ATTRIBUTES, Domain
from jupyter_mltrack.store.sql.filters.columns import (
    ATTRIBUTE_COLUMNS,
    ENTRIES,
    Column,
    is_present,
    name_id,
    number_column,
)
from jupyter_mltrack.store.sql.filters.dialects import ByCodePoint
from jupyter_mltrack.store.sql.tables import ParamRow, RunRow, TagRow

_NAN_RANK: Final = 2
_ABSENT_RANK: Final = 3


def to_order_by(orders: Sequence[OrderBy]) -> list[Column]:
    """Translate orders to expressions for ORDER BY, ties by newest start, then id, included."""
    keys = [key for order in orders for key in _order(order)]
    return [*keys, RunRow.start_time.desc(), ByCodePoint(RunRow.run_id)]


def _order(order: OrderBy) -> list[Column]:
    identifier = order.identifier
    rank, values = _SORT_KEYS[identifier.kind](identifier)
    return [rank, *(value.desc() if order.descending else value.asc() for value in values)]


def _attribute_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    present = sa.case((is_present(identifier), 0), else_=_ABSENT_RANK)
    column = ATTRIBUTE_COLUMNS[identifier.key]
    if ATTRIBUTES[identifier.key].optional:
        column = sa.func.nullif(column, "")  # absent either way, so a tie
    is_text = ATTRIBUTES[identifier.key].domain is Domain.TEXT
    return present, [ByCodePoint(column) if is_text else column]


def _metric_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    value = number_column(identifier)
    rank = sa.case((value.is_(None), _NAN_RANK), else_=0)
    return _rank(identifier, rank), [_entry_value(identifier, value)]


def _tag_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    text = ByCodePoint(_entry_value(identifier, TagRow.value))
    return _rank(identifier, sa.literal(1)), [text]


def _param_key(identifier: Identifier) -> tuple[Column, list[Column]]:
    is_text = ParamRow.number.is_(None)
    rank = _rank(identifier, sa.case((is_text, 1), else_=0))
    # Equal numbers are ties however they are written, hence no text beside a number.
    text = ByCodePoint(_entry_value(identifier, sa.case((is_text, ParamRow.value))))
    return rank, [_entry_value(identifier, ParamRow.number), text]


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
    row = ENTRIES[identifier.kind]
    return (
        sa.select(column)
        .where(row.run == RunRow.id, row.name == name_id(identifier.key))
        .correlate(RunRow)
        .scalar_subquery()
    )
