"""Notebook code run symbolically: which execution made what, and from what.

A statement's *effects* are what it reads, binds and may change; running statements in some order
gives each location a *value*, which is the same whenever the same code made it from the same
values. What a call may do to what it is given counts as done (*touched*), but is told apart from
what is sure. Open :mod:`.machine` first, then :mod:`.effects`; :mod:`.knowledge` lists what is
known of libraries.
"""

from jupyter_mltrack.query.dataflow.selection import find_needed, select_executions

__all__ = ["find_needed", "select_executions"]
