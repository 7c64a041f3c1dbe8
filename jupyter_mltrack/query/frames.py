"""Runs as a pandas DataFrame, with MLflow's columns."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.entities import to_artifact_uri
from jupyter_mltrack.store.contract import RunTable

if TYPE_CHECKING:
    import pandas as pd


def runs_frame(table: RunTable) -> "pd.DataFrame":
    """A row a run: ``run_id``, ``status``, …, then ``metrics.*``, ``params.*``, ``tags.*``.

    Times are timezone-aware (UTC); a metric a run lacks is NaN, a param or tag None.
    """
    import pandas as pd

    columns: dict[str, Any] = {
        "run_id": table.run_ids,
        "experiment_id": table.experiment_ids,
        "status": table.statuses,
        "artifact_uri": [to_artifact_uri(run_id) for run_id in table.run_ids],
        "start_time": _times(table.start_times),
        "end_time": _times(table.end_times),
    }
    columns |= _named("metrics", table.metrics)
    columns |= _named("params", table.params)
    columns |= _named("tags", table.tags)
    return pd.DataFrame(columns)


def _named(kind: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{kind}.{key}": column for key, column in columns.items()}


def _times(times: Sequence[int | None]) -> "pd.Series[Any]":
    import pandas as pd

    whole: Any = pd.Series(list(times), dtype="Int64")  # the stubs know no missing integers
    times_read: pd.Series[Any] = pd.to_datetime(whole, unit="ms", utc=True)
    return times_read
