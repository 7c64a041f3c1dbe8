"""Filters and orders over the tables of runs: the twin of ``search/match.py`` and its order.

Open :mod:`.plans` first, which finds the runs of a search. :mod:`.clauses` and :mod:`.orders` write
a filter and an order as SQL, :mod:`.columns` says where each kind of value is kept,
:mod:`.operators` what an operator is over a column, :mod:`.sql` what databases write differently.
"""

from jupyter_mltrack.store.sql.filters.plans import find_rows

__all__ = ["find_rows"]
