"""Packed metric points: four columns of one series, each deflated.

Format (version byte 1): ``<B I I`` version, number of points, number of execution runs; then the
execution runs as pairs of int64 (execution, count); then steps (int64), times (int64), values
(float64) as columns; all but the header deflated together. Native little-endian.
"""

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

TAIL_POINTS: Final = 1024
"""A series keeps at most this many points as rows before they are packed."""

_HEADER: Final = struct.Struct("<BII")
_VERSION: Final = 1


class Points(NamedTuple):
    """Parallel columns: steps, times (ms), values, executions (row ids, 0 for none)."""

    steps: "array[int]"
    times: "array[int]"
    values: "array[float]"
    executions: "array[int]"


def empty_points() -> Points:
    """No points yet."""
    return Points(array("q"), array("q"), array("d"), array("q"))


def pack(points: Points) -> bytes:
    """Pack points for a chunk row."""
    runs = array("q")
    for execution in points.executions:
        if runs and runs[-2] == execution:
            runs[-1] += 1
        else:
            runs.extend((execution, 1))
    columns = (runs, points.steps, points.times, points.values)
    body = b"".join(_little(column) for column in columns)
    return _HEADER.pack(_VERSION, len(points.steps), len(runs) // 2) + zlib.compress(body, 1)


def unpack_into(data: bytes, points: Points) -> None:
    """Append the points of a chunk to ``points``.

    Raises
    ------
    ValueError
        The chunk has a version we do not know, or is damaged.
    """
    version, count, runs = _HEADER.unpack_from(data)
    if version != _VERSION:
        raise ValueError(f"A metric chunk has format {version}; only {_VERSION} is known.")
    body = zlib.decompress(data[_HEADER.size :])
    split = runs * 16
    pairs = _column("q", body[:split])
    for execution, length in zip(pairs[::2], pairs[1::2], strict=True):
        points.executions.extend(array("q", (int(execution),)) * int(length))
    width = count * 8
    points.steps.extend(_column("q", body[split : split + width]))
    points.times.extend(_column("q", body[split + width : split + 2 * width]))
    points.values.extend(_column("d", body[split + 2 * width : split + 3 * width]))


def _little(column: Sequence[float]) -> bytes:
    assert isinstance(column, array)
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _column(kind: str, data: bytes) -> Any:
    column = array(kind)
    column.frombytes(data)
    if sys.byteorder == "big":
        column.byteswap()
    return column
