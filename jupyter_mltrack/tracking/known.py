"""A run that exists already, written to by its id: MLflow's client, notes on an earlier run."""

import mimetypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.clock import now_ms

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.session import TrackingSession


class KnownRun:
    """Writes to the run of this id without resuming it; whether it exists, the store finds out."""

    def __init__(self, session: "TrackingSession", run_id: str) -> None:
        self.session = session
        self.run_id = run_id

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log params, as text.

        Raises
        ------
        InvalidParameterValue
            A key or value that cannot be kept; none is logged then.
        """
        checked = {
            values.check_key(key, "param"): values.check_param(key, value)
            for key, value in params.items()
        }
        self.session.write(ev.ParamsLogged(self.run_id, checked, _execution_id()))

    def log_metric(
        self, key: str, value: float, step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log one point of a metric (``timestamp`` in ms since the epoch)."""
        self.session.write(
            ev.MetricLogged(
                self.run_id,
                values.check_key(key, "metric"),
                values.check_metric(key, value),
                now_ms() if timestamp is None else timestamp,
                0 if step is None else values.check_step(step),
                _execution_id(),
            )
        )

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a point of each of several metrics at the same step and time."""
        time = now_ms()
        for key, value in values.as_numbers(metrics).items():
            self.log_metric(key, value, step, time)

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; the value None deletes one."""
        checked = {
            values.check_key(key, "tag"): None if value is None else values.check_tag(key, value)
            for key, value in tags.items()
        }
        self.session.write(ev.TagsSet(self.run_id, checked))

    def log_content(self, path: str, content: bytes, media_type: str = "") -> None:
        """Log a file of the run from its bytes."""
        path = values.check_artifact_path(path)
        media_type = media_type or mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.session.write_artifact(self.run_id, path, content, media_type, _execution_id())

    def end(self, status: str = RunStatus.FINISHED, end_time: int | None = None) -> None:
        """End the run.

        Raises
        ------
        InvalidParameterValue
            ``status`` is not one of a run's.
        """
        if status not in RunStatus.ALL:
            raise InvalidParameterValue(
                f"{status!r} is not a run status; use one of {', '.join(RunStatus.ALL)}."
            )
        self.session.write(ev.RunEnded(self.run_id, status, end_time or now_ms()))


def _execution_id() -> str:
    cell = find_cell()
    return cell.execution_id if cell else ""
