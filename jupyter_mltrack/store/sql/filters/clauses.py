"""Filters as conditions.

Every clause becomes an expression that is true or false, never NULL, so that NOT means what it
says. It either asks for each run whether it has a fitting value (by a primary key), or whether it
is among all that have (one pass of an index): the plan says which.
"""

from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from jupyter_mltrack.search import And, Comparison, Node, Not, Or
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.store.sql.filters.columns import (
    ATTRIBUTE_COLUMNS,
    DATASETS,
    ENTRIES,
    Column,
    Condition,
    is_present,
    name_id,
    number_column,
    text_column,
)
from jupyter_mltrack.store.sql.filters.operators import compare
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    DatasetRow,
    RunCellRow,
    RunDatasetRow,
    RunRow,
    SourceRow,
)


def to_where(tree: Node, *, run: Column = RunRow.id, as_sets: bool = True) -> Condition:
    """Translate a filter to a condition for a SELECT from ``runs``.

    Parameters
    ----------
    tree : Node
        The filter.
    run : Column
        What holds the id of the run; another column than that of ``runs`` when these are joined to
        a table that is read first.
    as_sets : bool
        Whether to read all runs of a clause at once instead of looking each run up.
    """
    if isinstance(tree, And):
        parts = [to_where(clause, run=run, as_sets=as_sets) for clause in tree.clauses]
        return sa.and_(sa.true(), *parts)
    if isinstance(tree, Or):
        parts = [to_where(clause, run=run, as_sets=as_sets) for clause in tree.clauses]
        return sa.or_(sa.false(), *parts)
    if isinstance(tree, Not):
        return sa.not_(to_where(tree.clause, run=run, as_sets=as_sets))
    return _CLAUSES[tree.identifier.kind](tree, run, as_sets)


def _entry_clause(comparison: Comparison, run: Column, as_sets: bool) -> Condition:
    identifier = comparison.identifier
    row = ENTRIES[identifier.kind]
    fits = compare(comparison, text=text_column(identifier), number=number_column(identifier))
    rows = sa.select(row.run).where(row.name == name_id(identifier.key), fits)
    if not as_sets:
        rows = rows.where(row.run == run).correlate_except(row)
    return _has(rows, comparison, run, as_sets)


def _dataset_clause(comparison: Comparison, run: Column, _as_sets: bool) -> Condition:
    fits = compare(comparison, text=DATASETS[comparison.identifier.key])
    same = sa.and_(DatasetRow.digest == RunDatasetRow.digest, DatasetRow.name == RunDatasetRow.name)
    rows = sa.select(RunDatasetRow.run).join(DatasetRow, same).where(fits)
    return _has(rows, comparison, run, as_sets=True)


def _has(rows: "sa.Select[Any]", comparison: Comparison, run: Column, as_sets: bool) -> Condition:
    found: Condition = run.in_(rows) if as_sets else rows.exists()
    return sa.not_(found) if comparison.operator == "IS NULL" else found


def _attribute_clause(comparison: Comparison, run: Column, _as_sets: bool) -> Condition:
    if ATTRIBUTES[comparison.identifier.key].several:
        return _source_clause(comparison, run)
    column = ATTRIBUTE_COLUMNS[comparison.identifier.key]
    present = is_present(comparison.identifier)
    if comparison.operator == "IS NULL":
        return sa.not_(present)
    return sa.and_(present, compare(comparison, text=column, number=column))


def _source_clause(comparison: Comparison, run: Column) -> Condition:
    """Read each source once, for few are what many runs ran."""
    sources = sa.select(SourceRow.digest).where(compare(comparison, text=SourceRow.text))
    ran = sa.select(CellExecutionRow.id).where(CellExecutionRow.source.in_(sources))
    measured = sa.select(RunCellRow.run).where(RunCellRow.execution.in_(ran))
    made = sa.func.coalesce(RunRow.execution, 0).in_(ran)
    found = sa.or_(made, run.in_(measured))
    return sa.not_(found) if comparison.operator == "IS NULL" else found


_CLAUSES: Final[dict[str, Callable[[Comparison, Column, bool], Condition]]] = {
    "metric": _entry_clause,
    "param": _entry_clause,
    "tag": _entry_clause,
    "dataset": _dataset_clause,
    "attribute": _attribute_clause,
}
