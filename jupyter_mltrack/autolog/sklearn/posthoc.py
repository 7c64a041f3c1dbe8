"""Metrics computed after training: they go to the run that fitted the model."""

import json
import numbers
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.callers import call_text, find_caller, variable_name
from jupyter_mltrack.autolog.patching import Call, Finish
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.tracking.cells import find_cell


def watch_prediction(call: Call) -> Finish | None:
    """See a model predict: what it returns is remembered as its run's."""
    if not call.args or not state.options_of("sklearn").log_post_training_metrics:
        return None
    model: lineage.TrackedModel | None = lineage.models.find(call.args[0])
    if model is None:
        return None
    data = call.args[1] if len(call.args) > 1 else next(iter(call.kwargs.values()), None)
    dataset = model.dataset_name(variable_name(data, find_caller(call.frame)), data)

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None and result is not None:
            prediction = lineage.Prediction(model, dataset, call.name != "transform")
            lineage.remember_prediction(result, data, prediction)
            model.link_cell(find_cell())

    return finish


def watch_score(call: Call) -> Finish | None:
    """See ``model.score``: logged as ``{Class}_score_{dataset}``."""
    caller = find_caller(call.frame)
    if caller is None or not call.args or not state.options_of("sklearn").log_post_training_metrics:
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
        if error is None:
            _log(model, f"{name}_score", dataset, text, result)

    return finish


def watch_metric(call: Call) -> Finish | None:
    """See a function of ``sklearn.metrics`` called on a tracked model's predictions."""
    if not state.options_of("sklearn").log_post_training_metrics:
        return None
    prediction = lineage.find_prediction([*call.args, *call.kwargs.values()])
    if prediction is None:
        return None
    caller = find_caller(call.frame)
    if caller is None:
        return None
    text = call_text(caller, f"{call.name}(…)")

    def finish(result: Any, error: BaseException | None) -> None:
        if error is None:
            _log(prediction.model, call.name, prediction.dataset, text, result)

    return finish


def _log(model: lineage.TrackedModel, metric: str, dataset: str, text: str, value: Any) -> None:
    if type(value) is bool or not isinstance(value, numbers.Real):
        return
    cell = find_cell()
    key = model.metric_key(metric, dataset, text, cell)
    model.run.log_metric(key, float(value))
    model.link_cell(cell)
    if model.info.get(key) != text:
        model.info[key] = text
        content = json.dumps(model.info, indent=2, sort_keys=True, ensure_ascii=False)
        model.run.log_content("metric_info.json", content.encode(), "application/json")
