"""Autologging of Optuna: a study is a run, its trials are children, while it is under way.

A trial's run is the active one while its objective is computed, so that what is logged or fitted
there is the trial's. Names are those of MLflow's storage for Optuna: ``value`` (``value_0`` and so
on for several), ``intermediate_value``, params as they were suggested, ``user_{attribute}``;
a pruned trial's run is KILLED, a failed one's FAILED.
"""

import sys
import threading
import weakref
from types import FrameType
from typing import Any, Final

from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.autolog.sklearn.lineage import WeakTable
from jupyter_mltrack.autolog.studies import StudyRun, TrialRun

_studies: Final = WeakTable()
"""By the study: its :class:`StudyRun`."""
_known: Final["weakref.WeakSet[StudyRun]"] = weakref.WeakSet()
_trials: Final = WeakTable()
"""By the trial under way: its :class:`TrialRun`."""
_mutex: Final = threading.Lock()


def install(patcher: Patcher, _module: str) -> None:
    """Observe studies and trials; what the user does inside them is observed too."""
    names: Any = sys.modules
    study, trial = names["optuna.study.study"].Study, names["optuna.trial._trial"].Trial
    patcher.observe_method(study, "optimize", watch_optimize, Scope.OPEN)
    patcher.observe_method(study, "ask", watch_ask, Scope.OPEN)
    tell = names["optuna.study._tell"]._tell_with_warning
    patcher.observe_function(tell, watch_tell, Scope.OPEN)
    patcher.observe_method(trial, "_suggest", watch_suggestion, Scope.OPEN)
    patcher.observe_method(trial, "report", watch_report, Scope.OPEN)
    patcher.observe_method(trial, "set_user_attr", watch_attribute, Scope.OPEN)


def refresh(_patcher: Patcher) -> None:
    """Do nothing: all there is to observe comes with the module."""


def forget_everything() -> None:
    """End what is under way, and drop what is remembered."""
    for known in list(_known):
        known.close(None)
    _studies.clear()
    _trials.clear()


def watch_optimize(call: Call) -> Finish:
    """See a study optimized."""
    study = call.args[0]
    known = _study_run(study)
    known.begin()
    return lambda _result, error: known.finish(study, error)


def watch_ask(call: Call) -> Finish:
    """See a trial begin, by ``optimize`` or the user."""
    study = call.args[0]
    known = _study_run(study)
    fixed = call.kwargs.get("fixed_distributions", call.args[1] if len(call.args) > 1 else None)

    def finish(trial: Any, error: BaseException | None) -> None:
        if error is None:
            begun = known.begin_trial(trial.number)
            _trials.remember(trial, begun)
            for name in fixed or ():
                begun.log_param(name, trial.params[name])

    return finish


def watch_suggestion(call: Call) -> Finish | None:
    """See a param suggested."""
    trial: TrialRun | None = _trials.find(call.args[0])
    if trial is None:
        return None
    name = str(call.args[1] if len(call.args) > 1 else call.kwargs.get("name"))
    return lambda value, error: trial.log_param(name, value) if error is None else None


def watch_report(call: Call) -> Finish | None:
    """See an intermediate value reported."""
    trial: TrialRun | None = _trials.find(call.args[0])
    if trial is None:
        return None
    given = dict(zip(("value", "step"), call.args[1:], strict=False)) | call.kwargs
    return lambda _, error: trial.report(given["value"], given["step"]) if error is None else None


def watch_attribute(call: Call) -> Finish | None:
    """See an attribute of a trial set."""
    trial: TrialRun | None = _trials.find(call.args[0])
    if trial is None:
        return None
    given = dict(zip(("key", "value"), call.args[1:], strict=False)) | call.kwargs
    return lambda _, error: (
        trial.log_attribute(given["key"], given["value"]) if error is None else None
    )


def watch_tell(call: Call) -> Finish | None:
    """See a trial end."""
    given = dict(zip(("study", "trial"), call.args, strict=False)) | call.kwargs
    known: StudyRun | None = _studies.find(given.get("study"))
    if known is None:
        return None
    told = given.get("trial")
    trial = known.trials.get(told) if type(told) is int else _trials.find(told)
    raised = _raised(call.frame)

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and trial is not None:
            state, values, *_ = result
            known.end_trial(trial, str(state.name), values, raised)

    return finish


def _raised(frame: FrameType) -> BaseException | None:
    """What the objective raised: a local variable of the caller's, in ``optimize``."""
    if frame.f_code.co_name != "_run_trial":
        return None
    error = frame.f_locals.get("func_err")
    return error if isinstance(error, BaseException) else None


def _study_run(study: Any) -> StudyRun:
    with _mutex:
        known: StudyRun | None = _studies.find(study)
        if known is None:
            known = StudyRun(study)
            _studies.remember(study, known)
            _known.add(known)
        return known
