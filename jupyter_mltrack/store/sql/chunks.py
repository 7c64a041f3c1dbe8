"""Packed metric points: the columns of one series, each in the shortest plain form that holds it.

Format (version 2), all little-endian: version (u8), number of points (u32), then the columns steps,
times, executions and values. A column of integers is a kind (u8), its first value (i64) and, by
kind, the stride of an arithmetic progression (i64; kind 0) or one unsigned offset from the least
value a point (u8, u16, u32; kinds 1, 2, 4 - the first value is then that least one) or the values
themselves (i64; kind 8). Values are float64. Nothing is deflated: numpy reads a column in place.
"""

import math
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np

CHUNK_POINTS: Final = 1024
"""A chunk is closed at this many points; until then it is the open end of its series."""

_VERSION: Final = 2
_HEADER: Final = struct.Struct("<BI")
_COLUMN: Final = struct.Struct("<Bq")
_OUTLINE: Final = struct.Struct("<" + "qqd" * 5)
_STRIDE: Final = struct.Struct("<q")
_OFFSETS: Final = {1: "B", 2: "H", 4: "I", 8: "q"}
_IN_RANGE: Final = ((1, 2**8), (2, 2**16), (4, 2**32))


Point = tuple[int, int, float, int]
"""A point by itself: step, time (ms), value, execution (row id, 0 for none)."""


class Points(NamedTuple):
    """Parallel columns: steps, times (ms), values, executions (row ids, 0 for none)."""

    steps: "array[int]"
    times: "array[int]"
    values: "array[float]"
    executions: "array[int]"

    def part(self, start: int, stop: int | None = None) -> "Points":
        """The points of a range."""
        steps, times, values, executions = self
        part = slice(start, stop)
        return Points(steps[part], times[part], values[part], executions[part])

    def append(self, point: Point) -> None:
        """Append one point."""
        step, time, value, execution = point
        self.steps.append(step)
        self.times.append(time)
        self.values.append(value)
        self.executions.append(execution)

    def extend(self, other: "Points") -> None:
        """Append the points of ``other``."""
        self.steps.extend(other.steps)
        self.times.extend(other.times)
        self.values.extend(other.values)
        self.executions.extend(other.executions)


def empty_points() -> Points:
    """No points yet."""
    return Points(array("q"), array("q"), array("d"), array("q"))


def split(points: Points) -> Iterator[Points]:
    """Points in pieces of a chunk's size; the last may be smaller."""
    for start in range(0, len(points.steps), CHUNK_POINTS):
        yield points.part(start, start + CHUNK_POINTS)


def is_ordered(column: "array[Any]") -> bool:
    """Whether the values never decrease."""
    values = column.tolist()
    return values == sorted(values)


def has_nan(values: "array[float]") -> bool:
    """Whether any value is NaN."""
    # A sum costs a third of looking at each; that of opposite infinities is NaN without any.
    return math.isnan(sum(values)) and any(map(math.isnan, values))


def outline(points: Points) -> bytes:
    """The five points a chart must not miss, in order: both ends, extremes, the first NaN.

    Each is step (i64), time (i64), value (f64); where there is no NaN, or one point is several of
    these, points come twice.
    """
    values = points.values
    kept = [0, _first_nan(values), len(values) - 1, *_extremes(values)]
    return _OUTLINE.pack(
        *(field for i in sorted(kept) for field in (points.steps[i], points.times[i], values[i]))
    )


def _first_nan(values: "array[float]") -> int:
    """Where it is, 0 when there is none."""
    if not has_nan(values):
        return 0
    return next(i for i, value in enumerate(values) if math.isnan(value))


def _extremes(values: "array[float]") -> tuple[int, int]:
    if not has_nan(values):
        return values.index(min(values)), values.index(max(values))
    finite = [i for i, value in enumerate(values) if not math.isnan(value)] or [0]
    return min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)


def pack(points: Points) -> bytes:
    """Pack points for a chunk row."""
    integers = (points.steps, points.times, points.executions)
    return b"".join(
        (
            _HEADER.pack(_VERSION, len(points.values)),
            *map(_pack_integers, integers),
            _little(points.values).tobytes(),
        )
    )


def unpack(data: bytes) -> Points:
    """The points of a chunk.

    Raises
    ------
    ValueError
        The chunk has a version we do not know, or is damaged.
    """
    count, at = _header(data)
    columns: list[array[int]] = []
    for _ in range(3):
        column, at = _unpack_integers(data, at, count)
        columns.append(column)
    values = array("d")
    values.frombytes(data[at : at + 8 * count])
    if len(values) != count:
        raise ValueError("A metric chunk is cut short.")
    steps, times, executions = columns
    return Points(steps, times, _little(values), executions)


class Columns(NamedTuple):
    """The same columns as numpy arrays: int64, int64, float64, int64."""

    steps: "np.ndarray[Any, Any]"
    times: "np.ndarray[Any, Any]"
    values: "np.ndarray[Any, Any]"
    executions: "np.ndarray[Any, Any]"


def read_columns(chunks: Sequence[bytes]) -> Columns:
    """The points of several chunks, one after the other, as numpy arrays.

    Raises
    ------
    ValueError
        A chunk has a version we do not know, or is damaged.
    """
    import numpy as np

    counts = [_header(data)[0] for data in chunks]
    total = sum(counts)
    columns = Columns(
        *(np.empty(total, dtype) for dtype in (np.int64, np.int64, np.float64, np.int64))
    )
    start = 0
    for data, count in zip(chunks, counts, strict=True):
        at, stop = _HEADER.size, start + count
        for column in (columns.steps, columns.times, columns.executions):
            at = _read_integers(data, at, column[start:stop])
        columns.values[start:stop] = np.frombuffer(data, "<f8", count, at)
        start = stop
    return columns


def read_outlines(outlines: Sequence[bytes]) -> Columns:
    """The points of several outlines as numpy arrays; executions are all 0."""
    import numpy as np

    dtype = np.dtype([("step", "<i8"), ("time", "<i8"), ("value", "<f8")])
    rows = np.frombuffer(b"".join(outlines), dtype)
    return Columns(rows["step"], rows["time"], rows["value"], np.zeros(len(rows), np.int64))


def _header(data: bytes) -> tuple[int, int]:
    version, count = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"A metric chunk has format {version}; only {_VERSION} is known.")
    return count, _HEADER.size


def _pack_integers(column: "array[int]") -> bytes:
    count, first = len(column), column[0]
    stride = column[1] - first if count > 1 else 0
    if _is_progression(column, first, stride):
        return _COLUMN.pack(0, first) + _STRIDE.pack(stride)
    least = min(column)
    spread = max(column) - least
    kind = next((kind for kind, limit in _IN_RANGE if spread < limit), 8)
    if kind == 8:
        return _COLUMN.pack(8, first) + _little(column).tobytes()
    offsets = array(_OFFSETS[kind], [value - least for value in column])
    return _COLUMN.pack(kind, least) + _little(offsets).tobytes()


def _is_progression(column: "array[int]", first: int, stride: int) -> bool:
    last = first + stride * (len(column) - 1)
    if last != column[-1] or not -(2**63) <= stride < 2**63:
        return False
    if stride == 0:
        return column == array("q", (first,)) * len(column)
    return column == array("q", range(first, last + (1 if stride > 0 else -1), stride))


def _unpack_integers(data: bytes, at: int, count: int) -> tuple["array[int]", int]:
    kind, first = _COLUMN.unpack_from(data, at)
    at += _COLUMN.size
    if kind == 0:
        (stride,) = _STRIDE.unpack_from(data, at)
        progression = (first + stride * i for i in range(count))
        return array("q", progression), at + _STRIDE.size
    column = array(_OFFSETS[kind])
    end = at + column.itemsize * count
    column.frombytes(data[at:end])
    column = _little(column)
    return (column if kind == 8 else array("q", [first + offset for offset in column])), end


def _read_integers(data: bytes, at: int, target: "np.ndarray[Any, Any]") -> int:
    import numpy as np

    count = len(target)
    kind, first = _COLUMN.unpack_from(data, at)
    at += _COLUMN.size
    if kind == 0:
        (stride,) = _STRIDE.unpack_from(data, at)
        target[:] = np.arange(count) * stride + first if stride else first
        return at + _STRIDE.size
    dtype = "<i8" if kind == 8 else f"<u{kind}"
    offsets = np.frombuffer(data, dtype, count, at)
    if kind == 8:
        target[:] = offsets
    else:
        np.add(offsets, first, out=target, dtype=np.int64, casting="unsafe")
    return at + int(kind) * count


def _little(column: "array[Any]") -> "array[Any]":
    if sys.byteorder == "little" or column.itemsize == 1:
        return column
    swapped = column[:]
    swapped.byteswap()
    return swapped
