"""Autologging of XGBoost: ``train`` and ``cv``.

Fits of its estimators are recorded by scikit-learn's adapter, which asks :func:`record_booster`
for what is XGBoost's own.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from types import FrameType
from typing import Any, Final

from jupyter_mltrack.autolog.boosting import (
    BoosterTraining,
    Drawings,
    History,
    Sources,
    current,
    flat_history,
    log_best,
    log_importances,
    log_series,
)
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.autolog.sklearn.posthoc import watch_prediction
from jupyter_mltrack.autolog.training import (
    Training,
    arguments,
    call_name,
    forget_trainings,
    is_users,
)
from jupyter_mltrack.autolog.usercode import is_library_class
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.tracking.active import ActiveRun

FRAMEWORK: Final = "xgboost"
IMPORTANCES: Final = ("weight", "gain")
_NOT_PARAMS: Final = frozenset(  # as MLflow leaves them out
    ("params", "dtrain", "evals", "obj", "evals_result", "xgb_model", "callbacks", "folds")
)

_sources: Final = Sources(FRAMEWORK)


def install(patcher: Patcher, _module: str) -> None:
    """Observe training, and what its data are made of."""
    names: Any = sys.modules
    training, core = names["xgboost.training"], names["xgboost.core"]
    patcher.observe_function(training.train, watch_train)
    patcher.observe_function(training.cv, watch_cv)
    container = names["xgboost.callback"].CallbackContainer
    patcher.observe_method(container, "after_iteration", watch_iteration, Scope.INNER)
    for kind in (core.DMatrix, core.QuantileDMatrix):
        patcher.observe_method(kind, "__init__", _sources.watch)
    patcher.observe_method(core.Booster, "predict", watch_prediction)


def refresh(_patcher: Patcher) -> None:
    """Do nothing: all there is to observe comes with the module."""


def forget_everything() -> None:
    """Drop what is remembered of data and trainings."""
    _sources.forget()
    forget_trainings()


def watch_train(call: Call) -> Finish | None:
    """See ``xgboost.train`` called by the user."""
    caller = _beyond_decorator(call.frame)
    if not is_users(caller, FRAMEWORK):
        return None
    training = _BoosterTraining(arguments(call))
    return training.finish


def watch_iteration(call: Call) -> Finish | None:
    """See an iteration of a training end."""
    training, container = current.get(), call.args[0]
    if training is None or training.owner not in (None, container):
        return None
    training.owner = container

    def finish(_result: Any, error: BaseException | None) -> None:
        if error is None:
            training.curves.see()

    return finish


def watch_cv(call: Call) -> Finish | None:
    """See ``xgboost.cv`` called by the user."""
    if not is_users(_beyond_decorator(call.frame), FRAMEWORK):
        return None
    return _CrossValidation(arguments(call)).finish


class _BoosterTraining(BoosterTraining):
    framework = FRAMEWORK

    def __init__(self, given: Mapping[str, Any]) -> None:
        params = _params(given)
        kind = sys.modules["xgboost.core"].Booster
        super().__init__(call_name("xgboost.train", _own_params(given)), kind, params)
        self.inputs = _log_data(self, given)

    def read_history(self) -> History:
        """What was measured so far."""
        return flat_history(self.owner.history) if self.owner is not None else {}

    def record(self, result: Any) -> None:
        """Write the rest of the curves, and the best iteration."""
        super().record(result)
        if result is not None:
            log_best_of(self.run, result, self.read_history())

    def record_heavy(self, result: Any) -> None:
        """Record importances and the model."""
        record_importances(self.run, result, self.options.importance_types, self.drawings)
        self.log_model(result, self.inputs(), result.inplace_predict)

    def state_of(self, result: Any) -> Any:
        """How many rounds it was trained."""
        return result.num_boosted_rounds()


class _CrossValidation(Training):
    framework = FRAMEWORK

    def __init__(self, given: Mapping[str, Any]) -> None:
        kind = sys.modules["xgboost.core"].Booster
        super().__init__(call_name("xgboost.cv", _own_params(given)), kind, _params(given))
        _log_data(self, given)

    def record(self, result: Any) -> None:
        """Log the means and deviations by iteration."""
        columns = {str(name): list(result[name]) for name in result} if result is not None else {}
        log_series(self.run, columns)
        rounds = max(map(len, columns.values()), default=0)
        if rounds:
            self.run.log_metrics({"best_iteration": rounds - 1})


def log_best_of(run: ActiveRun, booster: Any, history: History) -> None:
    """Log the best iteration, when training was to stop early."""
    best = booster.attr("best_iteration")
    count = max(map(len, history.values()), default=0)
    if best is not None:
        log_best(run, history, int(best), count - 1, int(best))


def record_importances(
    run: ActiveRun, booster: Any, kinds: Sequence[str] | None, drawings: Drawings
) -> None:
    """Keep the importances of each kind that the booster has."""

    def found() -> Iterator[tuple[str, dict[str, Any]]]:
        for kind in kinds or IMPORTANCES:
            try:
                yield kind, booster.get_score(importance_type=kind)
            except ValueError:  # a linear booster has weights alone
                continue

    log_importances(run, found(), drawings)


def _log_data(training: Training, given: Mapping[str, Any]) -> Callable[[], Any]:
    """Log the data; returns what gives those trained with, as long as they are there."""
    matrix = given.get("dtrain")
    _sources.log(training, matrix, "", "train", _fingerprint)
    for data, name in given.get("evals") or ():
        _sources.log(training, data, name, "eval", _fingerprint)
    return _sources.finder(matrix)


def _fingerprint(matrix: Any) -> Dataset | None:
    """What can be had of a DMatrix whose source is gone: its shape, names and labels."""
    if not is_library_class(type(matrix)):
        return None
    shape = [int(matrix.num_row()), int(matrix.num_col())]
    label = matrix.get_label()
    digest = blake2b(repr((shape, matrix.feature_names)).encode(errors="replace"), digest_size=16)
    digest.update(label.tobytes())
    profile = {"shape": shape, "sampled": True, "targets": {"shape": [len(label)]}}
    return Dataset(
        name="dtrain",
        digest=digest.hexdigest(),
        source_type="code",
        profile=json.dumps(profile),
    )


def _own_params(given: Mapping[str, Any]) -> dict[str, Any]:
    own = given.get("params")
    pairs = own.items() if isinstance(own, Mapping) else own or ()
    return {str(name): value for name, value in pairs}


def _params(given: Mapping[str, Any]) -> dict[str, Any]:
    """The booster's params, and those of the call, as MLflow logs them."""
    return {k: v for k, v in given.items() if k not in _NOT_PARAMS} | _own_params(given)


def _beyond_decorator(frame: FrameType) -> FrameType | None:
    """The caller of a function that XGBoost decorated."""
    is_decorator = frame.f_code.co_name == "inner_f" and (
        frame.f_globals.get("__name__") == "xgboost.core"
    )
    return frame.f_back if is_decorator else frame
