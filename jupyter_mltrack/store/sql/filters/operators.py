"""The operators over a column: conditions that are true or false where the column is not NULL."""

from collections.abc import Callable
from typing import Final

from jupyter_mltrack.search import Comparison, Literal
from jupyter_mltrack.store.sql.filters.sql import Sql


def compare(sql: Sql, comparison: Comparison, *, text: str = "", number: str = "") -> str:
    """Compare numbers with the number column, texts with the text column, as the operator says."""
    operator, values = comparison.operator, comparison.values
    write = _OPERATORS.get(operator)
    if write is None:  # IS NULL and IS NOT NULL: that there is a row is all
        return "TRUE"
    texts: list[Literal] = [value for value in values if isinstance(value, str)]
    numbers: list[Literal] = [value for value in values if not isinstance(value, str)]
    parts = [
        write(sql, column, fitting) for column, fitting in ((text, texts), (number, numbers))
        if fitting
    ]  # fmt: skip
    return f"({(' AND ' if operator == 'NOT IN' else ' OR ').join(parts)})"


_Writer = Callable[[Sql, str, list[Literal]], str]


def _plain(operator: str) -> _Writer:
    return lambda sql, column, values: f"{column} {operator} {sql.bind(values[0])}"


# NaN is NULL, as is the number of a text that is none: they differ from every number.
_OPERATORS: Final[dict[str, _Writer]] = {
    **{operator: _plain(operator) for operator in ("=", ">", ">=", "<", "<=")},
    "!=": lambda sql, column, values: f"({column} IS NULL OR {column} != {sql.bind(values[0])})",
    "LIKE": lambda sql, column, values: sql.like(column, str(values[0])),
    "ILIKE": lambda sql, column, values: sql.ilike(column, str(values[0])),
    "CONTAINS": lambda sql, column, values: sql.contains(column, str(values[0])),
    "IN": lambda sql, column, values: f"{column} IN {sql.bind_all(values)}",
    "NOT IN": lambda sql, column, values: (
        f"({column} IS NULL OR {column} NOT IN {sql.bind_all(values)})"
    ),
}
