"""The model of a fit, as an MLmodel directory."""

import sys
from typing import Any

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.sklearn.params import own_generators
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.usercode import own_attributes
from jupyter_mltrack.models.example import make_input_example
from jupyter_mltrack.models.logging import Signature, log_model
from jupyter_mltrack.models.signature import infer_signature
from jupyter_mltrack.tracking.problems import problems


def remember_inputs(record: FitRecord) -> None:
    """Before the fit, take what it may change: the columns of a frame, and the example's rows."""
    options = state.options_of("sklearn")
    if not options.log_models:
        return
    pandas: Any = sys.modules.get("pandas")
    if options.log_model_signatures and pandas is not None:
        with problems.caught("inferring a signature"):
            if isinstance(record.data.X, pandas.DataFrame):
                record.column_types = record.data.X.dtypes
    _take_example(record)


def _take_example(record: FitRecord) -> None:
    if not state.options_of("sklearn").log_input_examples:
        return
    with problems.caught("making an input example"):
        record.example, message = make_input_example(record.data.X)
        if message and message not in record.notes:
            record.notes.append(message)


def record_model(record: FitRecord) -> None:
    """Log the estimator, and the best one of a search."""
    if not state.options_of("sklearn").log_models:
        return
    if record.example is None:
        _take_example(record)
    with unmoved_random_states(*own_generators(record.params)):
        kept = _log(record, record.estimator, "model")
        best = own_attributes(record.estimator).get("best_estimator_") if record.is_search else None
        if best is not None and kept:
            _log(record, best, "best_estimator")


def _log(record: FitRecord, estimator: Any, artifact_path: str) -> bool:
    message = log_model(
        record.run,
        estimator,
        artifact_path,
        record.data.X,
        example=record.example,
        signature=_signature(record, type(estimator)),
    )
    if message:
        record.notes.append(message)
    return not message


def _signature(record: FitRecord, kind: type) -> Signature:
    """Of what can be used on other data; otherwise, and where it is not wanted, empty."""
    is_used = hasattr(kind, "predict") or hasattr(kind, "transform")
    if not is_used or not state.options_of("sklearn").log_model_signatures:
        return {}
    return infer_signature(record.data.X, record.scores.predictions, record.column_types) or {}
