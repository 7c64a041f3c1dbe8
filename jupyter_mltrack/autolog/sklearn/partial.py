"""All calls of ``partial_fit`` on one estimator are one run, each call a point of its series.

Step = number of the call, from 1: ``rows_seen``, ``partial_fit_time_seconds``, ``training_score``
(of the batch: :mod:`.batches`), ``loss`` or ``inertia`` where the estimator keeps one, and
``param_<name>`` for a number among its params once it was changed. What the user measures of the
model between two calls is a point at the step of the first.

The estimator decides: the same object goes on in its run, in whichever cell; a new one (a cell run
again makes one), a ``fit`` in between, or another explicit run around the call begins a new run.
When its cell ends, the model is logged and the run is FINISHED; a later call takes it up again.
In a script this happens before a flush and when the session ends.
"""

import sys
import threading
import time
import weakref
from collections import deque
from typing import Any, Final

from jupyter_mltrack.autolog import loops, state
from jupyter_mltrack.autolog.callers import find_caller, variable_name
from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.isolation import quiet
from jupyter_mltrack.autolog.notes import add_notes
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.runs import end_fit_run, open_fit_run
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.batches import BatchScorer, count_rows
from jupyter_mltrack.autolog.sklearn.data import FitData, read_fit_data, take_rows
from jupyter_mltrack.autolog.sklearn.fits import log_params
from jupyter_mltrack.autolog.sklearn.importances import record_importances
from jupyter_mltrack.autolog.sklearn.model import record_model
from jupyter_mltrack.autolog.sklearn.params import deep_params, is_estimator, shallow_params
from jupyter_mltrack.autolog.sklearn.preparing import has_no_run, watch_preparation
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.remember import remember_model
from jupyter_mltrack.autolog.sklearn.tree import record_tree
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.tracking.active import ActiveRun, find_active_run
from jupyter_mltrack.tracking.cells import Cell, find_cell
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems
from jupyter_mltrack.tracking.session import get_session

KEPT_ALIVE: Final = 3
"""So many estimators are held until their cell ends; others may be gone by then."""
_SAMPLE_ROWS: Final = 5
_LOSSES: Final = ("loss_", "inertia_")
_MISSING: Final = object()

_known: Final = lineage.WeakTable()
_held: Final[deque[Any]] = deque(maxlen=KEPT_ALIVE)
_waiting: Final[set["PartialFits"]] = set()
_mutex: Final = threading.Lock()


def watch_partial_fit(call: Call) -> Finish | None:
    """See a call of the user's; those that libraries make inside theirs are not told apart."""
    caller = find_caller(call.frame)
    if caller is None or not call.args:
        return None
    estimator = call.args[0]
    base = sys.modules["sklearn.base"].BaseEstimator
    if not isinstance(estimator, base):
        return None
    if not state.is_wanted("sklearn", type(estimator)):
        lineage.forget_fitted(call.name, call.args)
        return None
    if has_no_run(type(estimator)):
        return watch_preparation(call)
    data = read_fit_data(call)
    fits: PartialFits | None = _known.find(estimator)
    if fits is None or not fits.goes_on():
        fits = PartialFits(estimator, data, variable_name(data.X, caller))
        if not _known.remember(estimator, fits):
            return None
    fits.awaken(estimator)
    return fits.watch(estimator, data)


def complete_all() -> None:
    """End every run that waits for its cell to end."""
    for fits in list(_waiting):
        with problems.caught("completing a partial fit"):
            fits.complete()
    _known.clear()
    _held.clear()


class PartialFits:
    """The calls of ``partial_fit`` of an estimator, and their run."""

    def __init__(self, estimator: Any, data: FitData, variable: str) -> None:
        self.calls = 0
        self.rows = 0
        self.seconds = 0.0
        self.model: Any = None
        self.notes: list[str] = []
        self._estimator = weakref.ref(estimator)
        self._cell: Cell | None = None
        self._is_failed = False
        self._sample = _sample_of(data)
        self._variable = variable
        self.params = deep_params(estimator)
        self._is_nested = any(is_estimator(value) for value in self.params.values())
        self._varied: set[str] = set()
        self.scorer = BatchScorer(estimator, self.params)
        self.run = _open_run(estimator)
        with problems.caught("logging params"):
            self.notes += log_params(self.run, self.params)
        if state.options_of("sklearn").log_datasets:
            with problems.caught("fingerprinting data"):
                self._log_dataset(data)

    def goes_on(self) -> bool:
        """Whether a call made now belongs to the same run."""
        active = find_active_run()
        if active is not None and active.run_id not in (self.run.run_id, self.run.parent_run_id):
            return False
        if self.run.session is not get_session():
            return False
        return self.model is None or lineage.models.find(self._estimator()) is self.model

    def awaken(self, estimator: Any) -> None:
        """See to it that the run is open, and will be completed when the cell or script ends."""
        cell = find_cell()
        if self in _waiting and cell is self._cell:
            return
        with _mutex:
            _waiting.add(self)
            _held.append(estimator)
        if self.calls:
            self._resume()
            self.run.link_cell(cell)
        self._cell = cell
        ending = self.run.session.before_flush if cell is None else cell.at_end
        ending.append(self.complete)

    def watch(self, estimator: Any, data: FitData) -> Finish:
        """What is told of the end of a call that begins now."""
        start = time.perf_counter()

        def finish(_result: Any, error: BaseException | None) -> None:
            seconds = time.perf_counter() - start
            if error is None:
                self.record(estimator, data, seconds)
            else:
                self._is_failed = True
                end_fit_run(self.run, error, now_ms())

        return finish

    def record(self, estimator: Any, data: FitData, seconds: float) -> None:
        """Log the points of a call that took so long."""
        if self._is_failed:
            self._is_failed = False
            self._resume()
            self.run.set_tags({"mltrack.error": None})
        self.calls += 1
        self.rows += count_rows(data.X)
        self.seconds += seconds
        if self.model is None:
            with problems.caught("remembering a model"):
                remember_model(self._record(estimator, data))
                self.model = lineage.models.find(estimator)
        if self.model is not None:
            self.model.advance(self.calls)
        log, step = self.run.log_metric, self.calls
        log("partial_fit_time_seconds", seconds, step)
        if self.rows:
            log("rows_seen", float(self.rows), step)
        own = getattr(estimator, "__dict__", {})
        for name in _LOSSES:
            if isinstance(own.get(name), float):
                log(name.rstrip("_"), float(own[name]), step)
        score = self.scorer.score(estimator, data, self.calls, seconds)
        if score is not None:
            log("training_score", score, step)
        self._log_changes(estimator)

    def complete(self) -> None:
        """Log the model as it is now, and end the run."""
        with _mutex:
            if self not in _waiting:
                return
            _waiting.discard(self)
        try:
            with quiet():
                self._complete(self._estimator())
        finally:
            if not self._is_failed:
                end_fit_run(self.run, None, now_ms())

    def _complete(self, estimator: Any) -> None:
        if self.calls:
            self.run.log_metric("fit_time_seconds", self.seconds, self.calls)
            self._log_model(estimator)
        note = self.scorer.note(self.calls)
        add_notes(self.run, "partial_fit", [*self.notes, *([note] if note else [])])

    def _resume(self) -> None:
        # A run of the user's is theirs to end: what comes later is added to it as it is.
        if self.run.origin == "sklearn":
            self.run.resume()

    def _log_model(self, estimator: Any) -> None:
        if estimator is None:
            self.notes.append("No model: the estimator was gone before its cell ended.")
            return
        loop = loops.find_loop()
        if not loop.admit(self.seconds):
            self.notes.append(loops.NOTE)
            return
        start = time.perf_counter()
        record = self._record(estimator, FitData(self._sample))
        for recorder in (record_importances, record_tree, record_model):
            with problems.caught(f"partial_fit: {recorder.__name__}"):
                recorder(record)
        if record.drawings:
            add_drawings(self.run, record.drawings)
        self.notes += record.notes
        loop.spent(time.perf_counter() - start)

    def _record(self, estimator: Any, data: FitData) -> FitRecord:
        return FitRecord(
            run=self.run,
            estimator=estimator,
            method="partial_fit",
            data=data,
            variable=self._variable,
            params=self.params,
        )

    def _log_changes(self, estimator: Any) -> None:
        """Log params that were changed since the run began: numbers as series, others in a note."""
        params = deep_params(estimator) if self._is_nested else shallow_params(estimator)
        for name, value in params.items():
            known = self.params.get(name, _MISSING)
            if value is not known and not _is_same(value, known):
                self._log_change(name, known, value)
                self.params[name] = value
            elif name in self._varied:
                self.run.log_metric(f"param_{name}", float(value), self.calls)

    def _log_change(self, name: str, known: Any, value: Any) -> None:
        if type(value) in (int, float) and type(known) in (int, float):
            if name not in self._varied and self.calls > 1:
                self.run.log_metric(f"param_{name}", float(known), self.calls - 1)
            self._varied.add(name)
            self.run.log_metric(f"param_{name}", float(value), self.calls)
            return
        self._varied.discard(name)
        self.notes.append(f"Param {name} became {describe(value)[:100]} at call {self.calls}.")

    def _log_dataset(self, data: FitData) -> None:
        dataset = fingerprint(data.X, self._variable or "dataset", data.y)
        if dataset is not None:
            self.run.log_dataset(dataset, "train")
            self.notes.append("The dataset is the batch of the first call.")


def _open_run(estimator: Any) -> ActiveRun:
    kind = type(estimator)
    tags = {
        "estimator_name": kind.__name__,
        "estimator_class": f"{kind.__module__}.{kind.__name__}",
        **state.options_of("sklearn").extra_tags,
    }
    name = short_name(estimator, shallow_params(estimator))
    return open_fit_run(name, "sklearn", tags, predicts=hasattr(kind, "predict"))


def _is_same(value: Any, known: Any) -> bool:
    if type(value) is not type(known) or type(value) not in (int, float, str, bool, tuple):
        return False
    return bool(value == known) or (value != value and known != known)


def _sample_of(data: FitData) -> Any:
    """A few rows of the data, for the signature of the model."""
    if not hasattr(data.X, "shape") or not hasattr(data.X, "copy"):
        return None
    return take_rows(data.X, slice(0, _SAMPLE_ROWS)).copy()
