"""What is recorded of a fit, in this order: one line and one module each."""

from collections.abc import Callable
from typing import Final, NamedTuple

from jupyter_mltrack.autolog.drawings import add_drawings
from jupyter_mltrack.autolog.sklearn.boosted import (
    record_booster_importances,
    record_boosting,
)
from jupyter_mltrack.autolog.sklearn.checks.registry import check_fit
from jupyter_mltrack.autolog.sklearn.curves import record_curves, record_iterations
from jupyter_mltrack.autolog.sklearn.importances import record_importances
from jupyter_mltrack.autolog.sklearn.metrics import record_metrics
from jupyter_mltrack.autolog.sklearn.model import record_model
from jupyter_mltrack.autolog.sklearn.plots import record_plots, record_search_scores
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.remember import remember_model
from jupyter_mltrack.autolog.sklearn.search import record_search
from jupyter_mltrack.autolog.sklearn.testing import record_test_metrics
from jupyter_mltrack.autolog.sklearn.tree import record_tree
from jupyter_mltrack.tracking.problems import problems


class Recorder(NamedTuple):
    """Records one aspect of a fit; ``what`` names it when it fails.

    ``is_heavy`` ones are left out for the many fits of a loop.
    """

    what: str
    record: Callable[[FitRecord], None]
    is_heavy: bool


RECORDERS: Final = (
    Recorder("remembering a model", remember_model, False),
    Recorder("training metrics", record_metrics, False),
    Recorder("test metrics", record_test_metrics, False),
    Recorder("logging a search", record_search, False),
    Recorder("logging iterations", record_iterations, False),
    Recorder("logging boosting", record_boosting, False),
    Recorder("keeping a booster's importances", record_booster_importances, True),
    Recorder("logging curves", record_curves, True),
    Recorder("keeping what plots are drawn from", record_plots, True),
    Recorder("keeping importances", record_importances, True),
    Recorder("keeping the scores of a search", record_search_scores, True),
    Recorder("keeping the tree of an estimator", record_tree, True),
    Recorder("checking a fit", check_fit, True),
    Recorder("logging a model", record_model, True),
)


def record_light(record: FitRecord) -> None:
    """Record what is recorded of every fit."""
    _record(record, is_heavy=False)


def record_heavy(record: FitRecord) -> None:
    """Record the rest."""
    _record(record, is_heavy=True)
    if record.drawings:
        with problems.caught("logging drawings"):
            add_drawings(record.run, record.drawings)


def _record(record: FitRecord, is_heavy: bool) -> None:
    for recorder in RECORDERS:
        if recorder.is_heavy is is_heavy:
            with problems.caught(recorder.what):
                recorder.record(record)
