"""A fit becomes a run: params and data before it, what the recorders find after it."""

import sys
import time
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import find_caller, variable_name
from jupyter_mltrack.autolog.describe import describe, short_name
from jupyter_mltrack.autolog.loops import FIRST, NOTE, Loop, find_loop
from jupyter_mltrack.autolog.memory import MemoryMeter
from jupyter_mltrack.autolog.notes import add_notes
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.runs import end_fit_run, open_fit_run
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.data import read_fit_data
from jupyter_mltrack.autolog.sklearn.datasets import record_dataset
from jupyter_mltrack.autolog.sklearn.light import SklearnLightFit
from jupyter_mltrack.autolog.sklearn.model import remember_inputs
from jupyter_mltrack.autolog.sklearn.params import deep_params, shallow_params
from jupyter_mltrack.autolog.sklearn.preparing import has_no_run, watch_preparation
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.recorders import record_heavy, record_light
from jupyter_mltrack.errors import InvalidParameterValue, JournalUnavailable
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

LARGE_SECONDS: Final = 0.02


def watch_fit(call: Call) -> Finish | None:
    """See a fit of the user's begin; the fits that libraries make inside theirs are not runs."""
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
    params = deep_params(estimator)
    loop = find_loop()
    record = FitRecord(
        run=_open_run(estimator),
        estimator=estimator,
        method=call.name,
        data=data,
        variable=variable_name(data.X, caller),
        params=params,
        loop=loop,
    )
    return _Fit(record, loop).finish


class _Fit:
    """A fit under way."""

    def __init__(self, record: FitRecord, loop: Loop) -> None:
        self.record = record
        self.loop = loop
        with problems.caught("describing a fit"), record.run.session.together():
            self._describe()
        self.meter = MemoryMeter() if _may_be_large(loop) else None
        self.start = time.perf_counter()

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Record how the fit ended."""
        record = self.record
        record.seconds = time.perf_counter() - self.start
        if self.meter is not None:
            record.memory_mb = self.meter.taken_mb()
        record.result = result
        end_time = now_ms()
        with problems.caught("ending a run"):
            try:
                with record.run.session.together():
                    self._close(error, end_time)
            except JournalUnavailable:
                record.run.take_back_end()
                raise

    def _describe(self) -> None:
        record = self.record
        with problems.caught("logging params"):
            record.notes += log_params(record.run, record.params)
        if state.options_of("sklearn").log_datasets:
            with problems.caught("fingerprinting data"):
                record_dataset(record, self.loop)
        remember_inputs(record)

    def _close(self, error: BaseException | None, end_time: int) -> None:
        record = self.record
        try:
            with problems.caught("recording a fit"):
                if error is None:
                    self._record()
                else:
                    self.loop.admit(record.seconds)
                    record.run.log_metric("fit_time_seconds", record.seconds)
            if record.notes:
                with problems.caught("recording a fit"):
                    add_notes(record.run, "fit", record.notes)
        finally:
            with problems.caught("ending a run"):
                end_fit_run(record.run, error, end_time)

    def _record(self) -> None:
        record, loop = self.record, self.loop
        record.is_heavy = loop.admit(record.seconds)
        record_light(record)
        if record.is_heavy:
            # What is to come is large, and takes its time.
            record.run.session.append_gathered()
            start = time.perf_counter()
            record_heavy(record)
            loop.spent(time.perf_counter() - start)
        else:
            record.notes.insert(0, NOTE)
            loop.hold(SklearnLightFit(record))
        score = record.scores.metrics.get("training_score")
        if score is not None:
            loop.measured(record.run, "training_score", score)


def _may_be_large(loop: Loop) -> bool:
    # Asking costs some of what each of a thousand small fits may cost, and what is fast is small.
    return loop.fits < FIRST or loop.mean_seconds >= LARGE_SECONDS


def _open_run(estimator: Any) -> ActiveRun:
    kind = type(estimator)
    tags = {
        "estimator_name": kind.__name__,
        "estimator_class": f"{kind.__module__}.{kind.__name__}",
        **state.options_of("sklearn").extra_tags,
    }
    predicts = hasattr(kind, "predict") or hasattr(kind, "fit_predict")
    name = short_name(estimator, shallow_params(estimator))
    return open_fit_run(name, state.library_of(kind) or "sklearn", tags, predicts=predicts)


def log_params(run: ActiveRun, params: dict[str, Any]) -> list[str]:
    """Log params as text; one that cannot be kept costs itself, and is named in the notes."""
    texts: dict[str, str] = {}
    notes: list[str] = []
    for name, value in params.items():
        try:
            texts[name] = describe(value)
        except Exception as error:  # noqa: BLE001 - the value may do anything
            notes.append(f"Param {name!r} has no text ({type(error).__name__}).")
    try:
        run.log_params(texts)
    except InvalidParameterValue as error:
        notes.append(f"Not every param could be kept: {error}"[:500])
    return [note.replace("\0", "\\0") for note in notes]
