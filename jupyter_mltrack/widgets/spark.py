"""A curve the size of a word."""

import math
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.entities import Number
from jupyter_mltrack.query.series import thin
from jupyter_mltrack.widgets.html import Markup, element

WIDTH: Final = 120
HEIGHT: Final = 22
_POINTS: Final = 80


def sparkline(values: Sequence[Number]) -> Markup:
    """A metric's values as an SVG line in the text's colour; gaps where they are not finite."""
    numbers = [float(value) for value in values]
    numbers = [numbers[i] for i in thin(numbers, _POINTS)]
    finite = [value for value in numbers if math.isfinite(value)]
    if len(finite) < 2:
        return Markup("")
    low, high = min(finite), max(finite)
    # Halved before subtracting: the span of two large floats may overflow.
    span = high / 2 - low / 2 or 1.0
    commands = []
    pen = "M"
    for i, value in enumerate(numbers):
        if not math.isfinite(value):
            pen = "M"
            continue
        x = 2 + (WIDTH - 4) * i / (len(numbers) - 1)
        y = HEIGHT - 3 - (HEIGHT - 6) * ((value / 2 - low / 2) / span)
        commands.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    path = element(
        "path",
        d="".join(commands),
        fill="none",
        stroke="currentColor",
        stroke_width="1.3",
        stroke_linejoin="round",
    )
    return element("svg", path, class_="mltrack-spark", width=WIDTH, height=HEIGHT)
