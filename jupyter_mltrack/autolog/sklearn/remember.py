"""A fitted model is remembered, so that what is measured of it later finds its run."""

from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.record import FitRecord


def remember_model(record: FitRecord) -> None:
    """Remember the estimator, the best one of a search, and what ``fit_predict`` predicted."""
    estimator = record.estimator
    model = lineage.TrackedModel(record.run, type(estimator).__name__)
    lineage.models.remember(estimator, model)
    best = getattr(estimator, "__dict__", {}).get("best_estimator_")
    if best is not None:
        lineage.models.remember(best, model)
    if record.method == "fit_predict":
        dataset = model.dataset_name(record.variable, record.data.X)
        prediction = lineage.Prediction(model, dataset)
        lineage.remember_prediction(record.result, record.data.X, prediction)
