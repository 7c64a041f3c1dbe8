"""What is recorded of a fit, in this order: one line and one module each."""

from collections.abc import Callable
from typing import Final, NamedTuple

from jupyter_mltrack.autolog.sklearn.metrics import record_metrics
from jupyter_mltrack.autolog.sklearn.model import record_model
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.remember import remember_model
from jupyter_mltrack.autolog.sklearn.search import record_search


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
    Recorder("logging a search", record_search, False),
    Recorder("logging a model", record_model, True),
)
