"""Values that stand under or beside each other."""

import datetime as dt
import math
from collections.abc import Sequence

from jupyter_mltrack.entities import Number
from jupyter_mltrack.query.text import format_number


def format_numbers(numbers: Sequence[Number | None]) -> list[str]:
    """Numbers of one metric with the same decimals, so that they compare at a glance."""
    shown = [format_number(number) for number in numbers]
    if any("e" in text for text in shown):
        return shown
    decimals = max((len(text.partition(".")[2]) for text in shown), default=0)
    return [
        f"{float(number):.{decimals}f}" if number is not None and _is_finite(number) else text
        for number, text in zip(numbers, shown, strict=True)
    ]


def format_moment(milliseconds: int) -> str:
    """A moment in local time, short: ``21 Nov 08:33``, with the year when it is another."""
    moment = dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.UTC).astimezone()
    this_year = moment.year == dt.datetime.now(tz=dt.UTC).year
    return moment.strftime("%d %b %H:%M" if this_year else "%d %b %Y")


def is_number(text: str) -> bool:
    """Whether a param's text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_finite(number: Number) -> bool:
    return math.isfinite(float(number))
