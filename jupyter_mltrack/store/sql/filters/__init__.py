"""Filters and orders over the tables of runs: the twin of ``search/match.py`` and its order."""

from jupyter_mltrack.store.sql.filters.clauses import to_where
from jupyter_mltrack.store.sql.filters.orders import to_order_by

__all__ = ["to_order_by", "to_where"]
