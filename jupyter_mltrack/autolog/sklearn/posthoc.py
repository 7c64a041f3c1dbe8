"""Metrics computed after training: they go to the run that fitted the model."""

import numbers
from types import FrameType
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import call_text, find_caller, variable_name
from jupyter_mltrack.autolog.flow.programs import call_position
from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.attribution import Owner, find_owner
from jupyter_mltrack.autolog.sklearn.checks.registry import check_metric, look_at_data
from jupyter_mltrack.autolog.sklearn.evaluated import record_evaluated
from jupyter_mltrack.autolog.sklearn.measurements import log_measurement, log_unclaimed
from jupyter_mltrack.autolog.sklearn.preparing import watch_prepared
from jupyter_mltrack.autolog.sklearn.reports import record_report
from jupyter_mltrack.autolog.sklearn.sightings import Place, module_code, predicting_calls
from jupyter_mltrack.autolog.sklearn.splits import follow_part
from jupyter_mltrack.autolog.usercode import is_library
from jupyter_mltrack.tracking.cells import find_cell

MAX_FRAMES: Final = 200
_SCORING: Final = ("sklearn", "imblearn")


def watch_prediction(call: Call) -> Finish | None:
    """See a model predict: what it returns is remembered as its run's."""
    if not call.args or not _is_wanted():
        return None
    estimator = call.args[0]
    model: lineage.TrackedModel | None = lineage.models.find(estimator)
    if model is None:
        return watch_prepared(call) if call.name == "transform" else None
    data = call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)
    caller = find_caller(call.frame)
    dataset = model.dataset_name(variable_name(data, caller), data)
    place = None if caller is None else _place(caller)

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and result is not None:
            prediction = lineage.Prediction(model, dataset, call.name != "transform")
            if prediction.is_final:
                record_evaluated(model, data, dataset)
            lineage.remember_prediction(result, data, prediction, place)
            if prediction.is_final:
                look_at_data(model.run, dataset, data)
            if place is not None:
                predicting_calls.remember(place, estimator, prediction)
            if call.name == "transform":
                follow_part(data, result, model)
            model.link_cell(find_cell())

    return finish


def watch_score(call: Call) -> Finish | None:
    """See ``model.score``: logged as ``{Class}_score_{dataset}``."""
    caller = find_caller(call.frame)
    if caller is None or not call.args or not _is_wanted():
        return None
    estimator = call.args[0]
    model: lineage.TrackedModel | None = lineage.models.find(estimator)
    if model is None:
        return None
    data = call.args[1] if len(call.args) > 1 else call.kwargs.get("X")
    dataset = model.dataset_name(variable_name(data, caller), data)
    name = type(estimator).__name__
    text = call_text(caller, f"{name}.score(…)")

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and _is_number(result):
            log_measurement(model, f"{name}_score", dataset, text, result)
            record_evaluated(model, data, dataset)
            look_at_data(model.run, dataset, data)
            check_metric(model.run, f"{name}_score", dataset, result)

    return finish


def watch_scorer(call: Call) -> Finish | None:
    """See a scorer of the user's called, ``get_scorer('roc_auc')(model, X, y)``."""
    caller = find_caller(call.frame)
    if caller is None or len(call.args) < 2 or not _is_wanted():
        return None
    model: lineage.TrackedModel | None = lineage.models.find(call.args[1])
    if model is None:
        return None
    data = call.args[2] if len(call.args) > 2 else call.kwargs.get("X")
    dataset = model.dataset_name(variable_name(data, caller, place=1), data)
    name = _scorer_name(call.args[0])
    text = call_text(caller, f"{name}(…)")

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and _is_number(result):
            log_measurement(model, name, dataset, text, result)

    return finish


def _scorer_name(scorer: Any) -> str:
    """``neg_`` is before the name of what is better the smaller it is, as scikit-learn has it."""
    fields = vars(scorer)
    name = str(getattr(fields.get("_score_func"), "__name__", ""))
    name = name if name.isidentifier() else "scorer"
    return f"neg_{name}" if fields.get("_sign") == -1 else name


def watch_metric(call: Call) -> Finish | None:
    """See a function of ``sklearn.metrics`` called, on a tracked model's predictions or others."""
    caller = find_caller(call.frame)
    if caller is None or not _is_wanted():
        return None
    owner = find_owner(call, caller)
    if owner is None and not _is_users(caller):
        return None
    text = call_text(caller, f"{call.name}(…)")

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None:
            _record(owner, call, text, result)

    return finish


def _record(owner: Owner | None, call: Call, text: str, result: Any) -> None:
    if owner is not None:
        check_metric(owner.model.run, call.name, owner.dataset, result)
    if record_report(owner, call, text, result) or not _is_number(result):
        return
    if owner is None:
        log_unclaimed(call.name, text, float(result))
    else:
        log_measurement(owner.model, call.name, owner.dataset, text, result)


def _is_wanted() -> bool:
    return state.options_of("sklearn").log_post_training_metrics


def _is_number(value: Any) -> bool:
    return type(value) is not bool and isinstance(value, numbers.Real)


def _is_users(frame: FrameType) -> bool:
    """Whether it is the user's own code that measures, not a library nor a scorer that it calls."""
    if is_library(str(frame.f_globals.get("__name__", ""))):
        return False
    above: FrameType | None = frame
    for _ in range(MAX_FRAMES):
        if above is None or above.f_code.co_name == "<module>":
            break
        if str(above.f_globals.get("__name__", "")).partition(".")[0] in _SCORING:
            return False
        above = above.f_back
    return True


def _place(caller: FrameType) -> Place | None:
    cell = find_cell()
    cell_id, execution_id = ("", "") if cell is None else (cell.cell_id, cell.execution_id)
    module_code.remember(caller, execution_id)
    position = call_position(caller)
    if position is None:
        return None
    return Place(caller.f_code.co_filename, position, cell_id, execution_id)
