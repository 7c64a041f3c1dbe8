"""The static picture of a comparison, for places without our extension.

Drawn with matplotlib's objects, never pyplot: the user's figures and backend are left alone. The
background is transparent and the writing grey, which reads on light and on dark.
"""

import base64
import io
import math
from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.entities.views import Comparison, MetricDifference, RunView, SeriesView
from jupyter_mltrack.query.judgement import interest
from jupyter_mltrack.query.text import format_number
from jupyter_mltrack.widgets.style import COLORS

MAX_PANELS: Final = 3
MAX_RUNS: Final = 20
_GREY: Final = "#8a8a8a"
_DPI: Final = 144
_LIMIT: Final = 1e150
# What a user's style sheet may have set and would break or clutter the picture.
_SETTINGS: Final[dict[Any, Any]] = {
    "text.usetex": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 8,
    "axes.grid": False,
}


def draw_comparison(comparison: Comparison) -> tuple[str, int]:
    """A PNG as a data URI, and its width in pixels; an empty URI when nothing can be drawn."""
    curves = _curves(comparison.series)
    metrics = [] if curves else _differing(comparison.metrics)
    panels = len(curves) or len(metrics)
    if not panels:
        return "", 0
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = min(len(comparison.runs), MAX_RUNS)
    height = 2.1 if curves else 0.62 + 0.24 * rows
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(2.9 * panels, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, panels, squeeze=False)[0]
        for axis, key in zip(axes, curves, strict=False):
            _draw_curves(axis, key, curves[key], comparison)
        for index, (axis, metric) in enumerate(zip(axes, metrics, strict=False)):
            _draw_values(axis, metric, comparison, named=index == 0)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, transparent=True)
    pixels = round(2.9 * panels * 96)
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}", pixels


def _curves(series: Sequence[SeriesView]) -> dict[str, list[SeriesView]]:
    """Series by metric, those most runs have first, as many as there are panels."""
    by_key: dict[str, list[SeriesView]] = {}
    for one in series:
        if sum(_can_stand(float(value)) for value in one.values) > 1:
            by_key.setdefault(one.key, []).append(one)
    ranked = sorted(by_key, key=lambda key: (-len(by_key[key]), interest(key)))
    return {key: by_key[key] for key in ranked[:MAX_PANELS]}


def _differing(metrics: Sequence[MetricDifference]) -> list[MetricDifference]:
    drawn = [metric for metric in metrics if metric.differs and len(_finite(metric)) > 1]
    ranked = sorted(drawn, key=lambda metric: interest(metric.key))
    return ranked[:MAX_PANELS]


def _finite(metric: MetricDifference) -> dict[int, float]:
    known = {i: float(v) for i, v in enumerate(metric.values[:MAX_RUNS]) if v is not None}
    return {index: value for index, value in known.items() if _can_stand(value)}


def _can_stand(number: float) -> bool:
    """Whether an axis can have it: matplotlib fails on spans that overflow."""
    return abs(number) < _LIMIT


def _draw_curves(axis: Any, key: str, series: Sequence[SeriesView], comparison: Comparison) -> None:
    order = {run.run_id: index for index, run in enumerate(comparison.runs)}
    for one in series:
        color = COLORS[order.get(one.run_id, 0) % len(COLORS)]
        numbers = [float(value) for value in one.values]
        shown = [number if _can_stand(number) else math.nan for number in numbers]
        axis.plot(one.steps, shown, color=color, linewidth=1.4)
    _plain(axis, key)
    axis.set_xlabel("step", color=_GREY)


def _draw_values(
    axis: Any, metric: MetricDifference, comparison: Comparison, *, named: bool
) -> None:
    values = _finite(metric)
    rows = min(len(comparison.runs), MAX_RUNS)
    for index, value in values.items():
        color = COLORS[index % len(COLORS)]
        axis.plot([value], [index], "o", color=color, markersize=6)
        label = format_number(value)
        axis.annotate(
            label,
            (value, index),
            xytext=(7, 0),
            textcoords="offset points",
            va="center",
            color=_GREY,
            fontsize=7,
            fontweight="bold" if metric.best == index else "normal",
        )
    low, high = min(values.values()), max(values.values())
    room = high - low or abs(high) or 1.0
    axis.set_xlim(low - 0.12 * room, high + 0.45 * room)
    axis.set_ylim(rows - 0.5, -0.5)
    names = _names(comparison.runs[:rows]) if named else []
    axis.set_yticks(range(rows) if named else [], names)
    axis.hlines(range(rows), *axis.get_xlim(), color=_GREY, alpha=0.25, linewidth=0.7, zorder=0)
    _plain(axis, metric.key)


def _names(runs: Sequence[RunView]) -> list[str]:
    names = [run.run_name for run in runs]
    if len(set(names)) < len(names):
        return [run.run_id[:8] for run in runs]
    return [_name(name) for name in names]


def _name(name: str) -> str:
    # A dollar sign would begin a formula.
    name = name if len(name) <= 24 else name[:23] + "…"
    return name.replace("$", r"\$")


def _plain(axis: Any, title: str) -> None:
    axis.set_title(_name(title), color=_GREY, loc="left", fontsize=8.5, fontweight="bold")
    axis.patch.set_alpha(0)
    axis.tick_params(colors=_GREY, length=2, labelsize=7)
    for side, spine in axis.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_GREY)
        spine.set_linewidth(0.6)
    axis.locator_params(axis="x", nbins=4)
