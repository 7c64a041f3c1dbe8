"""Cross-validation is a run: the params of the estimator, and how it did on each fold.

One call of ``cross_validate``, ``cross_val_score``, ``cross_val_predict``, ``learning_curve``,
``validation_curve`` or ``permutation_test_score`` is one run, whatever it fits inside. Settings of
the call are params that begin with ``cv_`` (``cv_splitter``, ``cv_scoring``), for an estimator may
have a ``cv`` or a ``scoring`` of its own. What is recorded of the result: :mod:`.evaluations`.
"""

import functools
import inspect
import time
from types import FrameType
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import find_caller, variable_name
from jupyter_mltrack.autolog.describe import short_name
from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.loops import find_loop
from jupyter_mltrack.autolog.notes import add_notes
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.runs import end_fit_run, is_trial, open_evaluation_run
from jupyter_mltrack.autolog.sklearn.checks.registry import check_evaluation
from jupyter_mltrack.autolog.sklearn.checks.split import see_split
from jupyter_mltrack.autolog.sklearn.data import FitData
from jupyter_mltrack.autolog.sklearn.datasets import find_dataset
from jupyter_mltrack.autolog.sklearn.evaluations import RECORDERS, Evaluation
from jupyter_mltrack.autolog.sklearn.fits import log_params
from jupyter_mltrack.autolog.sklearn.params import deep_params, shallow_params
from jupyter_mltrack.autolog.sklearn.splits import remember_split
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems

_ALWAYS: Final = ("cv", "scoring")
_BETWEEN: Final = ("sklearn.utils._param_validation", "sklearn.model_selection._plot")
_NOT_SETTINGS: Final = frozenset(  # the data, and what does not change the result
    name
    for names in (
        ("estimator", "X", "y", "groups", "params", "fit_params", "sample_weight"),
        ("n_jobs", "verbose", "pre_dispatch", "error_score"),
        ("return_times", "return_train_score", "return_estimator", "return_indices"),
    )
    for name in names
)


def watch_split(call: Call) -> Finish:
    """See data split: without a seed the models fitted with it are made by chance too."""

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None:
            see_split(call.kwargs, result)
            remember_split(result)

    return finish


def watch_evaluation(call: Call) -> Finish | None:
    """See an evaluation of the user's begin; those that libraries make are not runs."""
    caller = find_caller(_below_displays(call.frame))
    if caller is None:
        return None
    given = given_arguments(call)
    estimator = given.get("estimator")
    if estimator is None or not state.is_wanted("sklearn", type(estimator)):
        return None
    params = deep_params(estimator)
    evaluation = Evaluation(
        run=_open_run(call.name, estimator),
        function=call.name,
        estimator=estimator,
        given=given,
        variable=variable_name(given.get("X"), caller, place=1),
    )
    return _UnderWay(evaluation, params, _settings(call, given)).finish


def _below_displays(frame: FrameType | None) -> FrameType | None:
    """The frame that called; for ``LearningCurveDisplay.from_estimator``, who called that."""
    while frame is not None and frame.f_globals.get("__name__") in _BETWEEN:
        frame = frame.f_back
    return frame


class _UnderWay:
    """An evaluation under way."""

    def __init__(
        self, evaluation: Evaluation, params: dict[str, Any], settings: dict[str, Any]
    ) -> None:
        self.evaluation = evaluation
        self.params = params
        with problems.caught("logging params"):
            evaluation.notes += log_params(evaluation.run, settings | params)
        if state.options_of("sklearn").log_datasets:
            with problems.caught("fingerprinting data"):
                _log_dataset(evaluation)
        self.start = time.perf_counter()

    def finish(self, result: Any, error: BaseException | None) -> None:
        """Record how the evaluation ended."""
        evaluation = self.evaluation
        seconds = time.perf_counter() - self.start
        end_time = now_ms()
        try:
            with problems.caught("recording an evaluation"):
                evaluation.run.log_metric("cv_time_seconds", seconds)
            if error is None:
                with problems.caught(f"recording {evaluation.function}"):
                    RECORDERS[evaluation.function](evaluation, result)
                given = evaluation.given
                check_evaluation(evaluation.run, evaluation.estimator, self.params, given.get("cv"))
            with problems.caught("recording an evaluation"):
                _log_kept(evaluation)
        finally:
            with problems.caught("ending a run"):
                end_fit_run(evaluation.run, error, end_time)


def _log_kept(evaluation: Evaluation) -> None:
    if evaluation.drawings:
        add_drawings(evaluation.run, evaluation.drawings)
    if evaluation.notes:
        add_notes(evaluation.run, "cross-validation", evaluation.notes)


def _open_run(function: str, estimator: Any) -> ActiveRun:
    kind = type(estimator)
    tags = {
        "estimator_name": kind.__name__,
        "estimator_class": f"{kind.__module__}.{kind.__name__}",
        "mltrack.evaluation": function,
        **state.options_of("sklearn").extra_tags,
    }
    name = f"{function}: {short_name(estimator, shallow_params(estimator))}"
    return open_evaluation_run(name, "sklearn", tags)


def given_arguments(call: Call) -> dict[str, Any]:
    """The arguments of a call by their names, with the defaults of those not given."""
    bound = _signature(call.function).bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


@functools.lru_cache(maxsize=64)
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _settings(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, parameter in _signature(call.function).parameters.items():
        if name in _NOT_SETTINGS or name not in given:
            continue
        if name in _ALWAYS or name in call.kwargs or parameter.default is parameter.empty:
            found["cv_splitter" if name == "cv" else f"cv_{name}"] = _setting(given[name])
    return found


def _setting(value: Any) -> Any:
    """A setting; splits that were given as a list are counted, not spelled out."""
    if type(value) in (list, tuple) and value and type(value[0]) in (list, tuple):
        return f"{len(value)} splits"
    return value


def _log_dataset(evaluation: Evaluation) -> None:
    X, y = evaluation.given.get("X"), evaluation.given.get("y")
    name = evaluation.variable or "dataset"
    if is_trial(evaluation.run):
        dataset = find_dataset(find_loop(), FitData(X, y), name)
    else:
        dataset = fingerprint(X, name, y)
    if dataset is not None:
        evaluation.run.log_dataset(dataset, "cross_validation")
