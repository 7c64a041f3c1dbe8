"""A metric's points, thinned to what a chart can show."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.entities import to_number
from jupyter_mltrack.entities.views import SeriesView
from jupyter_mltrack.store.contract import ReadStore

if TYPE_CHECKING:
    import numpy as np

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
    import numpy as np

    series = store.get_outline(run_id, key)
    steps, times, values = series.steps, series.times, series.values
    if np.any(steps[1:] < steps[:-1]):
        order = np.lexsort((times, steps))
        steps, times, values = steps[order], times[order], values[order]
    kept = thin(values, max_points)
    return SeriesView(
        run_id=run_id,
        key=key,
        steps=steps[kept].tolist(),
        times=times[kept].tolist(),
        values=[to_number(value) for value in values[kept].tolist()],
        total=series.total,
    )


def thin(
    values: "Sequence[float] | np.ndarray[Any, Any]", max_points: int
) -> "np.ndarray[Any, Any]":
    """Indices of the points to draw: each bucket's least, greatest and first NaN, and both ends.

    Keeping the extremes of every bucket (rather than sampling) is what keeps a spike visible, and
    keeping a NaN is what keeps a gap one.
    """
    import numpy as np

    count = len(values)
    if count <= max_points or max_points < 4:
        return np.arange(count)
    width = -(-count // ((max_points - 2) // 2))
    rows = -(-count // width)
    grid = np.full((rows, width), np.nan)
    grid.ravel()[:count] = values
    is_nan = np.isnan(grid)
    starts = np.arange(rows) * width
    some = ~is_nan.all(axis=1)
    least = starts + np.where(is_nan, np.inf, grid).argmin(axis=1)
    greatest = starts + np.where(is_nan, -np.inf, grid).argmax(axis=1)
    gaps = starts + is_nan.argmax(axis=1)
    has_gap = is_nan.any(axis=1) & (gaps < count)
    return np.unique(
        np.concatenate([[0, count - 1], least[some], greatest[some], gaps[has_gap]]).astype(
            np.int64
        )
    )
