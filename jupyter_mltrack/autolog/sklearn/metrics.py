"""The metrics of a fit: how long it took, and how well it fits what it was trained with."""

import functools

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.sampling import sample_for_loop
from jupyter_mltrack.autolog.sklearn.scores import training_scores


def record_metrics(record: FitRecord) -> None:
    """Measure the estimator on the data it was fitted with, or on some of it for a light fit."""
    sample = None
    if not record.is_heavy and record.loop is not None:
        sample = functools.partial(sample_for_loop, record.loop)
    try:
        options = state.options_of("sklearn")
        record.scores = training_scores(
            record.estimator, record.data, record.params, options.pos_label, sample
        )
        record.notes += record.scores.notes
    finally:
        # Together: in a loop each append counts.
        record.run.log_metrics({"fit_time_seconds": record.seconds} | record.scores.metrics)
