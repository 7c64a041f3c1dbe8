"""Data as a table of numbers to look at: at most so many of its rows, evenly spread.

Only numpy's arrays and pandas' frames themselves are read, never subclasses or other containers:
what those do when they are read, we cannot know.
"""

import functools
import sys
from typing import Any, Final

MAX_CELLS: Final = 150_000
MAX_LABELS: Final = 5000
BLOCK_CELLS: Final = 12_000
"""Allocated without asking the system for memory, which would take longer than all the rest."""
FEW_ROWS: Final = 300
"""So many rows rule most columns out; only those left are looked at in whole."""


class Table:
    """Numeric columns of some data.

    ``values`` are float64, of every ``step``-th row; ``names`` of the columns are None for arrays;
    ``rows`` and ``columns`` count those of the data.
    """

    __slots__ = ("columns", "names", "rows", "step", "values")

    def __init__(self, values: Any, names: list[str] | None, rows: int, columns: int, step: int):
        self.values = values
        self.names = names
        self.rows = rows
        self.columns = columns
        self.step = step

    def few(self) -> tuple[Any, slice]:
        """Some of the rows, evenly spread, and which of :attr:`values` they are."""
        rows = slice(None, None, max(1, len(self.values) // FEW_ROWS))
        return self.values[rows], rows

    def column_name(self, index: int) -> str:
        """A column as a sentence names it."""
        return f"column {index}" if self.names is None else repr(self.names[index])


def read_table(data: Any) -> Table | None:
    """The numeric columns of an array or frame of two dimensions; None when there are none."""
    import numpy as np

    pandas: Any = sys.modules.get("pandas")
    if type(data) is np.ndarray:
        if data.ndim != 2 or data.dtype.kind not in "biuf" or not data.size:
            return None
        rows, columns = data.shape
        step = _step(rows, columns)
        return Table(np.asarray(data[::step], np.float64), None, rows, columns, step)
    if pandas is not None and type(data) is pandas.DataFrame:
        return _read_frame(data)
    return None


def _read_frame(frame: Any) -> Table | None:
    import numpy as np

    kinds = [dtype.kind if isinstance(dtype, np.dtype) else "O" for dtype in frame.dtypes]
    numeric = [index for index, kind in enumerate(kinds) if kind in "biuf"]
    rows, columns = frame.shape
    if not numeric or not rows:
        return None
    step = _step(rows, len(numeric))
    part = frame if len(numeric) == columns else frame.iloc[:, numeric]
    values = (part if step == 1 else part.iloc[::step]).to_numpy(dtype=np.float64)
    labels = list(frame.columns)
    names = [labels[index] if type(labels[index]) is str else str(index) for index in numeric]
    return Table(values, names, rows, columns, step)


def _step(rows: int, columns: int) -> int:
    return max(1, -(-rows * columns // MAX_CELLS))


def read_labels(y: Any, step: int = 1) -> Any:
    """A target as a numpy array of every ``step``-th value: numbers or text; otherwise None."""
    import numpy as np

    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and type(y) is pandas.DataFrame and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if pandas is not None and type(y) is pandas.Series:
        if not isinstance(y.dtype, np.dtype):
            return None
        y = y.to_numpy()
    if type(y) is not np.ndarray:
        return None
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1 or not len(y):
        return None
    y = y[::step]
    if y.dtype.kind == "O":
        y = y[: MAX_LABELS // 5]
        return y.astype(str) if all(type(value) is str for value in y) else None
    return y if y.dtype.kind in "biufU" else None


def row_hashes(values: Any) -> Any:
    """A number of 64 bits for each row, the same for rows of the same values.

    The bits of the values, mixed, in a weighted sum modulo 2⁶⁴: exact, however the rows lie in
    memory, which a sum of floats is not.
    """
    import numpy as np

    count, columns = values.shape
    weights = _weights(columns)
    hashes = np.empty(count, np.uint64)
    block = max(1, BLOCK_CELLS // columns)
    for start in range(0, count, block):
        rows = slice(start, start + block)
        hashes[rows] = _mixed_bits(values[rows]) @ weights
    return hashes


def column_hashes(values: Any) -> Any:
    """The same for columns."""
    return _weights(values.shape[0]) @ _mixed_bits(values)


def _mixed_bits(values: Any) -> Any:
    import numpy as np

    bits = (np.ascontiguousarray(values) + 0.0).view(np.uint64)  # + 0.0: -0.0 is 0.0
    bits ^= bits >> np.uint64(32)  # small numbers differ in their upper bits alone
    return bits


@functools.lru_cache(maxsize=64)
def _weights(count: int) -> Any:
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(20))
    return generator.integers(1, 2**64, size=count, dtype=np.uint64) | np.uint64(1)
