"""Autologging of LightGBM: ``train`` and ``cv``.

Fits of its estimators are recorded by scikit-learn's adapter, which asks :func:`record_importances`
and :func:`log_best_of` for what is LightGBM's own.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_mltrack.autolog.boosting import (
    BoosterTraining,
    Drawings,
    History,
    Sources,
    current,
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
from jupyter_mltrack.capture.data import fingerprint
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.tracking.active import ActiveRun

FRAMEWORK: Final = "lightgbm"
IMPORTANCES: Final = ("split", "gain")
_NOT_PARAMS: Final = frozenset(  # as MLflow leaves them out
    name
    for names in (
        ("params", "train_set", "valid_sets", "valid_names", "feval", "init_model", "callbacks"),
        ("folds", "fpreproc", "return_cvbooster"),
    )
    for name in names
)

_sources: Final = Sources(FRAMEWORK)


def install(patcher: Patcher, _module: str) -> None:
    """Observe training, and what its data are made of."""
    names: Any = sys.modules
    engine, basic = names["lightgbm.engine"], names["lightgbm.basic"]
    patcher.observe_function(engine.train, watch_train)
    patcher.observe_function(engine.cv, watch_cv)
    for name in ("eval_train", "eval_valid"):
        patcher.observe_method(basic.Booster, name, watch_evaluation, Scope.INNER)
    patcher.observe_method(basic.Dataset, "__init__", _sources.watch)
    patcher.observe_method(basic.Booster, "predict", watch_prediction)


def refresh(_patcher: Patcher) -> None:
    """Do nothing: all there is to observe comes with the module."""


def forget_everything() -> None:
    """Drop what is remembered of data and trainings."""
    _sources.forget()
    forget_trainings()


def watch_train(call: Call) -> Finish | None:
    """See ``lightgbm.train`` called by the user."""
    if not is_users(call.frame, FRAMEWORK):
        return None
    return _BoosterTraining(arguments(call)).finish


def watch_evaluation(call: Call) -> Finish | None:
    """See a training evaluate an iteration; a callback of the user's may do so too."""
    training = current.get()
    frame = call.frame
    if not isinstance(training, _BoosterTraining) or frame.f_code.co_name != "train":
        return None
    booster = call.args[0]
    if frame.f_globals.get("__name__") != "lightgbm.engine" or (
        training.owner not in (None, booster)
    ):
        return None
    training.owner = booster

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None:
            training.add(result)

    return finish


def watch_cv(call: Call) -> Finish | None:
    """See ``lightgbm.cv`` called by the user."""
    if not is_users(call.frame, FRAMEWORK):
        return None
    return _CrossValidation(arguments(call)).finish


class _BoosterTraining(BoosterTraining):
    framework = FRAMEWORK

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.history: dict[str, list[float]] = {}
        kind = sys.modules["lightgbm.basic"].Booster
        name = call_name("lightgbm.train", _own_params(given))
        super().__init__(name, kind, _params(given))
        self.inputs = _log_data(self, given)

    def add(self, results: Any) -> None:
        """Take what was measured after an iteration, of some of the data."""
        if not self.history:
            self.curves.first_step = int(self.owner.current_iteration()) - 1
        for data, metric, value, *_ in results:
            self.history.setdefault(f"{data}-{metric}", []).append(float(value))
        self.curves.see()

    def read_history(self) -> History:
        """What was measured so far."""
        return self.history

    def record(self, result: Any) -> None:
        """Write the rest of the curves, and the best iteration."""
        super().record(result)
        if result is not None:
            log_best_of(self.run, result.best_iteration, self.history, self.curves.first_step)

    def record_heavy(self, result: Any) -> None:
        """Record importances and the model."""
        record_importances(self.run, result, self.drawings)
        self.log_model(result, self.inputs(), result.predict)

    def state_of(self, result: Any) -> Any:
        """How many trees it has."""
        return result.num_trees()


class _CrossValidation(Training):
    framework = FRAMEWORK

    def __init__(self, given: Mapping[str, Any]) -> None:
        kind = sys.modules["lightgbm.engine"].CVBooster
        super().__init__(call_name("lightgbm.cv", _own_params(given)), kind, _params(given))
        _log_data(self, given)

    def record(self, result: Any) -> None:
        """Log the means and deviations by iteration."""
        series = {name: values for name, values in (result or {}).items() if type(values) is list}
        log_series(self.run, series)
        rounds = max(map(len, series.values()), default=0)
        if rounds:
            self.run.log_metrics({"best_iteration": rounds})


def log_best_of(run: ActiveRun, best: int, history: History, first_step: int = 0) -> None:
    """Log the best iteration (they count from 1), when training was to stop early."""
    count = max(map(len, history.values()), default=0)
    if best > 0:
        log_best(run, history, best, first_step + count, best - 1 - first_step)


def record_importances(run: ActiveRun, booster: Any, drawings: Drawings) -> None:
    """Keep the importances of each kind."""
    names = booster.feature_name()
    found = (
        (kind, dict(zip(names, booster.feature_importance(kind).tolist(), strict=True)))
        for kind in IMPORTANCES
    )
    log_importances(run, found, drawings)


def _log_data(training: Training, given: Mapping[str, Any]) -> Callable[[], Any]:
    """Log the data; returns what gives those trained with, as long as they are there."""
    train_set = given.get("train_set")
    valid, names = _listed(given.get("valid_sets")), _listed(given.get("valid_names"))
    _sources.log(training, train_set, "", "train", _fingerprint)
    for place, data in enumerate(valid):
        name = str(names[place]) if place < len(names) else f"valid_{place}"
        _sources.log(training, data, name, "eval", _fingerprint)
    return _sources.finder(train_set)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _fingerprint(matrix: Any) -> Dataset | None:
    """What was not seen made: it has what it was made of, until it is first used."""
    own = getattr(matrix, "__dict__", {})
    return fingerprint(own.get("data"), "train_set", own.get("label"))


def _own_params(given: Mapping[str, Any]) -> dict[str, Any]:
    own = given.get("params")
    return {str(name): value for name, value in own.items()} if isinstance(own, Mapping) else {}


def _params(given: Mapping[str, Any]) -> dict[str, Any]:
    """The booster's params, and those of the call, as MLflow logs them."""
    return {k: v for k, v in given.items() if k not in _NOT_PARAMS} | _own_params(given)
