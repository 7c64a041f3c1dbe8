"""What a fit was given."""

import functools
import inspect
from typing import Any, Final

from jupyter_mltrack.autolog.observed import Call
from jupyter_mltrack.autolog.usercode import foreign_data

GIVEN: Final = ("X", "y", "sample_weight")
"""In the order that :class:`FitData` takes them."""


class FitData:
    """The arguments of a fit that are data; None for what was not given.

    What is of a class of the user's own is None too, and ``foreign`` the name of that class: only
    the user asks it for anything.
    """

    __slots__ = ("X", "foreign", "sample_weight", "y")

    def __init__(self, X: Any, y: Any = None, sample_weight: Any = None) -> None:
        self.foreign = foreign_data(X) or foreign_data(y) or foreign_data(sample_weight)
        self.X: Any = None if self.foreign else X
        self.y: Any = None if self.foreign else y
        self.sample_weight: Any = None if self.foreign else sample_weight

    def take(self, rows: slice) -> "FitData":
        """Part of the rows."""
        return FitData(*(take_rows(part, rows) for part in (self.X, self.y, self.sample_weight)))


def read_fit_data(call: Call) -> FitData:
    """The data among the arguments of a call of ``fit``."""
    given = dict(zip(_parameter_names(call.function), call.args[1:], strict=False)) | call.kwargs
    y = given.get("y", given.get("Y"))
    weight = given.get("sample_weight")
    return FitData(given.get("X", call.args[1] if len(call.args) > 1 else None), y, weight)


@functools.lru_cache(maxsize=1024)
def _parameter_names(function: Any) -> tuple[str, ...]:
    try:
        return tuple(inspect.signature(function).parameters)[1:]
    except (TypeError, ValueError):
        return ("X", "y")


def take_rows(data: Any, rows: slice) -> Any:
    """Part of the rows of an array, a frame or a list."""
    if data is None:
        return None
    indexer = getattr(data, "iloc", None)
    return indexer[rows] if indexer is not None else data[rows]


def data_size(data: Any) -> tuple[int, int]:
    """Rows and columns, as far as they can be told without calling anything of the user's."""
    shape = getattr(data, "shape", None)
    if shape is None:
        return (len(data) if hasattr(data, "__len__") else 0), 1
    if not shape:  # a single number as an array
        return 1, 1
    columns = 1
    for length in shape[1:]:
        columns *= length
    return int(shape[0]), int(columns)
