"""What a tracked model predicts for is a dataset of its run, with the context ``eval``."""

import time
import weakref
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.lineage import TrackedModel
from jupyter_mltrack.autolog.usercode import foreign_data
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.tracking.problems import problems

CONTEXT: Final = "eval"
FRESH_SECONDS: Final = 5.0
"""So long the fingerprint of an object is taken for that of a moment ago: a loop over models asks
for the same one each time."""
REMEMBERED: Final = 8

_recorded: Final[weakref.WeakKeyDictionary[TrackedModel, set[str]]] = weakref.WeakKeyDictionary()
_known: Final[dict[int, tuple[weakref.ref[Any], float, Dataset | None]]] = {}


def record_evaluated(model: TrackedModel, data: Any, name: str) -> None:
    """Log the fingerprint of what a model predicted for, once under each name."""
    recorded = _recorded.setdefault(model, set())
    if name in recorded or foreign_data(data) or not state.options_of("sklearn").log_datasets:
        return
    recorded.add(name)
    with problems.caught("fingerprinting data"):
        dataset = _fingerprint(data, name)
        if dataset is not None:
            model.run.log_dataset(msgspec.structs.replace(dataset, name=name), CONTEXT)


def _fingerprint(data: Any, name: str) -> Dataset | None:
    known = _known.get(id(data))
    now = time.monotonic()
    if known is not None and known[0]() is data and now - known[1] < FRESH_SECONDS:
        return known[2]
    found = fingerprint(data, name)
    try:
        _known[id(data)] = (weakref.ref(data), now, found)
    except TypeError:  # a list
        return found
    if len(_known) > REMEMBERED:
        _known.pop(next(iter(_known)), None)
    return found
