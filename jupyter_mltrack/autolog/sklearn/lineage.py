"""Which run a model or a prediction came from, remembered weakly and outside of them."""

import sys
import threading
import weakref
from collections import Counter
from typing import Any, Final

from jupyter_mltrack.autolog.flow.content import digest, telling_digest
from jupyter_mltrack.autolog.flow.programs import forget_programs
from jupyter_mltrack.autolog.sklearn.sightings import (
    Place,
    copies,
    module_code,
    predicting_calls,
)
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import Cell, find_cell

UNKNOWN_DATASET: Final = "unknown_dataset"
MAX_DATASETS: Final = 200
MANY: Final = 2


class TrackedModel:
    """A fitted model's run, and the names given so far to what was measured of it.

    ``predicts`` is False for what transforms only, and for a run that has several models.
    """

    def __init__(self, run: ActiveRun, class_name: str, *, predicts: bool = False) -> None:
        self.run = run
        self.class_name = class_name
        self.predicts = predicts
        by_run[run.run_id] = self
        self.info: dict[str, str] = {}
        self.written = 0
        self.step = 0
        self._datasets: dict[str, list[int]] = {}
        self._calls: dict[str, int] = {}
        self._keys: dict[tuple[str, str, str, str, int], str] = {}
        self._occurrences: Counter[tuple[str, str, str, str]] = Counter()
        self._execution = ""
        self._linked: set[str] = set()

    def link_cell(self, cell: Any) -> None:
        """Record, once, that a cell used the model: what it shows belongs to the run too."""
        if cell is not None and cell.execution_id not in self._linked:
            self._linked.add(cell.execution_id)
            self.run.link_cell(cell)

    def advance(self, step: int) -> None:
        """Note that the model was fitted further: what is measured again is its next point."""
        self.step = step
        self._occurrences.clear()
        self._datasets.clear()

    def dataset_name(self, variable: str, data: Any) -> str:
        """The variable's name; with ``-2`` and so on when it named other data before."""
        name = variable or UNKNOWN_DATASET
        if name == UNKNOWN_DATASET:
            # The number would be chance: objects without a name come and go at few addresses.
            return name
        known = self._datasets.setdefault(name, [])
        if id(data) not in known and len(known) < MAX_DATASETS:
            known.append(id(data))
        return _indexed(name, known.index(id(data)) if id(data) in known else MAX_DATASETS)

    def metric_key(self, metric: str, dataset: str, text: str, cell: Any) -> str:
        """MLflow's key of a metric computed later, ``{metric}[-{call}]_{dataset}``.

        The call is counted per metric. The same call in the same cell, executed again, keeps its
        key: running a cell twice measures the same thing twice. So does the same call after a
        further step of a model that is fitted in steps.
        """
        execution, cell_id = (cell.execution_id, cell.cell_id) if cell else ("", "")
        if execution != self._execution:
            self._execution = execution
            self._occurrences.clear()
        signature = (metric, dataset, text, cell_id)
        self._occurrences[signature] += 1
        place = (*signature, self._occurrences[signature])
        if place not in self._keys or not (cell_id or self.step):
            index = self._calls.get(metric, 0)
            self._calls[metric] = index + 1
            self._keys[place] = f"{_indexed(metric, index)}_{dataset}"
        return self._keys[place]


by_run: Final[weakref.WeakValueDictionary[str, TrackedModel]] = weakref.WeakValueDictionary()
"""What is known of a run while its model lives."""


fitted_in: Final[weakref.WeakKeyDictionary[Cell, list[TrackedModel]]] = weakref.WeakKeyDictionary()
"""The models fitted in a cell, the first :data:`MANY` of them."""


def remember_fit(model: TrackedModel) -> None:
    """Note that a model was fitted in the cell that is running."""
    cell = find_cell()
    if cell is not None and model.predicts:
        fitted = fitted_in.setdefault(cell, [])
        if len(fitted) < MANY:
            fitted.append(model)


class Prediction:
    """Where a prediction came from; ``is_final`` is False for data merely transformed.

    ``content`` is a digest of what the model predicted: what was written into since has another.
    """

    __slots__ = ("content", "dataset", "is_final", "model")

    def __init__(self, model: TrackedModel, dataset: str, is_final: bool = True) -> None:
        self.model = model
        self.dataset = dataset
        self.is_final = is_final
        self.content: bytes | None = None


class WeakTable:
    """Objects to values, by identity, for as long as the object lives."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[Any], Any]] = {}
        # Reentrant: a reference may die, and its callback run, while we are in here.
        self._mutex = threading.RLock()

    def __len__(self) -> int:
        return len(self._entries)

    def remember(self, thing: Any, value: Any) -> bool:
        """Keep ``value`` for ``thing``; False for a thing that cannot be referred to weakly."""
        key = id(thing)

        def forget(reference: weakref.ref[Any]) -> None:
            with self._mutex:
                entry = self._entries.get(key)
                if entry is not None and entry[0] is reference:
                    del self._entries[key]

        try:
            reference = weakref.ref(thing, forget)
        except TypeError:
            return False
        with self._mutex:
            self._entries[key] = (reference, value)
        return True

    def find(self, thing: Any) -> Any:
        """The value kept for this very object, or None."""
        entry = self._entries.get(id(thing))
        return entry[1] if entry is not None and entry[0]() is thing else None

    def forget(self, thing: Any) -> None:
        """Drop what is kept for an object."""
        with self._mutex:
            if self.find(thing) is not None:
                del self._entries[id(thing)]

    def clear(self) -> None:
        """Drop everything."""
        with self._mutex:
            self._entries.clear()


models: Final = WeakTable()
preparations: Final = WeakTable()
"""The last fit of what only prepares data and has no run, as :mod:`.preparing` names it."""
_predictions: Final = WeakTable()


def remember_prediction(
    result: Any, source: Any, prediction: Prediction, place: Place | None = None
) -> None:
    """Note where a prediction came from, unless it is (a view of) the input itself."""
    if any(_same_data(result, part) for part in (source, _owner(source))):
        return
    prediction.content = digest(result)
    _predictions.remember(result, prediction)
    if prediction.is_final:
        copies.remember(telling_digest(result), prediction, place)
    owner = _owner(result)
    if owner is not result and not _same_data(owner, _owner(source)):
        whole = Prediction(prediction.model, prediction.dataset, prediction.is_final)
        whole.content = digest(owner)
        _predictions.remember(owner, whole)


def remember_derived(value: Any, prediction: Prediction) -> None:
    """Note that something was made of predictions of one model."""
    prediction.content = digest(value)
    _predictions.remember(value, prediction)
    copies.remember(telling_digest(value), prediction, None)


def find_prediction(value: Any) -> Prediction | None:
    """What is known of this very object, or of the array it is a view of; None once changed."""
    for thing in (value, _owner(value)):
        prediction: Prediction | None = _predictions.find(thing)
        if prediction is not None:
            is_intact = prediction.content is None or prediction.content == digest(thing)
            return prediction if is_intact else None
    return None


def knows_anything() -> bool:
    """Whether any model or prediction is known."""
    return bool(len(models) or len(_predictions))


def forget_fitted(name: str, arguments: tuple[Any, ...]) -> None:
    """Forget a model that is fitted where nothing is autologged: it is its run's no more."""
    if name in ("fit", "fit_predict", "fit_transform", "partial_fit") and arguments:
        models.forget(arguments[0])
        preparations.forget(arguments[0])


def forget_everything() -> None:
    """Drop all models and predictions."""
    models.clear()
    preparations.clear()
    _predictions.clear()
    copies.clear()
    predicting_calls.clear()
    module_code.clear()
    forget_programs()


def _same_data(left: Any, right: Any) -> bool:
    return left is right and left is not None


def _owner(value: Any) -> Any:
    """The array that owns the memory an array is a view of; anything else, itself."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return value
    for _ in range(8):
        base = value.base if isinstance(value, numpy.ndarray) else None
        if base is None or not isinstance(base, numpy.ndarray):
            break
        value = base
    return value


def _indexed(name: str, index: int) -> str:
    return name if index == 0 else f"{name}-{index + 1}"
