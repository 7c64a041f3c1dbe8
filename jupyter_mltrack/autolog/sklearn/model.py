"""The model of a fit, as an MLmodel directory."""

from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn.params import own_generators
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.models.logging import log_model


def record_model(record: FitRecord) -> None:
    """Log the estimator, and the best one of a search."""
    if not state.options_of("sklearn").log_models:
        return
    with unmoved_random_states(*own_generators(record.params)):
        kept = _log(record, record.estimator, "model")
        best = record.estimator.__dict__.get("best_estimator_") if record.is_search else None
        if best is not None and kept:
            _log(record, best, "best_estimator")


def _log(record: FitRecord, estimator: Any, artifact_path: str) -> bool:
    inputs = record.data.X if state.options_of("sklearn").log_model_signatures else None
    message = log_model(record.run, estimator, artifact_path, inputs, record.scores.predictions)
    if message:
        record.notes.append(message)
    return not message
