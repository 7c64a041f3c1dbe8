"""The operators over a column: expressions that are true or false where the column is not NULL."""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa

from jupyter_mltrack.search import Comparison, Literal
from jupyter_mltrack.store.sql.filters.columns import Column, Condition
from jupyter_mltrack.store.sql.filters.dialects import CaseLike, Contains, FoldedLike


def compare(comparison: Comparison, text: Column = None, number: Column = None) -> Condition:
    """Compare numbers with the number column, texts with the text column, as the operator says."""
    operator, values = comparison.operator, comparison.values
    over = _TESTS.get(operator)
    if over is None:  # IS NULL and IS NOT NULL: that there is a row is all
        return sa.true()
    texts: list[Literal] = [value for value in values if isinstance(value, str)]
    numbers: list[Literal] = [value for value in values if not isinstance(value, str)]
    if number is not None and any(isinstance(value, float) for value in numbers):
        number = _as_real(number)
    parts = [
        over(column, fitting) for column, fitting in ((text, texts), (number, numbers)) if fitting
    ]
    return sa.and_(*parts) if operator == "NOT IN" else sa.or_(*parts)


def _as_real(column: Column) -> Column:
    """Keep PostgreSQL from rounding a fraction to compare it with a whole number."""
    return sa.cast(column, sa.Double) if isinstance(column.type, sa.Integer) else column


def _differs(column: Column, condition: Condition) -> Condition:
    """Hold for NULL too: NaN, and text that is no number, differ from every number."""
    return sa.or_(column.is_(None), condition)


_TESTS: Final[dict[str, Callable[[Column, list[Literal]], Condition]]] = {
    "=": lambda column, values: column == values[0],
    "!=": lambda column, values: _differs(column, column != values[0]),
    ">": lambda column, values: column > values[0],
    ">=": lambda column, values: column >= values[0],
    "<": lambda column, values: column < values[0],
    "<=": lambda column, values: column <= values[0],
    "LIKE": lambda column, values: CaseLike(column, str(values[0])),
    "ILIKE": lambda column, values: FoldedLike(column, str(values[0])),
    "CONTAINS": lambda column, values: Contains(column, str(values[0])),
    "IN": lambda column, values: column.in_(values),
    "NOT IN": lambda column, values: _differs(column, column.not_in(values)),
}
