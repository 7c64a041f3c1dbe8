"""Params, metrics, data and environment of two runs beside each other."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from jupyter_mltrack.entities import Number
from jupyter_mltrack.entities.diff_views import DatasetDiff, MetricChange, ValueDiff
from jupyter_mltrack.entities.views import DatasetView, EnvironmentView, RunView
from jupyter_mltrack.query.diff.cells import ADDED, CHANGED, REMOVED, SAME, UNKNOWN
from jupyter_mltrack.query.judgement import greater_is_better, rank

_ORDER = {CHANGED: 0, UNKNOWN: 1, ADDED: 2, REMOVED: 3, SAME: 4}


def diff_values(base: Mapping[str, str], run: Mapping[str, str]) -> list[ValueDiff]:
    """Values by key, those that changed first."""
    found = [
        ValueDiff(
            key=key,
            status=_status(base.get(key), run.get(key)),
            base=base.get(key),
            run=run.get(key),
        )
        for key in dict.fromkeys([*base, *run])
    ]
    return sorted(found, key=lambda value: _ORDER[value.status])


def diff_metrics(base: RunView, run: RunView) -> list[MetricChange]:
    """Last values by metric, those that changed and tell most first."""
    found = [
        _diff_metric(
            key,
            base.metrics[key].last if key in base.metrics else None,
            run.metrics[key].last if key in run.metrics else None,
        )
        for key in dict.fromkeys([*base.metrics, *run.metrics])
    ]
    return sorted(found, key=lambda metric: (_ORDER[metric.status], rank(metric.key)))


def _diff_metric(key: str, base: Number | None, run: Number | None) -> MetricChange:
    difference = relative = None
    better: bool | None = None
    status = ADDED if base is None else REMOVED
    if base is not None and run is not None:
        old, new = float(base), float(run)
        is_same = old == new or (math.isnan(old) and math.isnan(new))
        status = SAME if is_same else CHANGED
        if math.isfinite(old) and math.isfinite(new) and math.isfinite(new - old):
            difference = new - old
            relative = difference / abs(old) if old and math.isfinite(difference / old) else None
            wanted = greater_is_better(key)
            better = None if wanted is None or is_same else (difference > 0) == wanted
    return MetricChange(
        key=key,
        status=status,
        base=base,
        run=run,
        difference=difference,
        relative=relative,
        is_better=better,
    )


def diff_datasets(base: Sequence[DatasetView], run: Sequence[DatasetView]) -> list[DatasetDiff]:
    """Data by name and use; several of one name are compared where their digests are equal."""
    left: dict[tuple[str, str], list[DatasetView]] = {}
    for one in run:
        left.setdefault((one.name, one.context), []).append(one)
    found = []
    for old in base:
        others = left.get((old.name, old.context), [])
        same = next((one for one in others if one.digest == old.digest), None)
        new = same or next(iter(others), None)
        if new is not None:
            others.remove(new)
        found.append(_diff_dataset(old, new))
    found += [_diff_dataset(None, new) for others in left.values() for new in others]
    return found


def _diff_dataset(old: DatasetView | None, new: DatasetView | None) -> DatasetDiff:
    shown = new or old
    assert shown is not None
    return DatasetDiff(
        name=shown.name,
        context=shown.context,
        status=_status(old.digest if old else None, new.digest if new else None),
        base=old.digest if old else None,
        run=new.digest if new else None,
        base_shape=_shape(old),
        shape=_shape(new),
        sampled=any(bool(_profile(one).get("sampled")) for one in (old, new) if one),
    )


def _shape(dataset: DatasetView | None) -> str:
    shape = _profile(dataset).get("shape") if dataset else None
    return " x ".join(map(str, shape)) if isinstance(shape, list) else ""


def _profile(dataset: DatasetView) -> dict[str, Any]:
    try:
        found = json.loads(dataset.profile)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def diff_packages(base: EnvironmentView | None, run: EnvironmentView | None) -> list[ValueDiff]:
    """Packages by name; none where one side's are not known."""
    if base is None or run is None or not base.packages or not run.packages:
        return []
    return diff_values(base.packages, run.packages)


def diff_environments(base: EnvironmentView | None, run: EnvironmentView | None) -> list[ValueDiff]:
    """Python, platform, machine and git; what is not known on either side is left out."""
    if base is None or run is None:
        return []
    found = diff_values(_environment(base), _environment(run))
    if base.git_dirty or run.git_dirty:
        # Changes that were not committed may be any.
        found = [_unsure(value) if value.key == "git commit" else value for value in found]
    return found


def _environment(view: EnvironmentView) -> dict[str, str]:
    dirty = " and changes" if view.git_dirty else ""
    facts = {
        "Python": view.python_version,
        "platform": view.platform,
        "machine": view.host,
        "git commit": f"{view.git_commit[:12]}{dirty}" if view.git_commit else "",
        "git branch": view.git_branch,
    }
    return {key: value for key, value in facts.items() if value}


def _unsure(value: ValueDiff) -> ValueDiff:
    if value.status != SAME:
        return value
    return ValueDiff(key=value.key, status=UNKNOWN, base=value.base, run=value.run)


def _status(base: str | None, run: str | None) -> str:
    if base is None or run is None:
        return ADDED if base is None else REMOVED
    return SAME if base == run else CHANGED
