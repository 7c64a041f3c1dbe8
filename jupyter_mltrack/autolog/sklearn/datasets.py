"""The fingerprint of a fit's data, made anew where that is cheap.

In a loop, what costs more is made once for the same objects, and left out for others; small arrays
are compared with those before.
"""

import sys
import time
import weakref
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog.loops import FIRST, Loop
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset

CHEAP_SECONDS: Final = 0.0001
CHEAP_SHARE: Final = 0.01
"""Of what a fit takes."""
SMALL_BYTES: Final = 32_768
"""Arrays up to this size are small: cheap to digest on any machine, cheaper still to compare."""
REMEMBERED: Final = 8


def record_dataset(record: FitRecord, loop: Loop) -> None:
    """Log the fingerprint of what a fit is given."""
    name = record.variable or "dataset"
    content = _small_content(record.data, name)
    if content is not None:
        dataset = _alike_fingerprint(loop, record.data, name, content)
    elif loop.fits < FIRST or _is_cheap(loop, record.data):
        dataset = _measured_fingerprint(loop, record.data, name)
    else:
        dataset = _known_fingerprint(loop, record.data, name)
        if dataset is None:
            record.notes.append("No digest of the data, as the fit is one of many of a cell.")
    if dataset is not None:
        record.dataset = dataset
        record.run.log_dataset(dataset, "train")


def find_dataset(loop: Loop, data: FitData, name: str) -> Dataset | None:
    """The fingerprint of data that the trials of a study are measured on, again and again.

    It is made once for the same objects.
    """
    return _known_fingerprint(loop, data, name) or _measured_fingerprint(loop, data, name)


def _is_cheap(loop: Loop, data: FitData) -> bool:
    seconds, size = loop.memory.get(("fingerprint", type(data.X)), (0.0, 0))
    growth = max(1.0, _size(data) / size) if size else 1.0
    return bool(seconds * growth <= max(CHEAP_SECONDS, CHEAP_SHARE * loop.mean_seconds))


def _alike_fingerprint(
    loop: Loop, data: FitData, name: str, content: tuple[Any, ...]
) -> Dataset | None:
    alike: dict[Any, Dataset | None] = loop.memory.setdefault("alike datasets", {})
    found = alike.get(content)
    if found is None:
        found = alike[content] = fingerprint(data.X, name, data.y)
        if len(alike) > REMEMBERED:
            alike.pop(next(iter(alike)), None)
    return found


def _small_content(data: FitData, name: str) -> tuple[Any, ...] | None:
    """All that the fingerprint of small arrays of numbers is made of; None for anything else."""
    numpy: Any = sys.modules.get("numpy")
    content: list[Any] = [name]
    for part in (data.X, data.y):
        if part is None:
            content.append(None)
        else:
            if numpy is None or type(part) is not numpy.ndarray or part.nbytes > SMALL_BYTES:
                return None
            if part.dtype.kind not in "biuf":
                return None
            content += (part.dtype.str, part.shape, part.tobytes())
    return tuple(content)


def _measured_fingerprint(loop: Loop, data: FitData, name: str) -> Dataset | None:
    start = time.perf_counter()
    dataset = fingerprint(data.X, name, data.y)
    seconds = time.perf_counter() - start
    key = ("fingerprint", type(data.X))
    known, size = loop.memory.get(key, (seconds, 0))
    # The least of several, for the first one loads what it needs.
    loop.memory[key] = (min(known, seconds) if _size(data) == size else seconds, _size(data))
    if dataset is not None:
        _remember(loop, data, dataset)
    return dataset


def _remember(loop: Loop, data: FitData, dataset: Dataset) -> None:
    known = loop.memory.setdefault("datasets", {})
    try:
        references = (weakref.ref(data.X), None if data.y is None else weakref.ref(data.y))
    except TypeError:  # a list
        return
    known.pop((id(data.X), id(data.y)), None)
    known[id(data.X), id(data.y)] = (*references, dataset)
    if len(known) > REMEMBERED:
        del known[next(iter(known))]


def _known_fingerprint(loop: Loop, data: FitData, name: str) -> Dataset | None:
    known = loop.memory.get("datasets", {}).get((id(data.X), id(data.y)))
    if known is None:
        return None
    X, y, dataset = known
    if X() is not data.X or (None if y is None else y()) is not data.y:
        return None
    found: Dataset = msgspec.structs.replace(dataset, name=name)
    return found


def _size(data: FitData) -> int:
    rows, columns = data_size(data.X)
    return rows * columns
