"""Packed points come back exactly, by both ways of reading them."""

import itertools
import math
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mltrack.store.sql import chunks

whole = st.integers(-(2**63), 2**63 - 1)
near = st.integers(0, 300)
rows = st.tuples(whole | near, whole | near, st.floats(), near)
stretches = st.tuples(whole, near, near, st.integers(1, 50))


def to_points(found: list[tuple[int, int, float, int]]) -> chunks.Points:
    steps, times, values, executions = zip(*found, strict=True)
    return chunks.Points(
        array("q", steps), array("q", times), array("d", values), array("q", executions)
    )


def assert_kept(points: chunks.Points) -> None:
    data = chunks.pack(points)
    read, columns = chunks.unpack(data), chunks.read_columns([data, data])
    for kept, column, twice in zip(points, read, columns, strict=True):
        assert kept.tobytes() == column.tobytes()
        assert kept.tobytes() * 2 == twice.tobytes()


@given(st.lists(rows, min_size=1, max_size=300))
def test_any_points_come_back(found: list[tuple[int, int, float, int]]) -> None:
    assert_kept(to_points(found))


@given(whole, st.integers(-5, 5), st.integers(1, 1024))
def test_steps_in_progression_take_no_room(start: int, stride: int, count: int) -> None:
    last = start + stride * (count - 1)
    if not -(2**63) <= last < 2**63:
        return
    points = to_points([(start + i * stride, 5, 0.5, 1) for i in range(count)])
    assert_kept(points)
    assert len(chunks.pack(points)) == 5 + 3 * 17 + 8 * count


@given(st.lists(st.floats(), min_size=1, max_size=100))
def test_an_outline_has_ends_extremes_and_the_first_nan(values: list[float]) -> None:
    points = to_points([(i, i, value, 0) for i, value in enumerate(values)])
    drawn = chunks.read_outlines([chunks.outline(points)])
    steps = drawn.steps.tolist()
    assert steps == sorted(steps)
    assert {0, len(values) - 1} <= set(steps)
    finite = [value for value in values if not math.isnan(value)]
    kept = [values[step] for step in steps]
    if finite:
        assert {min(finite), max(finite)} <= set(kept)
    assert any(map(math.isnan, kept)) == any(map(math.isnan, values))


def test_an_unknown_version_is_refused() -> None:
    data = b"\x09" + chunks.pack(to_points([(1, 1, 1.0, 1)]))[1:]
    with pytest.raises(ValueError, match="format 9"):
        chunks.unpack(data)


def test_a_chunk_cut_short_is_refused() -> None:
    data = chunks.pack(to_points([(1, 1, 1.0, 1), (2, 2, 2.0, 2)]))
    with pytest.raises(ValueError, match=r"multiple|cut short"):
        chunks.unpack(data[:-9])


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True)))
def test_nan_is_told_from_infinities_that_cancel_out(values: list[float]) -> None:
    for column in (values, [*values, math.inf, -math.inf]):
        assert chunks.has_nan(array("d", column)) == any(value != value for value in column)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_order_is_that_of_neighbours(steps: list[int]) -> None:
    for column in (steps, sorted(steps)):
        pairs = itertools.pairwise(column)
        assert chunks.is_ordered(array("q", column)) == all(one <= next_ for one, next_ in pairs)
