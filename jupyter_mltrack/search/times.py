"""Moments and durations as people write them: '2026-11-01 14:30', 'yesterday', '1h 30m'.

What has no zone is in the zone of the machine.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_UNITS: Final = {
    word: unit
    for unit, words in {
        "s": "s sec secs second seconds",
        "m": "m min mins minute minutes",
        "h": "h hr hrs hour hours",
        "d": "d day days",
        "w": "w week weeks",
    }.items()
    for word in words.split()
}
_PART: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]+)\s*,?\s*", re.ASCII)
_AGO: Final = re.compile(r"(\d{1,6}|an?)\s*([a-z]+)\s+ago", re.ASCII)
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_ZONE: Final = r"\s?(?:Z|[+-]\d{2}:?\d{2})?"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# How a date is written, and how long the moment lasts that it names.
_FORMS: Final = tuple(
    (re.compile(form, re.ASCII | re.IGNORECASE), lasting)
    for form, lasting in (
        (_DAY, timedelta(days=1)),
        (rf"{_DAY}[T ]\d{{2}}:\d{{2}}{_ZONE}", timedelta(minutes=1)),
        (rf"{_DAY}[T ]\d{{2}}:\d{{2}}:\d{{2}}{_ZONE}", timedelta(seconds=1)),
        (rf"{_DAY}[T ]\d{{2}}:\d{{2}}:\d{{2}}\.\d{{1,6}}{_ZONE}", timedelta(milliseconds=1)),
    )
)


def parse_moment(text: str, now: datetime | None = None) -> tuple[int, int]:
    """Read a moment as [begin, end) in milliseconds since the epoch; a date lasts a day.

    Raises
    ------
    ValueError
        The text names no moment, or one outside the calendar.
    """
    text = text.strip()
    now = now or datetime.now()
    for read in (_read_word, _read_ago, _read_date):
        found = read(text, now)
        if found is not None:
            begin, lasting = found
            try:
                return _to_millis(begin), _to_millis(begin + lasting)
            except (OverflowError, OSError) as error:
                raise ValueError(str(error)) from error
    raise ValueError(f"{text!r} is no moment")


def parse_duration(text: str) -> float:
    """Read a duration such as ``5 min`` or ``1h 30m`` as seconds.

    Raises
    ------
    ValueError
        The text is no duration.
    """
    text = text.strip().lower()
    position, seconds = 0, 0.0
    while part := _PART.match(text, position):
        unit = _UNITS.get(part[2])
        if unit is None:
            break
        seconds += float(part[1]) * _SECONDS[unit]
        position = part.end()
    if not text or position < len(text):
        raise ValueError(f"{text!r} is no duration")
    return int(seconds) if seconds.is_integer() else seconds


_Found = tuple[datetime, timedelta] | None


def _read_word(text: str, now: datetime) -> _Found:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day, moment = timedelta(days=1), timedelta(milliseconds=1)
    words: dict[str, Callable[[], tuple[datetime, timedelta]]] = {
        "now": lambda: (now, moment),
        "today": lambda: (midnight, day),
        "yesterday": lambda: (midnight - day, day),
    }
    word = words.get(text.lower())
    return word() if word else None


def _read_ago(text: str, now: datetime) -> _Found:
    found = _AGO.fullmatch(text.lower())
    unit = _UNITS.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    count = int(found[1]) if found[1].isdecimal() else 1
    lasting = timedelta(seconds=_SECONDS[unit])
    try:
        return now - count * lasting, lasting
    except OverflowError as error:
        raise ValueError(str(error)) from error


def _read_date(text: str, _now: datetime) -> _Found:
    for form, lasting in _FORMS:
        if form.fullmatch(text):
            day, rest = text[:10], text[10:].replace(" ", "")
            return datetime.fromisoformat(f"{day}T{rest.lstrip('Tt')}" if rest else day), lasting
    return None


def _to_millis(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
