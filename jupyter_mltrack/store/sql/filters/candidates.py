"""The runs that fit one clause, where an index lists them."""

from collections.abc import Callable
from typing import Final

from jupyter_mltrack.search import And, Comparison, Node, Not, Or, param_number
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.sql.filters.columns import RUN_COLUMNS
from jupyter_mltrack.store.sql.filters.operators import compare
from jupyter_mltrack.store.sql.filters.sql import Sql
from jupyter_mltrack.store.sql.tables.runs import SHORT_TEXT

RANGES: Final = ("=", "IN", ">", ">=", "<", "<=")
"""Operators that an index answers with a stretch of its entries."""
_INDEXED: Final = ("run_id", "notebook", "parent_run_id", "start_time")

IS_SHORT: Final = f"params.number IS NULL AND length(params.value) <= {SHORT_TEXT}"
IS_LONG: Final = f"params.number IS NULL AND length(params.value) > {SHORT_TEXT}"
"""The conditions of the partial indexes, by which a database knows that they serve."""


def find_candidates(sql: Sql, tree: Node) -> list[str]:
    """Return statements that list the runs of a clause and no other; none without an index."""
    if isinstance(tree, Or):
        parts = [find_candidates(sql, clause) for clause in tree.clauses]
        return [select for part in parts for select in part] if all(parts) else []
    if isinstance(tree, And | Not) or tree.operator not in RANGES:
        return []
    write = _CANDIDATES.get(tree.identifier.kind)
    return write(sql, tree) if write else []


def _of_metric(sql: Sql, comparison: Comparison) -> list[str]:
    if comparison.identifier.aggregate:
        return []
    fits = compare(sql, comparison, number="metric_summaries.last_value")
    name = sql.name_id(comparison.identifier.key)
    return [f"SELECT run FROM metric_summaries WHERE metric_summaries.name = {name} AND {fits}"]


def _of_param(sql: Sql, comparison: Comparison) -> list[str]:
    name = sql.name_id(comparison.identifier.key)
    named = f"SELECT run FROM params WHERE params.name = {name} AND "
    texts = [value for value in comparison.values if isinstance(value, str)]
    if not texts:
        return [named + compare(sql, comparison, number="params.number")]
    if any(len(text) > SHORT_TEXT for text in texts):
        return []
    # A number is in the index by its value only, however it is written.
    written = [number for number in map(param_number, texts) if number is not None]
    numbers = [value for value in comparison.values if not isinstance(value, str)]
    is_text = f"params.value IN {sql.bind_all(texts)}"
    found = []
    if len(written) < len(texts):
        found.append(f"{named}{IS_SHORT} AND {is_text}")
    if written:
        found.append(f"{named}params.number IN {sql.bind_all(written)} AND {is_text}")
    if numbers:
        found.append(f"{named}params.number IN {sql.bind_all(numbers)}")
    return found


def _of_attribute(sql: Sql, comparison: Comparison) -> list[str]:
    key = comparison.identifier.key
    if key not in _INDEXED:
        return []
    column = RUN_COLUMNS[key]
    fits = compare(sql, comparison, text=column, number=column)
    # The indexes of what is optional leave out the runs without it.
    there = f"{column} != '' AND " if ATTRIBUTES[key].optional else ""
    return [f"SELECT runs.id FROM runs WHERE {there}{fits}"]


_CANDIDATES: Final[dict[str, Callable[[Sql, Comparison], list[str]]]] = {
    "metric": _of_metric,
    "param": _of_param,
    "attribute": _of_attribute,
}
