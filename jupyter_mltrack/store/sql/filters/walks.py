"""Orders that an index has: its runs can be looked at one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jupyter_mltrack.search import Comparison, Identifier, Node, OrderBy
from jupyter_mltrack.store.sql.filters.candidates import RANGES
from jupyter_mltrack.store.sql.filters.operators import compare
from jupyter_mltrack.store.sql.filters.orders import to_order_by
from jupyter_mltrack.store.sql.filters.sql import Sql

_START: Final = Identifier("attribute", "start_time")
_ENTRIES: Final = {"metric": ("metric_summaries", "last_value"), "param": ("params", "number")}


@dataclass(frozen=True)
class Walk:
    """A walk along an index, from one run to the next.

    ``value`` is the column that the ``index``, a table of its columns, sorts by; ``run`` has the id
    of the run in ``source``, which joins ``runs`` to it; ``there`` holds for what is walked. The
    index does not have every run when it is of ``entries``: a table, and its column.
    """

    orders: Sequence[OrderBy]
    identifier: Identifier
    descending: bool
    index: str
    source: str
    run: str
    value: str
    there: str
    entries: tuple[str, str] | None = None

    def range(self, sql: Sql, tree: Node | None) -> str | None:
        """A clause as a stretch of the walk; None when it is about something else."""
        if not isinstance(tree, Comparison) or tree.identifier != self.identifier:
            return None
        if tree.operator not in RANGES or any(isinstance(value, str) for value in tree.values):
            return None
        return compare(sql, tree, number=self.value)

    def first_key(self) -> str:
        """The index's part of the order."""
        return f"{self.value} {'DESC' if self.descending else 'ASC'}"

    def order_by(self, sql: Sql) -> str:
        """The whole order."""
        return f"{self.first_key()}, {to_order_by(sql, self.orders[1:])}"

    def until(self, sql: Sql, value: float) -> str:
        """The part of the walk up to a value, all that are equal to it included."""
        return f"{self.value} {'>=' if self.descending else '<='} {sql.bind(value)}"

    def after(self, sql: Sql, value: float) -> str:
        """The rest."""
        return f"{self.value} {'<' if self.descending else '>'} {sql.bind(value)}"


def find_walk(sql: Sql, orders: Sequence[OrderBy]) -> Walk | None:
    """The walk for these orders; None when no index begins with them."""
    # The column of the run is left unindexed: SQLite would go to each run of a set, and sort.
    first = orders[0] if orders else OrderBy(_START, descending=True)
    identifier, descending = first.identifier, first.descending
    if identifier == _START:
        column = "runs.start_time"
        run = sql.unindexed("runs.id")
        return Walk(orders, identifier, descending, "runs", "runs", run, column, "TRUE")
    entries = _ENTRIES.get(identifier.kind)
    if entries is None or identifier.aggregate:
        return None
    table, column = entries
    return Walk(
        orders,
        identifier,
        descending,
        index=f"{table} AS walked",
        source=f"{table} AS walked {sql.ordered_join} runs ON runs.id = walked.run",
        run=sql.unindexed("walked.run"),
        value=f"walked.{column}",
        there=f"walked.name = {sql.name_id(identifier.key)} AND walked.{column} IS NOT NULL",
        entries=entries,
    )
