"""What is known of a fit when it has ended: what every recorder is given."""

from typing import Any

from jupyter_mltrack.autolog.loops import Loop
from jupyter_mltrack.autolog.sklearn.data import FitData
from jupyter_mltrack.autolog.sklearn.scores import Scores
from jupyter_mltrack.autolog.usercode import own_attributes
from jupyter_mltrack.entities import Dataset
from jupyter_mltrack.models.example import InputExample
from jupyter_mltrack.tracking.active import ActiveRun


class FitRecord:
    """A fit, its run, and what recorders add to it.

    ``method`` is the name of what was called (``fit``, ``fit_predict``), ``variable`` the caller's
    name for ``X`` or an empty text, ``params`` the values of ``get_params(deep=True)``,
    ``seconds`` the time it took, ``memory_mb`` the memory (megabytes; None when that is not known:
    :mod:`jupyter_mltrack.autolog.memory`). ``is_heavy`` is False when the fit is one of so many
    that only its params and metrics are kept, ``loop`` the fits it is one of, ``dataset`` the
    fingerprint of the data when it was made. ``notes`` are sentences for the run's notes,
    ``drawings`` what plots are drawn from when somebody looks at them, by the name of their
    artifact. ``column_types`` and ``example`` are the ``dtypes`` and first rows of ``X`` as they
    were before the fit, which may change what it is given.
    """

    __slots__ = (
        "column_types",
        "data",
        "dataset",
        "drawings",
        "estimator",
        "example",
        "is_heavy",
        "loop",
        "memory_mb",
        "method",
        "notes",
        "params",
        "result",
        "run",
        "scores",
        "seconds",
        "variable",
    )

    def __init__(
        self,
        *,
        run: ActiveRun,
        estimator: Any,
        method: str,
        data: FitData,
        variable: str,
        params: dict[str, Any],
        loop: Loop | None = None,
    ) -> None:
        self.run = run
        self.estimator = estimator
        self.method = method
        self.data = data
        self.variable = variable
        self.params = params
        self.loop = loop
        self.dataset: Dataset | None = None
        self.column_types: Any = None
        self.example: InputExample | None = None
        self.result: Any = None
        self.seconds = 0.0
        self.memory_mb: float | None = None
        self.is_heavy = True
        self.scores = Scores()
        self.notes: list[str] = []
        self.drawings: dict[str, dict[str, Any]] = {}

    @property
    def is_search(self) -> bool:
        """Whether it was a search that compared candidates."""
        return "cv_results_" in own_attributes(self.estimator)
