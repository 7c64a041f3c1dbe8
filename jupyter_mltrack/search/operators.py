"""The operators, as a table: how each is written, what it takes, what it means.

``test`` gets one value of the run and the literals. A run may have no such value (then only IS NULL
holds) or several (datasets: one that passes is enough). So ``!=`` and NOT IN never hold for what a
run lacks, as in MLflow; NOT (...) does.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

import msgspec

from jupyter_mltrack.search.numbers import param_number
from jupyter_mltrack.search.tree import Literal
from jupyter_mltrack.search.wildcards import ilike, like

Test = Callable[[Any, tuple[Literal, ...]], bool]


class Operator(msgspec.Struct, frozen=True):
    """One operator: which literals it takes, and the grammar rule that parses it."""

    symbol: str
    test: Test
    numbers: bool = True
    texts: bool = True
    rule: str = "binary"


def _single(compare: Callable[[Any, Any], bool]) -> Test:
    return lambda value, literals: _compare(compare, value, literals[0])


def _compare(compare: Callable[[Any, Any], bool], value: Any, literal: Literal) -> bool:
    """Compare a text with a number as numbers; text that is none differs from every number."""
    if isinstance(value, str) and not isinstance(literal, str):
        number = param_number(value)
        return compare is operator.ne if number is None else compare(number, literal)
    return compare(value, literal)


def _is_in(value: Any, literals: tuple[Literal, ...]) -> bool:
    return any(_compare(operator.eq, value, literal) for literal in literals)


def _not_in(value: Any, literals: tuple[Literal, ...]) -> bool:
    return all(_compare(operator.ne, value, literal) for literal in literals)


def _present(_value: Any, _literals: tuple[Literal, ...]) -> bool:
    return True


OPERATORS: Final = {
    entry.symbol: entry
    for entry in (
        Operator("=", _single(operator.eq)),
        Operator("!=", _single(operator.ne)),
        Operator(">", _single(operator.gt), texts=False),
        Operator(">=", _single(operator.ge), texts=False),
        Operator("<", _single(operator.lt), texts=False),
        Operator("<=", _single(operator.le), texts=False),
        Operator("LIKE", _single(like), numbers=False),
        Operator("ILIKE", _single(ilike), numbers=False),
        Operator("CONTAINS", _single(operator.contains), numbers=False),
        Operator("IN", _is_in, rule="is_in"),
        Operator("NOT IN", _not_in, rule="not_in"),
        Operator("IS NULL", _present, rule="is_null"),  # holds where nothing passes: see match
        Operator("IS NOT NULL", _present, rule="is_not_null"),
    )
}

BY_RULE: Final = {entry.rule: entry for entry in OPERATORS.values() if entry.rule != "binary"}
"""The operators that are grammar rules of their own."""
