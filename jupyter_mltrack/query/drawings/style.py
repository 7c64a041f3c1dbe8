"""The common look of the pictures: drawn for a white card, which reads in light and dark themes.

Drawn with matplotlib's objects, never pyplot: the user's figures, backend and settings are left
alone.
"""

import io
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

# Okabe and Ito's palette, safe for colour-blind readers.
COLORS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f")
INK: Final = "#26323a"
GREY: Final = "#6b7780"
FAINT: Final = "#dfe4e8"
DPI: Final = 150
_LIMIT: Final = 1e150
_SETTINGS: Final[dict[Any, Any]] = {
    "text.usetex": False,
    "text.parse_math": False,  # a dollar sign in a name begins no formula
    "text.color": INK,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}
# matplotlib's settings and caches of fonts belong to the process; the server draws in threads.
_lock: Final = threading.Lock()


def to_png(width: float, height: float, draw: Callable[[Any], None], note: str = "") -> bytes:
    """A figure of ``width`` x ``height`` inches, filled by ``draw(figure)``, as PNG."""
    with _lock, _settings():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        lines = wrapped(note, round(width * 15))
        room = 0.19 * len(lines) + (0.06 if lines else 0)
        figure = Figure(figsize=(width, height + room), layout="constrained")
        FigureCanvasAgg(figure)
        share = room / (height + room)
        engine: Any = figure.get_layout_engine()
        engine.set(rect=(0, share, 1, 1 - share))
        draw(figure)
        if lines:
            figure.text(
                0.02,
                0.012,
                "\n".join(lines),
                color=GREY,
                fontsize=7.5,
                va="bottom",
                linespacing=1.3,
            )
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
        return buffer.getvalue()


@contextmanager
def _settings() -> Iterator[None]:
    """Our settings on top of the defaults: a user's style sheet may have changed anything."""
    import matplotlib as mpl

    kept = ("backend", "interactive", "toolbar", "tk.", "webagg.", "timezone", "date.")
    plain = {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(kept)}
    with mpl.rc_context({**plain, **_SETTINGS}):
        yield


def wrapped(text: str, width: int, limit: int = 4) -> list[str]:
    """Text in lines of at most ``width`` characters, ``limit`` of them."""
    import textwrap

    return textwrap.wrap(printable(text), max(width, 10), max_lines=limit, placeholder=" …")


def cut(text: str, limit: int = 32) -> str:
    """A name that fits beside an axis: its beginning and its end."""
    text = printable(text)
    if len(text) <= limit:
        return text
    head = (limit - 1) * 2 // 3
    return f"{text[:head]}…{text[len(text) - (limit - 1 - head) :]}"


def printable(text: str) -> str:
    """Text without what no font has: control characters, line breaks, lone surrogates."""
    text = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def drawable(values: Sequence[float | None]) -> list[float]:
    """Numbers that an axis can have: gaps for those that are none, or overflow its span."""
    return [
        math.nan if value is None or not abs(value) < _LIMIT else float(value) for value in values
    ]


def has_numbers(values: Sequence[float]) -> bool:
    """Whether anything is left to be drawn."""
    return any(not math.isnan(value) for value in values)


def say_nothing_to_draw(axis: Any) -> None:
    """Fill an axis that has no number to show."""
    axis.set_axis_off()
    axis.text(0.5, 0.5, "no numbers to draw", ha="center", color=GREY, transform=axis.transAxes)
