"""How a metric point lies in a segment: 40 bytes, so that columns can be cut out of many at once.

A point names its series by a number, which a ``SeriesOpened`` record before it in the same segment
explains. Byte order is the machine's: a journal is read where it was written.
"""

import sys
from array import array
from itertools import starmap
from struct import Struct
from typing import Final, NamedTuple
from zlib import crc32

POINT_MAGIC: Final = b"\xf1\x9dpt"
POINT_BYTES: Final = 40
STRETCH_POINTS: Final = 16_384
FIRST_STRETCH_POINTS: Final = 32

pack_body: Final = Struct("=qdqq").pack
pack_point: Final = Struct("=4sI32s").pack
_checked: Final = Struct("=8x32s").iter_unpack


class Columns(NamedTuple):
    """Points of one series."""

    steps: "array[int]"
    times: "array[int]"
    values: "array[float]"


class Stretch(NamedTuple):
    """Consecutive points by series number, and how many bytes they take."""

    series: dict[int, Columns]
    size: int


def frame_point(number: int, value: float, time: int, step: int) -> bytes:
    """Wrap a point of a series for an append."""
    body = pack_body(number, value, time, step)
    return pack_point(POINT_MAGIC, crc32(body), body)


def read_stretch(data: memoryview, offset: int, limit: int) -> Stretch | None:
    """Up to ``limit`` whole points that follow one another from ``offset``; None without any."""
    count = min((len(data) - offset) // POINT_BYTES, limit)
    window = data[offset : offset + count * POINT_BYTES]
    count = _count_whole(window, count)
    if not count:
        return None
    size = count * POINT_BYTES
    integers = window[:size].cast("q")
    numbers = integers[1::5].tobytes()
    columns = _columns(integers)
    if numbers == numbers[:8] * count:
        return Stretch({int.from_bytes(numbers[:8], sys.byteorder): columns}, size)
    return Stretch(_split(array("q", numbers), columns), size)


def _count_whole(window: memoryview, count: int) -> int:
    words = window.cast("I")
    magics = words[0::10].tobytes()
    if magics != POINT_MAGIC * count:
        count = next(at for at in range(count) if magics[4 * at : 4 * at + 4] != POINT_MAGIC)
    expected = words[1 : 10 * count : 10].tolist()
    found = list(starmap(crc32, _checked(window[: count * POINT_BYTES])))
    if found != expected:
        pairs = enumerate(zip(found, expected, strict=True))
        count = next(at for at, (one, other) in pairs if one != other)
    return count


def _columns(integers: memoryview) -> Columns:
    # Every fifth number is copied by the interpreter itself: no object is made of any.
    return Columns(
        array("q", integers[4::5].tobytes()),
        array("q", integers[3::5].tobytes()),
        array("d", integers[2::5].tobytes()),
    )


def _split(numbers: "array[int]", columns: Columns) -> dict[int, Columns]:
    series = {
        number: Columns(array("q"), array("q"), array("d")) for number in dict.fromkeys(numbers)
    }
    for number, step, time, value in zip(numbers, *columns, strict=True):
        steps, times, values = series[number]
        steps.append(step)
        times.append(time)
        values.append(value)
    return series
