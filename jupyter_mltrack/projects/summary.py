"""What came out again and what did not, in words."""

from collections.abc import Sequence
from typing import Any

from jupyter_mltrack.entities.rerun_views import (
    CauseView,
    DataCheckView,
    FigureCheckView,
    MetricCheckView,
)
from jupyter_mltrack.projects.metrics import EXCLUDED, MISSING, NEW, SAME, changed, is_duration


def summarize(
    metrics: Sequence[MetricCheckView],
    figures: Sequence[FigureCheckView],
    data: Sequence[DataCheckView],
) -> str:
    """What came out again and what did not, in one sentence."""
    compared = [one for one in metrics if one.status != EXCLUDED]
    same = [one for one in compared if one.status == SAME]
    parts = [f"reproduced {len(same)} of {_counted(len(compared), 'metric')}"] if compared else []
    off = changed(compared)
    if off:
        parts[-1] += f" ({_differences(off)})"
    excluded = [is_duration(one.key) for one in metrics if one.status == EXCLUDED]
    if any(excluded):
        parts.append(f"{_counted(sum(excluded), 'duration')} not compared")
    if not all(excluded):
        resampled = _counted(len(excluded) - sum(excluded), "metric")
        parts.append(f"{resampled} of other samples of the rows not compared")
    kinds = {"figure": [f.status for f in figures], "dataset": [d.status for d in data]}
    for name, statuses in kinds.items():
        good = sum(status in ("same", "similar") for status in statuses)
        if statuses:
            parts.append(f"{good} of {_counted(len(statuses), name)} the same")
    return ", ".join(parts)


def _differences(checks: Sequence[MetricCheckView]) -> str:
    told = [describe_difference(check) for check in checks[:3]]
    return ", ".join(told) + (f" and {len(checks) - 3} more" if len(checks) > 3 else "")


def describe_difference(check: MetricCheckView) -> str:
    """By how much a metric differs, in a few words."""
    if check.status == MISSING:
        return f"{check.key} is missing"
    if check.status == NEW:
        return f"{check.key} is new"
    if check.points != check.rerun_points:
        return f"{check.key} has {check.rerun_points} points, not {check.points}"
    if check.absolute == 0:
        return f"{check.key} has other steps"
    text = f"{check.key} {_short(check.original)} → {_short(check.rerun)}"
    if isinstance(check.relative, float):
        text += f", {check.relative:.2g} relative"
    return text


def describe_cause(cause: CauseView) -> str:
    """The likeliest cause as the end of a sentence."""
    if cause.kind == "unknown":
        return "the cause was not found"
    return f"likely cause: {cause.sentence}"


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
