"""A fitted model is remembered, so that what is measured of it later finds its run."""

from typing import Any, Final

from jupyter_mltrack.autolog.describe import is_named_part
from jupyter_mltrack.autolog.flow.content import telling_digest
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.sightings import copies
from jupyter_mltrack.autolog.sklearn.splits import follow_part
from jupyter_mltrack.autolog.usercode import own_attributes

_PREDICTED_BY_FIT: Final = (
    "labels_",
    "transduction_",
    "oob_prediction_",
    "oob_decision_function_",
    "row_labels_",
)


MAX_PARTS: Final = 10


def remember_model(record: FitRecord) -> None:
    """Remember the estimator and what is the same model within it, and what fitting predicted."""
    estimator = record.estimator
    kind = type(estimator)
    predicts = hasattr(kind, "predict") or hasattr(kind, "fit_predict")
    model = lineage.TrackedModel(record.run, kind.__name__, predicts=predicts)
    lineage.remember_fit(model)
    copies.remember_truth(telling_digest(record.data.y))
    dataset = model.dataset_name(record.variable, record.data.X)
    if record.method == "fit_predict":
        prediction = lineage.Prediction(model, dataset)
        lineage.remember_prediction(record.result, record.data.X, prediction)
    if record.method == "fit_transform":
        follow_part(record.data.X, record.result, model)
    for part in _same_model(estimator):
        lineage.models.remember(part, model)
        fitted = _instance_dict(part)
        for name in _PREDICTED_BY_FIT:
            if name in fitted and fitted[name] is not None:
                prediction = lineage.Prediction(model, dataset)
                lineage.remember_prediction(fitted[name], record.data.X, prediction)


def _same_model(estimator: Any) -> list[Any]:
    """The estimator, the best one that a search found, and the last steps of pipelines."""
    parts: list[Any] = []
    part: Any = estimator
    while hasattr(type(part), "get_params") and len(parts) < MAX_PARTS:
        parts.append(part)
        fitted = _instance_dict(part)
        steps: Any = fitted.get("steps")
        is_pipeline = type(steps) is list and steps and is_named_part(steps[-1])
        part = steps[-1][-1] if is_pipeline else fitted.get("best_estimator_")
    return parts


def _instance_dict(value: Any) -> dict[str, Any]:
    return own_attributes(value)
