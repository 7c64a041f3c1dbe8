"""The model of a fit, as an MLmodel directory."""

from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn.params import own_generators
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes
from jupyter_mltrack.models.example import InputExample, make_input_example
from jupyter_mltrack.models.logging import log_model
from jupyter_mltrack.tracking.problems import problems


def record_model(record: FitRecord) -> None:
    """Log the estimator, and the best one of a search."""
    options = state.options_of("sklearn")
    if not options.log_models:
        return
    example = None
    if options.log_input_examples:
        with problems.caught("making an input example"):
            example, message = make_input_example(record.data.X)
            record.notes += [message] if message else []
    with unmoved_random_states(*own_generators(record.params)):
        kept = _log(record, record.estimator, "model", example)
        best = own_attributes(record.estimator).get("best_estimator_") if record.is_search else None
        if best is not None and kept:
            _log(record, best, "best_estimator", example)


def _log(
    record: FitRecord, estimator: Any, artifact_path: str, example: InputExample | None
) -> bool:
    inputs = record.data.X if state.options_of("sklearn").log_model_signatures else None
    message = log_model(
        record.run, estimator, artifact_path, inputs, record.scores.predictions, example=example
    )
    if message:
        record.notes.append(message)
    return not message
