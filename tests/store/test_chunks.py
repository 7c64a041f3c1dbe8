"""What is packed is what is unpacked."""

import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mltrack.store.sql import chunks

integers = st.integers(-(2**63), 2**63 - 1)
rows = st.tuples(integers, integers, st.floats(), st.integers(0, 5))


@given(st.lists(rows, max_size=300))
def test_round_trip(points: list[tuple[int, int, float, int]]) -> None:
    steps, times, values, executions = zip(*points, strict=True) if points else ((), (), (), ())
    packed = chunks.Points(
        array("q", steps), array("q", times), array("d", values), array("q", executions)
    )
    read = chunks.empty_points()
    chunks.unpack_into(chunks.pack(packed), read)
    chunks.unpack_into(chunks.pack(packed), read)
    assert read.steps == packed.steps * 2
    assert read.times == packed.times * 2
    assert read.executions == packed.executions * 2
    for value, expected in zip(read.values, packed.values * 2, strict=True):
        assert value == expected or (math.isnan(value) and math.isnan(expected))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format 9"):
        chunks.unpack_into(b"\x09" + chunks.pack(chunks.empty_points())[1:], chunks.empty_points())
