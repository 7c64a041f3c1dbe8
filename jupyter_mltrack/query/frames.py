"""Runs as a pandas DataFrame, with MLflow's columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.entities import Run

if TYPE_CHECKING:
    import pandas as pd

_INFO = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")


def runs_frame(runs: Sequence[Run]) -> "pd.DataFrame":
    """A row a run: ``run_id``, ``status``, …, then ``metrics.*``, ``params.*``, ``tags.*``.

    Times are timezone-aware (UTC); a metric a run lacks is NaN, a param or tag None.
    """
    import pandas as pd

    columns: dict[str, Any] = {
        name: [getattr(run.info, name) for run in runs] for name in _INFO[:4]
    }
    for name in ("start_time", "end_time"):
        times = [getattr(run.info, name) for run in runs]
        columns[name] = pd.to_datetime(pd.Series(times, dtype="Int64"), unit="ms", utc=True)
    columns |= _columns("metrics", [run.data.metrics for run in runs], float("nan"))
    columns |= _columns("params", [run.data.params for run in runs], None)
    columns |= _columns("tags", [run.data.tags for run in runs], None)
    return pd.DataFrame(columns)


def _columns(kind: str, rows: Sequence[dict[str, Any]], absent: Any) -> dict[str, list[Any]]:
    keys = dict.fromkeys(key for row in rows for key in row)
    return {f"{kind}.{key}": [row.get(key, absent) for row in rows] for key in keys}
