"""A metric point, its summary, and how floats that JSON lacks are written."""

import math

import msgspec

Number = float | str
"""A float in JSON: NaN and the infinities are the strings MLflow's protocol uses."""


class Metric(msgspec.Struct, frozen=True):
    """One point of a metric: ``timestamp`` in ms since the epoch, ``step`` any 64-bit integer."""

    key: str
    value: float
    timestamp: int
    step: int = 0


class MetricSummary(msgspec.Struct, frozen=True, kw_only=True):
    """What a table shows of a metric without reading its points.

    ``last`` is the point with the greatest (step, timestamp), as MLflow defines a run's metric;
    ``min`` and ``max`` ignore NaN and are NaN when every point is.
    """

    last: Number
    min: Number
    max: Number
    first: Number
    count: int
    step: int


def to_number(value: float) -> Number:
    """Write a float so that JSON keeps it: ``NaN``, ``Infinity``, ``-Infinity`` as strings."""
    if math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def from_number(number: Number) -> float:
    """Undo :func:`to_number`; raises ValueError for any other string."""
    return float(number)
