"""Values as people read them."""

import datetime as dt
import math
from typing import Final

from jupyter_mltrack.entities import Number

_UNITS: Final = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"))


def format_number(number: Number | None, digits: int = 4) -> str:
    """A metric's value in a table: ``digits`` decimals, or scientific where that says more."""
    if number is None:
        return ""
    value = float(number)
    if not math.isfinite(value):
        return str(number) if isinstance(number, str) else str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value)}"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return f"{value:.{digits - 1}e}"


def format_time(milliseconds: int) -> str:
    """A moment in local time, to the second."""
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC).astimezone()
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def format_duration(milliseconds: int | None) -> str:
    """A length of time in its largest unit; empty when it is not over."""
    if milliseconds is None:
        return ""
    for size, unit in _UNITS:
        if milliseconds >= size:
            return f"{milliseconds / size:.1f} {unit}"
    return f"{max(milliseconds, 0)} ms"


def format_bytes(size: int) -> str:
    """A number of bytes in its largest unit."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")
