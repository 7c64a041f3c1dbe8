"""Pictures with axes: curves, bars, and the scores of a search by param."""

from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.entities.drawings import Bars, Curve, SearchParam, SearchScores
from jupyter_mltrack.query.drawings.style import (
    COLORS,
    FAINT,
    GREY,
    cut,
    drawable,
    has_numbers,
    say_nothing_to_draw,
    to_png,
)
from jupyter_mltrack.query.text import format_number

_MAX_CHOICES: Final = 30


def draw_curve(drawing: Curve) -> bytes:
    """Lines over one axis; a legend where there is something to tell apart or to say."""

    def draw(figure: Any) -> None:
        axis = figure.subplots()
        axis.set_title(cut(drawing.title, 60))
        drawn = 0
        for line in drawing.lines:
            x, y = drawable(line.x), drawable(line.y)
            if not has_numbers(y):
                continue
            color = GREY if line.dashed else COLORS[drawn % len(COLORS)]
            style: dict[str, Any] = {"linestyle": "--" if line.dashed else "-"}
            style["drawstyle"] = "steps-post" if drawing.steps and not line.dashed else "default"
            # One point has no line.
            style["marker"] = "o" if len(y) == 1 else None
            width = 1.0 if line.dashed else 1.8
            label = cut(line.label, 48) or None
            axis.plot(x, y, color=color, linewidth=width, label=label, **style)
            drawn += not line.dashed
        if not drawn:
            say_nothing_to_draw(axis)
            return
        axis.set_xlabel(cut(drawing.x_label, 60))
        axis.set_ylabel(cut(drawing.y_label, 40))
        axis.grid(color=FAINT, linewidth=0.7)
        axis.set_axisbelow(True)
        if drawing.unit:
            axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.03), aspect="equal")
        if any(line.label for line in drawing.lines):
            axis.legend(loc="best", fontsize=8)

    width, height = (4.4, 4.2) if drawing.unit else (5.4, 3.4)
    return to_png(width, height, draw, drawing.note)


def draw_bars(drawing: Bars) -> bytes:
    """A bar for each name, the first on top, negative ones in another colour."""
    rows = len(drawing.names)
    height = min(max(1.8, 0.21 * rows + 0.9), 12.0)

    def draw(figure: Any) -> None:
        axis = figure.subplots()
        axis.set_title(cut(drawing.title, 60))
        values = drawable(drawing.values)
        if not has_numbers(values):
            say_nothing_to_draw(axis)
            return
        colors = [COLORS[1] if value < 0 else COLORS[0] for value in values]
        axis.barh(range(rows), values, color=colors, height=0.72)
        size = 8 if rows <= 30 else 6.5
        axis.set_yticks(range(rows), [cut(name) for name in drawing.names], fontsize=size)
        axis.set_ylim(rows - 0.4, -0.6)
        axis.tick_params(axis="y", length=0)
        axis.axvline(0, color=GREY, linewidth=0.8)
        axis.grid(axis="x", color=FAINT, linewidth=0.7)
        axis.set_axisbelow(True)
        axis.spines["left"].set_visible(False)
        axis.set_xlabel(cut(drawing.label, 60))

    return to_png(5.6, height, draw, drawing.note)


def draw_search(drawing: SearchScores) -> bytes:
    """A panel for each param: the candidates' scores by its values, the best one marked."""
    count = max(1, len(drawing.params))
    columns = min(count, 3)
    rows = -(-count // columns)

    def draw(figure: Any) -> None:
        axes = figure.subplots(rows, columns, squeeze=False, sharey=True)
        figure.suptitle(cut(drawing.title, 70), x=0.01, ha="left", fontsize=10, fontweight="bold")
        flat = [axis for row in axes for axis in row]
        scores = drawable(drawing.scores)
        if not drawing.params or not has_numbers(scores):
            for axis in flat:
                say_nothing_to_draw(axis)
            return
        for axis in flat[count:]:
            axis.set_axis_off()
        for axis, param in zip(flat, drawing.params, strict=False):
            _draw_param(axis, param, drawing, scores)
        for row in axes:
            row[0].set_ylabel(cut(drawing.label, 40))

    width = 3.0 * columns + (1.4 if columns == 1 else 0.4)
    return to_png(width, 2.7 * rows + 0.3, draw, drawing.note)


def _draw_param(axis: Any, param: SearchParam, drawing: SearchScores, scores: list[float]) -> None:
    numbers = [value for value in param.values if isinstance(value, float)]
    is_numeric = len(numbers) == len([value for value in param.values if value is not None])
    places = drawable(numbers_only(param.values)) if is_numeric else _choose_places(axis, param)
    deviations = [0.0 if value != value else value for value in drawable(drawing.deviations)]
    axis.errorbar(
        places,
        scores,
        yerr=[abs(value) for value in deviations],
        fmt="o",
        color=COLORS[0],
        ecolor="#b9d3e4",
        elinewidth=1,
        markersize=4,
        alpha=0.85,
    )
    if drawing.best is not None and drawing.best < len(scores):
        best = places[drawing.best], scores[drawing.best]
        axis.plot(*best, "o", color=COLORS[1], markersize=7, zorder=5)
        if best[1] == best[1]:
            axis.annotate(
                format_number(best[1]), best, xytext=(6, 5), textcoords="offset points", fontsize=8
            )
    axis.set_xlabel(cut(param.name, 40))
    axis.grid(color=FAINT, linewidth=0.7)
    axis.set_axisbelow(True)
    positive = [value for value in numbers if value > 0]
    if (
        is_numeric
        and positive
        and len(positive) == len(numbers)
        and max(positive) >= 50 * min(positive)
    ):
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.xaxis.set_minor_formatter(lambda *_: "")


def numbers_only(values: Sequence[float | str | None]) -> list[float | None]:
    """Values with a gap for each that is text."""
    return [value if isinstance(value, float) else None for value in values]


def _choose_places(axis: Any, param: SearchParam) -> list[float]:
    """Put choices beside each other, in the order they first came."""
    texts = [_choice(value) for value in param.values]
    order = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    shown = list(order)[:_MAX_CHOICES]
    turned = len(shown) > 4 or max(map(len, shown)) > 12
    axis.set_xticks(
        range(len(shown)),
        [cut(text, 20) for text in shown],
        fontsize=8 if len(shown) < 12 else 6.5,
        **({"rotation": 60, "ha": "right"} if turned else {}),
    )
    axis.set_xlim(-0.6, len(order) - 0.4)
    return [float(order[text]) for text in texts]


def _choice(value: float | str | None) -> str:
    if value is None:
        return "(none)"
    return format_number(value) if isinstance(value, float) else value
