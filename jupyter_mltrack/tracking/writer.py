"""Writing to a run: every log call becomes an event in the session's journal."""

import mimetypes
from array import array
from collections.abc import Mapping, Sequence
from struct import error as PackingError
from time import time_ns
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.capture.redaction import redact_value
from jupyter_mltrack.entities import Dataset, LoggedModel, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue, JournalUnavailable
from jupyter_mltrack.journal import Series
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.cells import Cell, cells_by_thread, current_cell, find_cell
from jupyter_mltrack.tracking.clock import now_ms

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.session import TrackingSession


class _Target:
    """Where points go that are logged in one cell execution, by one session: series by key."""

    __slots__ = ("cell", "drainer", "journal", "series")

    def __init__(self, session: "TrackingSession", cell: Cell | None) -> None:
        self.cell = cell
        self.journal = session.journal
        self.drainer = session.drainer
        self.series: dict[str, Series] = {}


class RunWriter:
    """Writes to the run of this id, whoever started it; whether it exists, the store finds out.

    ``cell`` is the cell execution that made the run, when it was made here.
    """

    def __init__(self, session: "TrackingSession", run_id: str, cell: Cell | None = None) -> None:
        self.session = session
        self.run_id = run_id
        self.cell = cell
        self._params: dict[str, str] = {}
        self._target = _Target(session, None)

    def log_param(self, key: str, value: Any) -> Any:
        """Log one param, as text; returns ``value``. A param once logged cannot change.

        Raises
        ------
        InvalidParameterValue
            Key or value cannot be kept, or the key has another value already.
        """
        self.log_params({key: value})
        return value

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log params; those that can be kept are, and then the first that cannot is raised."""
        accepted: dict[str, str] = {}
        refused: InvalidParameterValue | None = None
        for key, value in params.items():
            try:
                accepted[key] = self._check_param(key, value)
            except InvalidParameterValue as error:
                refused = refused or error
        if accepted:
            self._params |= accepted
            self.session.write(ev.ParamsLogged(self.run_id, accepted, self._execution_id()))
        if refused is not None:
            raise refused

    def expect_params(self, params: Mapping[str, str]) -> None:
        """Take up the params the run has in the store: they cannot change either."""
        self._params |= params

    def log_metric(
        self, key: str, value: float, step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log one point; ``step`` is 0 unless given, ``timestamp`` in ms since the epoch.

        Raises
        ------
        InvalidParameterValue
            The key, value, step or timestamp cannot be kept.
        JournalUnavailable
            Nothing can be written now.
        """
        cell = current_cell.get()
        if cell is None and cells_by_thread:
            cell = find_cell()
        target = self._target
        if target.cell is not cell:
            target = self._aim(cell)
        if type(value) is not float and not isinstance(value, (float, int)):
            # Packing takes half of a complex number of numpy's, and ends an interrupt of __float__.
            value = values.check_metric(key, value)  # type: ignore[unreachable]  # for callers
        try:
            # Packing takes numbers, and nothing but numbers: what it refuses is looked at closer.
            target.journal.append_point(
                target.series[key],
                value,
                time_ns() // 1_000_000 if timestamp is None else timestamp,
                0 if step is None else step,
            )
        except (KeyError, TypeError, PackingError, JournalUnavailable):
            self._log_checked(cell, key, value, step, timestamp)
        if target.drainer.is_idle:
            target.drainer.rouse()

    def _log_checked(
        self, cell: Cell | None, key: str, value: Any, step: Any, timestamp: Any
    ) -> None:
        target = self._target
        try:
            series = target.series[key]
        except (KeyError, TypeError):
            series = self._open_series(target, key)
        number = values.check_metric(key, value)
        step = 0 if step is None else values.check_step(step)
        time = now_ms() if timestamp is None else values.check_time(timestamp)
        try:
            target.journal.append_point(series, number, time, step)
        except JournalUnavailable:
            if not target.journal.is_abandoned:
                raise
            # A forked process writes to a session of its own.
            self._aim(cell)
            self.log_metric(key, number, step, time)

    def log_metrics(
        self, metrics: Mapping[str, float], step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Log a point of each of several metrics at the same step and time, all or none."""
        step = 0 if step is None else values.check_step(step)
        time = now_ms() if timestamp is None else values.check_time(timestamp)
        numbers = values.as_numbers(metrics)
        self.session.write(ev.MetricsLogged(self.run_id, numbers, time, step, self._execution_id()))

    def log_series(
        self,
        key: str,
        numbers: Sequence[float],
        steps: Sequence[int],
        times: Sequence[int] | None = None,
    ) -> None:
        """Log many points of a metric at once, of their times (ms) or all of this moment.

        Raises
        ------
        InvalidParameterValue
            The key cannot be kept.
        """
        values.check_key(key, "metric")
        moments = array("q", times or [now_ms()] * len(numbers))
        points = ev.MetricPoints(
            self.run_id,
            key,
            array("q", steps),
            moments,
            array("d", numbers),
            self._execution_id(),
        )
        self.session.write(ev.pack_points(points))

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; the value None deletes one."""
        checked = {
            values.check_key(key, "tag"): None
            if value is None
            else redact_value(key, values.check_tag(key, value))
            for key, value in tags.items()
        }
        self.session.write(ev.TagsSet(self.run_id, checked))

    def log_content(self, path: str, content: bytes, media_type: str = "") -> None:
        """Log a file of the run from its bytes; the media type is guessed from ``path``."""
        path = values.check_artifact_path(path)
        media_type = media_type or mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.session.write_artifact(self.run_id, path, content, media_type, self._execution_id())

    def log_dataset(self, dataset: Dataset, context: str = "") -> None:
        """Log the fingerprint of data that entered the run."""
        self.session.write(ev.DatasetLogged(self.run_id, dataset, context))

    def log_model(self, model: LoggedModel, files: Mapping[str, bytes]) -> None:
        """Log a packaged model: its files (relative to ``model.artifact_path``) and its record."""
        for name, content in files.items():
            self.log_content(f"{model.artifact_path}/{name}", content)
        self.session.write(ev.ModelLogged(self.run_id, model, self._execution_id()))

    def link_cell(self, cell: Cell | None) -> None:
        """Record that a later cell execution measured or used this run's model."""
        if cell is not None and cell is not self.cell and not cell.is_private:
            self.session.write(ev.RunCellLinked(self.run_id, cell.execution_id))

    def end(self, status: str = RunStatus.FINISHED, end_time: int | None = None) -> None:
        """End the run (``end_time`` in ms since the epoch).

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

    def _check_param(self, key: str, value: Any) -> str:
        values.check_key(key, "param")
        text = redact_value(key, values.check_param(key, value))
        known = self._params.get(key)
        if known is not None and known != text:
            raise InvalidParameterValue(
                f"Param {key!r} of this run is {known!r} already and cannot become "
                f"{text!r}. Start another run for another value, or log it as a metric or tag."
            )
        return text

    def _execution_id(self) -> str:
        cell = find_cell() or self.cell
        return cell.execution_id if cell else ""

    def _aim(self, cell: Cell | None) -> _Target:
        target = self._target
        if target.cell is not cell or target.journal.is_abandoned:
            target = self._target = _Target(self.session.living(), cell)
        return target

    def _open_series(self, target: _Target, key: str) -> Series:
        key = values.check_key(key, "metric")
        cell = target.cell or self.cell
        series = target.journal.open_series(self.run_id, key, cell.execution_id if cell else "")
        return target.series.setdefault(key, series)
