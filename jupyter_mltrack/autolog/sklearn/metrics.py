"""The training metrics of a fit."""

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.scores import training_scores


def record_metrics(record: FitRecord) -> None:
    """Measure the estimator on the data it was fitted with."""
    record.scores = training_scores(
        record.estimator, record.data, record.params, state.options_of("sklearn").pos_label
    )
    record.notes += record.scores.notes
    record.run.log_metrics(record.scores.metrics)
