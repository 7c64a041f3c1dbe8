"""A fit as checks see it, and what is remembered of it for what is measured later."""

import functools
import weakref
from typing import Any, Final

from jupyter_mltrack.autolog.sklearn.checks.tables import (
    Table,
    read_labels,
    read_table,
    row_hashes,
)
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.tracking.active import ActiveRun

MAX_ROWS: Final = 20_000
MAX_SCORED: Final = 20


class Fitted:
    """A fit that ended; its data is read once, when the first check asks."""

    def __init__(self, record: FitRecord) -> None:
        self.record = record

    @property
    def is_classifier(self) -> bool:
        """Whether it was measured as one."""
        return "training_accuracy_score" in self.record.scores.metrics

    @property
    def is_regressor(self) -> bool:
        """Whether it was measured as one."""
        return "training_r2_score" in self.record.scores.metrics

    @functools.cached_property
    def table(self) -> Table | None:
        """The features, as far as they are numbers."""
        return read_table(self.record.data.X)

    @functools.cached_property
    def labels(self) -> Any:
        """The target of the rows of :attr:`table`, or None."""
        return read_labels(self.record.data.y, self.table.step if self.table else 1)


class Scored:
    """Data a model was scored on: how much of it the model was fitted with.

    ``is_training`` when it is the training data itself; ``known`` of ``looked_at`` rows, of
    ``rows`` there are, were found among the training rows.
    """

    __slots__ = ("is_training", "known", "looked_at", "rows")

    def __init__(self, is_training: bool, known: int = 0, looked_at: int = 0, rows: int = 0):
        self.is_training = is_training
        self.known = known
        self.looked_at = looked_at
        self.rows = rows


class Memory:
    """What is kept of a fit while its run is known.

    ``hashes`` of the training rows (sorted; of every ``step``-th), ``twins`` the share of them
    that have an equal one, ``metrics`` those of training, ``majority`` the share of the most
    frequent class, ``scored`` what the model was applied to, by the data's name.
    """

    def __init__(self, fitted: Fitted) -> None:
        record = fitted.record
        self.class_name = type(record.estimator).__name__
        self.estimator_module = str(type(record.estimator).__module__)
        self.params = record.params
        self.metrics = dict(record.scores.metrics)
        self.is_classifier = fitted.is_classifier
        self.majority, self.majority_label = _majority(fitted)
        self.is_measured_otherwise = False
        self.scored: dict[str, Scored] = {}
        self._variable = record.variable
        self._data = _reference(record.data.X)
        self.hashes: Any = None
        table = fitted.table if fitted.is_classifier or fitted.is_regressor else None
        if table is not None:
            self._remember_rows(table)

    def _remember_rows(self, table: Table) -> None:
        import numpy as np

        more = max(1, -(-len(table.values) // MAX_ROWS))
        self.columns, self.rows, self.step = table.columns, table.rows, table.step * more
        hashes = row_hashes(table.values[::more])
        self.hashes, counts = np.unique(hashes, return_counts=True)
        self.twins = 1 - float((counts == 1).sum()) / len(hashes)

    def look_at(self, dataset: str, data: Any) -> None:
        """Compare data with the training rows, once for each name."""
        if dataset in self.scored or len(self.scored) >= MAX_SCORED:
            return
        is_training = data is self._data() or "train" in dataset.lower()
        self.scored[dataset] = Scored(is_training)
        table = None if is_training or self.hashes is None else read_table(data)
        if table is None or table.columns != self.columns:
            return
        self.scored[dataset] = self._compare(table)

    def _compare(self, table: Table) -> Scored:
        import numpy as np

        hashes = row_hashes(table.values)
        places = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        known = int((self.hashes[places] == hashes).sum())
        is_all = known == len(hashes) and table.rows == self.rows and self.step == table.step
        return Scored(is_all, known, len(hashes), table.rows)


_memories: Final["weakref.WeakKeyDictionary[ActiveRun, Memory]"] = weakref.WeakKeyDictionary()


tested: Final["weakref.WeakKeyDictionary[ActiveRun, dict[str, float]]"] = (
    weakref.WeakKeyDictionary()
)
"""Metrics of the test data that belong to a fit, when they are made with it."""


def remember(fitted: Fitted) -> Memory:
    """Keep what later checks need of a fit."""
    memory = _memories[fitted.record.run] = Memory(fitted)
    return memory


def find_memory(run: ActiveRun) -> Memory | None:
    """What is kept of the fit that made a run; None when it was not looked at."""
    return _memories.get(run)


def _majority(fitted: Fitted) -> tuple[float, str]:
    if not fitted.is_classifier or fitted.labels is None:
        return 0.0, ""
    import numpy as np

    classes, counts = np.unique(fitted.labels, return_counts=True)
    largest = int(counts.argmax())
    return float(counts[largest] / counts.sum()), str(classes[largest])[:60]


def _reference(data: Any) -> Any:
    try:
        return weakref.ref(data)
    except TypeError:  # a list
        return lambda: None
