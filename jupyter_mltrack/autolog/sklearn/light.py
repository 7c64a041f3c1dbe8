"""A fit of a loop, of which the heavy items may be recorded later: when its cell ends."""

import weakref
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.notes import add_notes
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.data import GIVEN, FitData, data_size
from jupyter_mltrack.autolog.sklearn.params import deep_params
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.recorders import record_heavy
from jupyter_mltrack.autolog.sklearn.scores import training_scores
from jupyter_mltrack.autolog.usercode import is_library, own_attributes

MAX_HELD_CELLS: Final = 4_000_000
"""An estimator fitted with more numbers than that may be as large: we do not keep it alive."""
CHANGED: Final = "Its model is not kept: the estimator was fitted again, changed or dropped since."

# As long as their estimators live: a fit may turn out to be the best when many came after it.
_light_fits: Final = lineage.WeakTable()


class SklearnLightFit:
    """A light fit. It keeps its estimator alive only while it is held, and its data never."""

    def __init__(self, record: FitRecord) -> None:
        self.run = record.run
        self._estimator = weakref.ref(record.estimator)
        self._data = [_reference(getattr(record.data, name)) for name in GIVEN]
        self._method, self._variable = record.method, record.variable
        self._seconds = record.seconds
        self._may_be_held = _may_be_held(record)
        self._held: Any = None
        self._attributes: dict[str, Any] | None = None
        _light_fits.remember(record.estimator, self)

    def hold(self) -> None:
        """Keep the estimator alive, and note what it is now."""
        if self._may_be_held and self._held is None:
            self._held = self._estimator()
            self._attributes = dict(own_attributes(self._held))

    def release(self) -> None:
        """Let go of the estimator."""
        self._held = self._attributes = None

    def complete(self, why: str) -> bool:
        """Record the heavy items, if the estimator is still what this fit made of it."""
        estimator = self._estimator()
        if estimator is None or not self._is_unchanged(estimator):
            add_notes(self.run, "loop", [text for text in (why, CHANGED) if text])
            return False
        params = deep_params(estimator)
        record = FitRecord(
            run=self.run,
            estimator=estimator,
            method=self._method,
            data=FitData(*(part() for part in self._data)),
            variable=self._variable,
            params=params,
        )
        record.seconds = self._seconds
        if record.data.X is not None:
            options = state.options_of("sklearn")
            # Not for the metrics, which it has, but for what is drawn from predictions.
            record.scores = training_scores(estimator, record.data, params, options.pos_label)
        record_heavy(record)
        add_notes(self.run, "loop", [why] if why else [])
        add_notes(self.run, "fit", record.notes)
        return True

    def _is_unchanged(self, estimator: Any) -> bool:
        model = lineage.models.find(estimator)
        if model is None or model.run is not self.run:
            return False
        known, present = self._attributes, own_attributes(estimator)
        if known is None:
            return True
        return known.keys() == present.keys() and all(
            present[name] is value for name, value in known.items()
        )


def _may_be_held(record: FitRecord) -> bool:
    if any(
        "__del__" in vars(kind) and not is_library(str(kind.__module__))
        for kind in type(record.estimator).__mro__
    ):
        return False  # what it does must not come later than it would
    rows, columns = data_size(record.data.X)
    return rows * columns <= MAX_HELD_CELLS


def _reference(part: Any) -> Any:
    try:
        return weakref.ref(part)
    except TypeError:  # None, a list
        return _gone


def _gone() -> None:
    """What cannot be referred to weakly."""
