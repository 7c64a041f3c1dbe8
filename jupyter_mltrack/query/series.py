"""A metric's points, thinned to what a chart can show."""

import math
from collections.abc import Sequence

from jupyter_mltrack.entities import to_number
from jupyter_mltrack.entities.views import SeriesView
from jupyter_mltrack.store.contract import ReadStore

DEFAULT_POINTS = 1000


def get_series(
    store: ReadStore, run_id: str, key: str, max_points: int = DEFAULT_POINTS
) -> SeriesView:
    """Points of a metric in the order of their steps, at most about ``max_points`` of them.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    series = store.get_series(run_id, key)
    order = range(len(series.steps))
    if any(a > b for a, b in zip(series.steps, series.steps[1:], strict=False)):
        order = sorted(order, key=lambda i: (series.steps[i], series.times[i]))  # type: ignore[assignment]
    values = [series.values[i] for i in order]
    kept = [order[i] for i in thin(values, max_points)]
    return SeriesView(
        run_id=run_id,
        key=key,
        steps=[series.steps[i] for i in kept],
        times=[series.times[i] for i in kept],
        values=[to_number(series.values[i]) for i in kept],
        total=len(series.steps),
    )


def thin(values: Sequence[float], max_points: int) -> Sequence[int]:
    """Indices of the points to draw: each bucket's least, greatest and first NaN, and both ends.

    Keeping the extremes of every bucket (rather than sampling) is what keeps a spike visible.
    """
    count = len(values)
    if count <= max_points or max_points < 4:
        return range(count)
    buckets = max(1, (max_points - 2) // 2)
    kept = {0, count - 1}
    for bucket in range(buckets):
        start, stop = bucket * count // buckets, (bucket + 1) * count // buckets
        inside = range(start, stop)
        finite = [i for i in inside if not math.isnan(values[i])]
        if finite:
            kept.add(min(finite, key=values.__getitem__))
            kept.add(max(finite, key=values.__getitem__))
        if len(finite) < len(inside):
            kept.add(next(i for i in inside if math.isnan(values[i])))
    return sorted(kept)
