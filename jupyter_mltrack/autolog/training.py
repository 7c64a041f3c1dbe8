"""A training by a framework's own function, as a run: what its adapters have in common.

An adapter makes a :class:`Training` when such a function is called, and a subclass says what is
recorded of its result: :meth:`Training.record` at every training, :meth:`Training.record_heavy`
(the model, drawings) unless the training is one of many in a loop (:mod:`.loops`).
"""

import functools
import inspect
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType
from typing import Any, Final

from jupyter_mltrack.autolog import loops, state
from jupyter_mltrack.autolog.callers import find_caller
from jupyter_mltrack.autolog.describe import describe
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.isolation import quiet
from jupyter_mltrack.autolog.notes import add_note, add_notes
from jupyter_mltrack.autolog.observed import Call
from jupyter_mltrack.autolog.runs import end_fit_run, open_fit_run
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.data import take_rows
from jupyter_mltrack.autolog.usercode import foreign_data
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.models.example import ROWS, make_input_example
from jupyter_mltrack.models.logging import log_model
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

MAX_NAME: Final = 80
MAX_VALUE: Final = 24
MAX_BARS: Final = 50

_trainings: Final = lineage.WeakTable()


class Training:
    """A training under way.

    ``drawings`` are what plots are drawn from, ``notes`` sentences for the run's notes; both are
    logged when the training has ended.
    """

    framework = ""

    def __init__(self, name: str, kind: type, params: Mapping[str, Any]) -> None:
        self.options = state.options_of(self.framework)
        self.notes: list[str] = []
        self.drawings: dict[str, dict[str, Any]] = {}
        self._result: Callable[[], Any] = _nothing
        self._held: Any = None
        self._state: Any = None
        tags = {
            "estimator_name": kind.__name__,
            "estimator_class": f"{kind.__module__}.{kind.__name__}",
            **self.options.extra_tags,
        }
        self.run = open_fit_run(name, self.framework, tags, predicts=True)
        with problems.caught("logging params"):
            self._log_params(params)
        self.start = time.perf_counter()

    def record(self, result: Any) -> None:
        """Record what is cheap of the result, which is None when the training failed."""

    def record_heavy(self, result: Any) -> None:
        """Record the model, and what its drawings are drawn from."""

    def state_of(self, result: Any) -> Any:
        """What differs when a result was trained further; it must be cheap."""

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Record how the training ended."""
        seconds = time.perf_counter() - self.start
        end_time = now_ms()
        try:
            with problems.caught("recording a training"):
                self.run.log_metric("fit_time_seconds", seconds)
                self.record(result)
            if error is None:
                with problems.caught("recording a training"):
                    self._record_by_loop(result, seconds)
        finally:
            with problems.caught("ending a run"):
                end_fit_run(self.run, error, end_time)

    def hold(self) -> None:
        """Keep the result alive: it may be one of the last of a loop."""
        self._held = self._result()
        self._state = self.state_of(self._held)

    def release(self) -> None:
        """Let go of the result."""
        self._held = None

    def complete(self, why: str) -> bool:
        """Record what is heavy after all, and why; False when the result is not the same."""
        result = self._result()
        if result is None or (self._held is not None and self._state != self.state_of(result)):
            return False
        self._record_heavy(result)
        if why:
            add_note(self.run, "loop", why)
        return True

    def log_dataset(self, data: Any, name: str, targets: Any, context: str) -> None:
        """Log the fingerprint of data, where it is known."""
        if self.options.log_datasets:
            with problems.caught("fingerprinting data"):
                found = fingerprint(data, name or "dataset", targets)
                if found is not None:
                    self.run.log_dataset(found, context)

    def log_model(
        self, model: Any, inputs: Any = None, predict: Callable[[Any], Any] | None = None
    ) -> None:
        """Log a model, with the signature of what it was trained with, where that is known.

        ``predict`` is the library's own: what it makes of the first rows is the signature's output.
        """
        if not self.options.log_models:
            return
        example, message = None, ""
        if self.options.log_input_examples and inputs is not None:
            example, message = make_input_example(inputs)
        self.notes += [message] if message else []
        given, outputs = inputs if self.options.log_model_signatures else None, None
        if given is not None and predict is not None and not foreign_data(given):
            # Without one the signature has no output: not every booster predicts so.
            with suppress(Exception), quiet():
                outputs = predict(take_rows(given, slice(ROWS)))
        message = log_model(self.run, model, "model", given, outputs, example=example)
        self.notes += [message] if message else []

    def _record_by_loop(self, result: Any, seconds: float) -> None:
        loop = loops.find_loop()
        if loop.admit(seconds):
            start = time.perf_counter()
            self._record_heavy(result)
            loop.spent(time.perf_counter() - start)
            return
        # What is held by the loop, or may be measured later, lives as long as its result.
        if _trainings.remember(result, self):
            self._result = weakref.ref(result)
        loop.hold(self)
        add_note(self.run, "loop", loops.NOTE)

    def _record_heavy(self, result: Any) -> None:
        with problems.caught("recording a model"):
            self.record_heavy(result)
        if self.drawings and self.options.log_plots:
            add_drawings(self.run, self.drawings)
        if self.notes:
            add_notes(self.run, self.framework, self.notes)

    def _log_params(self, params: Mapping[str, Any]) -> None:
        try:
            self.run.log_params({str(name): describe(value) for name, value in params.items()})
        except InvalidParameterValue as error:
            self.notes.append(f"Not every param could be kept: {error.message}")


def forget_trainings() -> None:
    """Drop what is remembered of trainings."""
    _trainings.clear()


def _nothing() -> None:
    """The result that is not there."""


def is_users(frame: FrameType | None, framework: str) -> bool:
    """Whether the user's code made a call, rather than the framework itself or scikit-learn."""
    caller = find_caller(frame)
    module = str(caller.f_globals.get("__name__", "")) if caller is not None else framework
    return module.partition(".")[0] != framework


def arguments(call: Call) -> dict[str, Any]:
    """The arguments of a call by name, with the defaults of those not given."""
    bound = _signature(call.function).bind_partial(*call.args, **call.kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


@functools.lru_cache(maxsize=64)
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def call_name(function: str, params: Mapping[str, Any]) -> str:
    """``xgboost.train(max_depth=3)``, for a name of a run; ``params`` are those that matter."""
    limit = MAX_VALUE if len(params) > 1 else MAX_NAME
    texts = ((name, describe(value)) for name, value in params.items())
    shown = ", ".join(
        f"{name}={text if len(text) <= limit else f'{text[: limit - 1]}…'}" for name, text in texts
    )
    text = f"{function}({shown})"
    text = text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 2]}…)"
    return text.encode(errors="replace").decode().replace("\0", " ")


def bars(title: str, label: str, values: Mapping[str, float]) -> dict[str, Any]:
    """The drawing of a number by name, the greatest first."""
    order = sorted(values, key=lambda name: -abs(values[name]))
    shown, rest = order[:MAX_BARS], order[MAX_BARS:]
    total = sum(abs(values[name]) for name in rest)
    return {
        "kind": "bars",
        "title": title,
        "label": label,
        "names": [name[:200] for name in shown],
        "values": [float(values[name]) for name in shown],
        "rest": len(rest),
        "rest_sum": total,
        "note": f"The {MAX_BARS} greatest of {len(order):,}." if rest else "",
    }
