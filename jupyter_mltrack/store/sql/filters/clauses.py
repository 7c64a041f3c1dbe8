"""Filters as conditions on ``runs``.

Every clause becomes a condition that is true or false, never NULL, so that NOT means what it says.
It looks at the run alone, by primary keys.
"""

from collections.abc import Callable
from typing import Final

from jupyter_mltrack.search import And, Comparison, Node, Not, Or
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.sql.filters.columns import (
    DATASETS,
    TABLES,
    attribute_column,
    is_present,
    number_column,
    text_column,
)
from jupyter_mltrack.store.sql.filters.operators import compare
from jupyter_mltrack.store.sql.filters.sql import Sql


def to_where(sql: Sql, tree: Node, run: str) -> str:
    """Translate a filter to a condition.

    Parameters
    ----------
    sql : Sql
        What the statement is written with.
    tree : Node
        The filter.
    run : str
        The column with the id of the run; another than ``runs.id`` when ``runs`` is joined to a
        table that is read first.
    """
    if isinstance(tree, And | Or):
        parts = [to_where(sql, clause, run) for clause in tree.clauses]
        empty, join = ("TRUE", " AND ") if isinstance(tree, And) else ("FALSE", " OR ")
        return f"({join.join(parts) or empty})"
    if isinstance(tree, Not):
        return f"NOT {to_where(sql, tree.clause, run)}"
    return f"({_CLAUSES[tree.identifier.kind](sql, tree, run)})"


def _entry_clause(sql: Sql, comparison: Comparison, run: str) -> str:
    identifier = comparison.identifier
    table = TABLES[identifier.kind]
    fits = compare(sql, comparison, text=text_column(identifier), number=number_column(identifier))
    negated = "NOT " if comparison.operator == "IS NULL" else ""
    return (
        f"{negated}EXISTS (SELECT 1 FROM {table} WHERE {table}.run = {run}"
        f" AND {table}.name = {sql.name_id(identifier.key)} AND {fits})"
    )


def _dataset_clause(sql: Sql, comparison: Comparison, run: str) -> str:
    fits = compare(sql, comparison, text=DATASETS[comparison.identifier.key])
    negated = "NOT " if comparison.operator == "IS NULL" else ""
    return (
        f"{run} {negated}IN (SELECT run_datasets.run FROM run_datasets JOIN datasets"
        " ON datasets.digest = run_datasets.digest AND datasets.name = run_datasets.name"
        f" WHERE {fits})"
    )


def _attribute_clause(sql: Sql, comparison: Comparison, run: str) -> str:
    key = comparison.identifier.key
    if ATTRIBUTES[key].several:
        return _source_clause(sql, comparison, run)
    present = is_present(sql, key)
    if comparison.operator == "IS NULL":
        return f"NOT {present}"
    column = attribute_column(sql, key)
    return f"{present} AND {compare(sql, comparison, text=column, number=column)}"


def _source_clause(sql: Sql, comparison: Comparison, run: str) -> str:
    """Read each source once, for few are what many runs ran."""
    fits = compare(sql, comparison, text="sources.text")
    ran = (
        "(SELECT cell_executions.id FROM cell_executions WHERE cell_executions.source IN"
        f" (SELECT sources.id FROM sources WHERE {fits}))"
    )
    found = (
        f"coalesce(runs.execution, 0) IN {ran} OR {run} IN"
        f" (SELECT run_cells.run FROM run_cells WHERE run_cells.execution IN {ran})"
    )
    return f"NOT ({found})" if comparison.operator == "IS NULL" else found


_CLAUSES: Final[dict[str, Callable[[Sql, Comparison, str], str]]] = {
    "metric": _entry_clause,
    "param": _entry_clause,
    "tag": _entry_clause,
    "dataset": _dataset_clause,
    "attribute": _attribute_clause,
}
