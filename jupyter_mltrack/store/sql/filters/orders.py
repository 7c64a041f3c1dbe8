"""Orders as ORDER BY."""

from collections.abc import Callable, Sequence
from typing import Final

from jupyter_mltrack.search import Identifier, OrderBy
from jupyter_mltrack.search.identifiers import ATTRIBUTES, Domain
from jupyter_mltrack.store.sql.filters.columns import (
    TABLES,
    attribute_column,
    is_present,
    number_column,
)
from jupyter_mltrack.store.sql.filters.sql import Sql

_NAN_RANK: Final = 2
_ABSENT_RANK: Final = 3


def to_order_by(sql: Sql, orders: Sequence[OrderBy]) -> str:
    """Translate orders to what follows ORDER BY, ties by newest start, then id, included."""
    keys = [key for order in orders for key in _keys(sql, order)]
    return ", ".join([*keys, "runs.start_time DESC", sql.by_code_point("runs.run_id")])


def _keys(sql: Sql, order: OrderBy) -> list[str]:
    rank, values = _SORT_KEYS[order.identifier.kind](sql, order.identifier)
    direction = "DESC" if order.descending else "ASC"
    return [rank, *(f"{value} {direction}" for value in values)]


def _attribute_key(sql: Sql, identifier: Identifier) -> tuple[str, list[str]]:
    attribute = ATTRIBUTES[identifier.key]
    rank = f"CASE WHEN {is_present(sql, attribute.name)} THEN 0 ELSE {_ABSENT_RANK} END"
    column = attribute_column(sql, attribute.name)
    if attribute.optional:
        column = f"nullif({column}, '')"  # absent either way, so a tie
    is_text = attribute.domain is Domain.TEXT
    return rank, [sql.by_code_point(column) if is_text else column]


def _metric_key(sql: Sql, identifier: Identifier) -> tuple[str, list[str]]:
    value = number_column(identifier)
    rank = f"CASE WHEN {value} IS NULL THEN {_NAN_RANK} ELSE 0 END"
    return _rank(sql, identifier, rank), [_entry_value(sql, identifier, value)]


def _tag_key(sql: Sql, identifier: Identifier) -> tuple[str, list[str]]:
    text = sql.by_code_point(_entry_value(sql, identifier, "tags.value"))
    return _rank(sql, identifier, "1"), [text]


def _param_key(sql: Sql, identifier: Identifier) -> tuple[str, list[str]]:
    rank = _rank(sql, identifier, "CASE WHEN params.number IS NULL THEN 1 ELSE 0 END")
    # Equal numbers are ties however they are written, hence no text beside a number.
    text = "CASE WHEN params.number IS NULL THEN params.value END"
    by_text = sql.by_code_point(_entry_value(sql, identifier, text))
    return rank, [_entry_value(sql, identifier, "params.number"), by_text]


_SORT_KEYS: Final[dict[str, Callable[[Sql, Identifier], tuple[str, list[str]]]]] = {
    "attribute": _attribute_key,
    "metric": _metric_key,
    "tag": _tag_key,
    "param": _param_key,
}
"""For each kind: which runs come before which whatever the direction, and what is directed."""


def _rank(sql: Sql, identifier: Identifier, rank: str) -> str:
    return f"coalesce({_entry_value(sql, identifier, rank)}, {_ABSENT_RANK})"


def _entry_value(sql: Sql, identifier: Identifier, column: str) -> str:
    table = TABLES[identifier.kind]
    return (
        f"(SELECT {column} FROM {table}"
        f" WHERE {table}.run = runs.id AND {table}.name = {sql.name_id(identifier.key)})"
    )
