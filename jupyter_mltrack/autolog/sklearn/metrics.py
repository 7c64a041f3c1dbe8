"""The metrics of a fit: its time and memory, and how well it fits what it was trained with."""

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.sampling import LoopMeasuring
from jupyter_mltrack.autolog.sklearn.scores import training_scores


def record_metrics(record: FitRecord) -> None:
    """Measure the estimator on the data it was fitted with, or on some of it for a light fit."""
    measuring = None
    if not record.is_heavy and record.loop is not None:
        measuring = LoopMeasuring(record.loop, record.estimator)
    try:
        options = state.options_of("sklearn")
        record.scores = training_scores(
            record.estimator, record.data, record.params, options.pos_label, measuring
        )
        record.notes += record.scores.notes
        if measuring is not None:
            measuring.learn()
    finally:
        cost = {"fit_time_seconds": record.seconds}
        if record.memory_mb is not None:
            cost["fit_peak_memory_mb"] = record.memory_mb
        # Together: in a loop each append counts.
        record.run.log_metrics(cost | record.scores.metrics)
