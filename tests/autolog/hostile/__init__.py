"""Code that a tracker may trip over: a table of cases, by theme.

Each function under ``@case()`` is one; what it returns is its outcome. ``test_harmless.py``
executes it untracked and tracked, and looks at what was recorded (:class:`.table.Case`).
"""

from tests.autolog.hostile import (
    composition,
    copies,
    data,
    failing,
    fits,
    frames,
    inspection,
    interpreter,
    models,
    output,
    parallel,
    values,
)
from tests.autolog.hostile.table import CASES, Case, X, Y, calls

__all__ = ["CASES", "MODULES", "Case", "X", "Y", "calls"]

MODULES = (
    composition,
    copies,
    data,
    failing,
    fits,
    frames,
    inspection,
    interpreter,
    models,
    output,
    parallel,
    values,
)
