"""Pictures of matrices: confusion of classes, coefficients by class."""

from typing import Any, Final

from jupyter_mltrack.entities.drawings import ConfusionMatrix, Heat
from jupyter_mltrack.query.drawings.style import (
    GREY,
    INK,
    cut,
    drawable,
    has_numbers,
    say_nothing_to_draw,
    to_png,
)

MAX_WRITTEN: Final = 20
"""Up to how many rows the cells of a matrix have their number written in them."""


def draw_confusion_matrix(drawing: ConfusionMatrix) -> bytes:
    """The shares of each true class that were predicted as each class."""
    count = len(drawing.labels)
    side = min(max(3.6, 0.42 * count + 1.6), 10.0)

    def draw(figure: Any) -> None:
        import numpy as np

        axis = figure.subplots()
        axis.set_title(cut(drawing.title, 60))
        if not count:
            say_nothing_to_draw(axis)
            return
        shares = normalised(drawing)
        image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        bar = figure.colorbar(image, ax=axis, shrink=0.8, pad=0.02)
        bar.outline.set_visible(False)
        _label(axis, "x", [cut(label, 16) for label in drawing.labels], side)
        _label(axis, "y", [cut(label, 16) for label in drawing.labels], side)
        axis.set_xlabel("predicted")
        axis.set_ylabel("true")
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)
        if count <= MAX_WRITTEN:
            counts = np.array([drawable(row) for row in drawing.matrix], dtype=float)
            _write_cells(axis, shares, counts)

    return to_png(side + 0.8, side, draw, drawing.note)


def normalised(drawing: ConfusionMatrix) -> Any:
    """The matrix divided by the sums of its rows, as scikit-learn's ``normalize="true"``."""
    import numpy as np

    matrix = np.nan_to_num(np.array([drawable(row) for row in drawing.matrix], dtype=float))
    sums = matrix.sum(axis=1, keepdims=True)
    return np.divide(matrix, sums, out=np.zeros_like(matrix), where=sums != 0)


def draw_heat(drawing: Heat) -> bytes:
    """Signed numbers as colours on both sides of white, strongest row first."""
    rows, columns = len(drawing.rows), len(drawing.columns)
    height = min(max(2.6, 0.22 * rows + 1.3), 12.0)
    width = min(max(4.2, 0.4 * columns + 3.2), 11.0)

    def draw(figure: Any) -> None:
        import numpy as np

        axis = figure.subplots()
        axis.set_title(cut(drawing.title, 60))
        values = np.array([drawable(row) for row in drawing.values], dtype=float)
        values = values.reshape(rows, columns)
        if not has_numbers([float(value) for value in values.flat]):
            say_nothing_to_draw(axis)
            return
        limit = float(np.nanmax(np.abs(values))) or 1.0
        image = axis.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto")
        bar = figure.colorbar(image, ax=axis, pad=0.02, label=cut(drawing.label, 60))
        bar.outline.set_visible(False)
        _label(axis, "x", [cut(name, 16) for name in drawing.columns], width)
        _label(axis, "y", [cut(name) for name in drawing.rows], height * 1.6)
        axis.spines[:].set_visible(False)
        axis.tick_params(length=0)

    return to_png(width, height, draw, drawing.note)


def _label(axis: Any, side: str, labels: list[str], inches: float) -> None:
    """Name rows or columns, as many of them as there is room for."""
    step = max(1, -(-len(labels) // max(1, round(inches * 5))))
    places = range(0, len(labels), step)
    longest = max((len(label) for label in labels), default=0)
    turned = side == "x" and (len(labels) > 12 or longest * len(labels) > inches * 9)
    names = [labels[place] for place in places]
    options: dict[str, Any] = {"fontsize": 7 if len(labels) > 20 else 8}
    if turned:
        options |= {"rotation": 90}
    getattr(axis, f"set_{side}ticks")(list(places), names, **options)


def _write_cells(axis: Any, shares: Any, counts: Any) -> None:
    size = 8.5 if len(shares) <= 10 else 6.5
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            if not counts[i][j] > 0:
                axis.text(j, i, "0", ha="center", va="center", color="#b8c2c9", fontsize=size)
                continue
            text = f"{share:.2f}"
            if len(shares) <= 5:
                text += f"\n{counts[i][j]:,.6g}" if counts[i][j] < 1e6 else f"\n{counts[i][j]:.3g}"
            color = "white" if share > 0.55 else INK if share > 0.005 else GREY
            axis.text(j, i, text, ha="center", va="center", color=color, fontsize=size)
