"""Trees back to text; parsing the text gives the same tree again."""

import re
from typing import Final

from jupyter_mltrack.search.identifiers import PREFIXES
from jupyter_mltrack.search.tree import And, Comparison, Identifier, Literal, Node, Not, Or, OrderBy

_BARE_KEY: Final = re.compile(r"\w[\w./:@+-]*\Z")


def print_filter(tree: Node) -> str:
    """Write a filter as text."""
    if isinstance(tree, Comparison):
        return _print_comparison(tree)
    if isinstance(tree, Not):
        return f"NOT {_print_within(tree.clause, (And, Or))}"
    if isinstance(tree, And):
        return " AND ".join(_print_within(clause, (And, Or)) for clause in tree.clauses)
    return " OR ".join(_print_within(clause, (Or,)) for clause in tree.clauses)


def print_order(order: OrderBy) -> str:
    """Write one order as text."""
    return f"{_print_identifier(order.identifier)} {'DESC' if order.descending else 'ASC'}"


def _print_within(tree: Node, bracketed: tuple[type, ...]) -> str:
    text = print_filter(tree)
    return f"({text})" if isinstance(tree, bracketed) else text


def _print_comparison(comparison: Comparison) -> str:
    left = f"{_print_identifier(comparison.identifier)} {comparison.operator}"
    values = ", ".join(map(_print_literal, comparison.values))
    if comparison.operator.endswith("IN"):
        return f"{left} ({values})"
    return f"{left} {values}" if comparison.values else left


def _print_identifier(identifier: Identifier) -> str:
    key = identifier.key
    if not _BARE_KEY.match(key):
        key = "`" + key.replace("`", "``") + "`"
    name = PREFIXES[identifier.kind] + key
    return f"{identifier.aggregate}({name})" if identifier.aggregate else name


def _print_literal(literal: Literal) -> str:
    if isinstance(literal, str):
        return "'" + literal.replace("'", "''") + "'"
    return repr(literal)
