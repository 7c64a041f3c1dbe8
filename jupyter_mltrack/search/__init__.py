"""The language of filters and orders: text to tree, and what a tree means for a run in memory.

MLflow's grammar with OR, NOT, parentheses, numeric params, ``max(metrics.x)``, dates as people
write them and the sources that ran. Open :mod:`.tree` first (what a filter is), then
:mod:`.identifiers` and :mod:`.operators` (the two tables everything is checked against).
``store/sql/filters`` translates the same trees to SQL; a property test holds both meanings
together.
"""

from jupyter_mltrack.search.direction import greater_is_better
from jupyter_mltrack.search.match import Facts, match
from jupyter_mltrack.search.numbers import param_number
from jupyter_mltrack.search.ordering import sort_runs
from jupyter_mltrack.search.parse import parse_filter, parse_order_by
from jupyter_mltrack.search.printing import print_filter, print_order
from jupyter_mltrack.search.tree import And, Comparison, Identifier, Literal, Node, Not, Or, OrderBy

__all__ = [
    "And",
    "Comparison",
    "Facts",
    "Identifier",
    "Literal",
    "Node",
    "Not",
    "Or",
    "OrderBy",
    "greater_is_better",
    "match",
    "param_number",
    "parse_filter",
    "parse_order_by",
    "print_filter",
    "print_order",
    "sort_runs",
]
