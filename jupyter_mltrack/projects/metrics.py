"""The metrics of a run beside those of its rerun, point by point."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jupyter_mltrack.entities import to_number
from jupyter_mltrack.entities.rerun_views import MetricCheckView
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store.contract import ReadStore, Series

if TYPE_CHECKING:
    import numpy as np

SAME: Final = "same"
DIFFERS: Final = "differs"
MISSING: Final = "missing"
NEW: Final = "new"
EXCLUDED: Final = "excluded"

DEFAULT_RTOL: Final = 1e-9
"""What the order of sums in parallel code may change, and no change of data or code."""

# Words of a name that tells a cost: fit_time, elapsedSeconds; not timestep or times_played.
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_DURATIONS: Final = frozenset(
    {"time", "duration", "durations", "seconds", "secs", "elapsed", "latency", "runtime"}
    | {"walltime", "millis", "milliseconds", "memory"}
)


# How long predicting takes decides how many rows measuring unasked may take; notes tell it.
_SAMPLE: Final = re.compile(r"(Test|Training) metrics are of ([\d,]+) of [\d,]+ rows")
_UNASKED: Final = re.compile(
    r"(test|training)_(score|(accuracy|precision|recall|f1|r2)_score|log_loss|roc_auc|\w+_error)"
)


class Tolerance(msgspec.Struct, frozen=True, kw_only=True):
    """How far values may be apart: ``atol + rtol * |original|``; by name, that much absolutely."""

    rtol: float = DEFAULT_RTOL
    atol: float = 0.0
    by_metric: Mapping[str, float] = {}

    def check(self, known: Collection[str] | None = None) -> None:
        """Raise InvalidParameterValue for what is no tolerance, or of no ``known`` metric."""
        named = {"rtol": self.rtol, "atol": self.atol, **self.by_metric}
        for name, value in named.items():
            if not 0 <= value < float("inf"):
                raise InvalidParameterValue(
                    f"The tolerance {name} must be a number of 0 or more, not {value}."
                )
        unknown = [name for name in self.by_metric if known is not None and name not in known]
        if unknown:
            listed = ", ".join(sorted(known or ())) or "none"
            raise InvalidParameterValue(
                f"The run has no metric {unknown[0]!r} to be tolerant of. It has: {listed}."
            )


def to_tolerance(rtol: float | None, atol: float, by_metric: Mapping[str, str]) -> Tolerance:
    """Tolerances as they are typed; raises InvalidParameterValue for what is no number."""
    numbers: dict[str, float] = {}
    for name, text in by_metric.items():
        try:
            numbers[name] = float(text)
        except ValueError:
            message = f"The tolerance of {name!r} must be a number, not {text!r}."
            raise InvalidParameterValue(message) from None
    return Tolerance(rtol=DEFAULT_RTOL if rtol is None else rtol, atol=atol, by_metric=numbers)


def is_duration(key: str) -> bool:
    """Whether a metric tells what time or memory something took, which no rerun repeats."""
    words = {word.lower() for word in _WORDS.findall(key)}
    return bool(words & _DURATIONS) or key.startswith("system/")


def check_metrics(
    store: ReadStore, run_id: str, new_run_id: str, tolerance: Tolerance
) -> list[MetricCheckView]:
    """Each metric of either run; those of the original first, by name.

    All points count: their number, steps and values, in the order logged. NaN is like NaN. What
    was measured unasked, of other numbers of rows in the two, is as little to be compared as what
    either of them took.
    """
    original, again = store.list_series(run_id), store.list_series(new_run_id)
    keys = [*sorted(original), *sorted(set(again) - set(original))]
    resampled = _samples(store, run_id) ^ _samples(store, new_run_id)
    excluded = {key for key in keys if is_duration(key) or _is_of(key, resampled)}
    return [
        _check(key, original.get(key), again.get(key), tolerance, excluded=key in excluded)
        for key in keys
    ]


def _samples(store: ReadStore, run_id: str) -> set[tuple[str, str]]:
    """Of how many rows metrics are that are not of all: (``Test``, ``293``)."""
    notes = store.get_run(run_id).data.tags.get("mltrack.autolog.notes", "")
    return set(_SAMPLE.findall(notes))


def _is_of(key: str, samples: Collection[tuple[str, str]]) -> bool:
    found = _UNASKED.fullmatch(key)
    return found is not None and any(kind.lower() == found[1] for kind, _ in samples)


def _check(
    key: str,
    original: Series | None,
    again: Series | None,
    tolerance: Tolerance,
    *,
    excluded: bool = False,
) -> MetricCheckView:
    status, place = _compare(key, original, again, tolerance)
    if excluded and key not in tolerance.by_metric:
        status = EXCLUDED
    old, new = _value(original, place), _value(again, place)
    absolute = abs(new - old) if old is not None and new is not None else None
    relative = absolute / abs(old) if absolute is not None and old else None
    return MetricCheckView(
        key=key,
        status=status,
        original=_number(old),
        rerun=_number(new),
        absolute=_number(absolute),
        relative=_number(relative),
        step=int(_longer(original, again).steps[place]) if place is not None else None,
        points=_count(original),
        rerun_points=_count(again),
    )


def _compare(
    key: str, original: Series | None, again: Series | None, tolerance: Tolerance
) -> tuple[str, int | None]:
    """The status, and the point to show: where they are furthest apart, else the last."""
    import numpy as np

    if original is None or again is None:
        return (NEW if original is None else MISSING), _count(original or again) - 1
    shared = min(_count(original), _count(again))
    if not shared:
        return (SAME if _count(original) == _count(again) else DIFFERS), None
    old, new = original.values[:shared], again.values[:shared]
    far = ~_is_close(old, new, key, tolerance)
    if far.any():
        with np.errstate(invalid="ignore"):
            distance = np.where(far, np.abs(new - old), -1.0)
        return DIFFERS, int(np.argmax(np.where(np.isnan(distance), np.inf, distance)))
    if _count(original) != _count(again):
        return DIFFERS, shared if shared < _count(_longer(original, again)) else shared - 1
    if not np.array_equal(original.steps, again.steps):
        return DIFFERS, int(np.argmax(original.steps != again.steps))
    return SAME, shared - 1


def _is_close(
    old: "np.ndarray[Any, Any]", new: "np.ndarray[Any, Any]", key: str, tolerance: Tolerance
) -> "np.ndarray[Any, Any]":
    import numpy as np

    absolute = tolerance.by_metric.get(key)
    with np.errstate(invalid="ignore"):
        if absolute is not None:
            # Of 0.1 and 0.2 the distance is a hair more than 0.1.
            hair = 4 * np.finfo(float).eps * np.maximum(np.abs(old), np.abs(new))
            close = np.abs(new - old) <= absolute + hair
        else:
            close = np.abs(new - old) <= tolerance.atol + tolerance.rtol * np.abs(old)
    # Infinite values are like themselves only.
    finite = np.isfinite(old) & np.isfinite(new)
    result: np.ndarray[Any, Any] = np.where(finite, close, old == new)
    result |= np.isnan(old) & np.isnan(new)
    return result


def _count(series: Series | None) -> int:
    return len(series.values) if series is not None else 0


def _longer(original: Series | None, again: Series | None) -> Series:
    chosen = again if _count(again) > _count(original) else original
    assert chosen is not None
    return chosen


def _value(series: Series | None, place: int | None) -> float | None:
    if series is None or place is None or not 0 <= place < len(series.values):
        return None
    return float(series.values[place])


def _number(value: float | None) -> Any:
    return None if value is None else to_number(value)


def changed(checks: Sequence[MetricCheckView]) -> list[MetricCheckView]:
    """Those that count against the rerun."""
    return [check for check in checks if check.status in (DIFFERS, MISSING, NEW)]
