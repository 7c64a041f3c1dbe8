"""A run in memory: what is logged to it becomes events; which run is the active one."""

import contextvars
import threading
import uuid
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from jupyter_mltrack.capture.redaction import redact_value
from jupyter_mltrack.entities import CellOutcome, RunData, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.settings import MAX_NAME_LENGTH
from jupyter_mltrack.tracking import values
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.info import ActiveRunInfo
from jupyter_mltrack.tracking.names import random_run_name
from jupyter_mltrack.tracking.writer import RunWriter

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.session import TrackingSession

run_stack: Final[contextvars.ContextVar[tuple["ActiveRun", ...]]] = contextvars.ContextVar(
    "mltrack_runs", default=()
)
"""The runs around the running code, outermost first; ended ones may still be among them."""

# Runs opened by a cell's own code (or a script's main thread) outlive the context of that cell:
# `start_run()` in one cell, `log_metric` in the next. Keyed by the thread that runs the cells.
_ambient: dict[int, tuple["ActiveRun", ...]] = {}


class ActiveRun(RunWriter):
    """A run that is being written; shaped as MLflow's ``ActiveRun`` (``info``, ``data``, ``with``).

    ``origin`` says who opened it: ``user``, ``implicit`` (a bare log call) or a library's name.
    """

    def __init__(
        self,
        session: "TrackingSession",
        *,
        run_id: str = "",
        name: str = "",
        experiment: str = "",
        experiment_id: str = "",
        parent_run_id: str = "",
        tags: Mapping[str, Any] | None = None,
        origin: str = "user",
        start_time: int | None = None,
    ) -> None:
        new_id = run_id or uuid.uuid4().hex
        super().__init__(session, new_id, find_cell())
        self.name = name or random_run_name(new_id)
        self.parent_run_id = parent_run_id
        self.origin = origin
        self.thread = threading.get_ident()
        self.status: str = RunStatus.RUNNING
        self.is_open = True
        """Whether the run still takes what is logged."""
        self.entered = False
        self._inherited: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self.info = ActiveRunInfo(
            self,
            experiment or session.experiment,
            experiment_id,
            start_time or session.new_start_time(),
        )
        self._experiment_id = experiment_id
        self._start(experiment_id, tags or {}, resumed=bool(run_id))
        if session.parameters and not run_id:
            self.inherit_params(session.parameters)

    @property
    def data(self) -> RunData:
        """What was logged through this object; ask ``get_run`` for what the store holds."""
        return RunData(params=self._inherited | self._params, tags=self._tags)

    def expect_tags(self, tags: Mapping[str, str]) -> None:
        """Take up the tags the run has in the store, where those it was resumed with are not."""
        self._tags = {**tags, **self._tags}

    def inherit_params(self, params: Mapping[str, str]) -> None:
        """Take over the notebook's params, which the run's own replace whenever they come."""
        new = {key: value for key, value in params.items() if key not in self._params}
        self._inherited |= new
        if new:
            self.session.write(ev.ParamsLogged(self.run_id, new, self._execution_id()))

    def end(self, status: str = RunStatus.FINISHED, end_time: int | None = None) -> None:
        """End the run; ending it again does nothing.

        Raises
        ------
        InvalidParameterValue
            ``status`` is not one of a run's.
        """
        if self.is_open:
            time = end_time or now_ms()
            super().end(status, time)
            self.status, self.info.end_time = status, time
            self.is_open = status not in RunStatus.TERMINAL
            self.session.open_runs.pop(self.run_id, None)
            self.session.ended_runs.append(self)

    def take_back_end(self) -> None:
        """Be open as before, when the record of the end could not be written; it comes later."""
        if not self.is_open:
            self.status, self.info.end_time = RunStatus.RUNNING, None
            self.is_open = True
            self.session.open_runs[self.run_id] = self

    def resume(self) -> None:
        """Take the run up again when it has ended, to be ended once more."""
        if not self.is_open:
            self.take_back_end()
            self._announce(self._experiment_id, {}, resumed=True)

    def end_for_outcome(self, outcome: str) -> None:
        """End the run as its cell ended."""
        status = {
            CellOutcome.OK: RunStatus.FINISHED,
            CellOutcome.INTERRUPTED: RunStatus.KILLED,
        }
        self.end(status.get(outcome, RunStatus.FAILED))

    def __enter__(self) -> Self:
        self.entered = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        status = status_for(kind)
        if not self.is_open:
            for again in [run for run in active_runs() if run.run_id == self.run_id]:
                end_active(again, status)  # ended in the block, and resumed in it
        end_active(self, status)

    def __repr__(self) -> str:
        return f"<ActiveRun {self.name} {self.run_id} {self.status}>"

    def announce_again(self) -> None:
        """Record the run's start and params anew, for a store that never had them."""
        self._announce(self._experiment_id, {}, resumed=True)
        params = self._inherited | self._params
        if params:
            self.session.write(ev.ParamsLogged(self.run_id, params, self._execution_id()))
        if not self.is_open:
            super().end(self.status, self.info.end_time)

    def _start(self, experiment_id: str, tags: Mapping[str, Any], *, resumed: bool) -> None:
        values.check_text(self.name, "run name", MAX_NAME_LENGTH)
        checked = {
            values.check_key(key, "tag"): redact_value(key, values.check_tag(key, value))
            for key, value in tags.items()
        }
        self._tags = {values.RUN_NAME_TAG: self.name, **checked}
        self.session.open_runs[self.run_id] = self
        try:
            self._announce(experiment_id, checked, resumed=resumed)
        except Exception:
            del self.session.open_runs[self.run_id]
            raise
        except BaseException:
            # Interrupted, and nobody will end it: whether or not the record was written, it is now.
            self._announce(experiment_id, checked, resumed=resumed)
            self.end(RunStatus.KILLED)
            raise

    def _announce(self, experiment_id: str, tags: dict[str, str], *, resumed: bool) -> None:
        self.session.write(
            ev.RunStarted(
                self.run_id,
                self.session.session_id,
                self.info.experiment_name,
                self.name,
                self.info.start_time,
                self.session.user,
                experiment_id,
                self.parent_run_id,
                self.cell.execution_id if self.cell else "",
                tags,
                resumed,
            )
        )


def status_for(kind: type[BaseException] | None) -> str:
    """The status of a run whose code ended with this exception, or without one."""
    if kind is None:
        return RunStatus.FINISHED
    if issubclass(kind, KeyboardInterrupt):
        return RunStatus.KILLED
    return RunStatus.FAILED


def push_run(run: ActiveRun) -> None:
    """Make a run the active one for the code that follows; interrupted, end it."""
    try:
        _push(run)
    except BaseException:
        end_active(run, RunStatus.KILLED)
        raise


def _push(run: ActiveRun) -> None:
    run_stack.set((*_open(run_stack.get()), run))
    cell = run.cell
    if cell.is_directly_running() if cell else _is_main_thread():
        thread = threading.get_ident()
        _ambient[thread] = (*_open(_ambient.get(thread, ())), run)


def pop_run(run: ActiveRun) -> None:
    """Take a run off, wherever it is active."""
    run_stack.set(_without(run_stack.get(), run))
    for thread, runs in list(_ambient.items()):
        _ambient[thread] = _without(runs, run)


def end_active(run: ActiveRun, status: str) -> None:
    """End a run and take it off; interrupted in between, both are done all the same."""
    try:
        run.end(status)
    except KeyboardInterrupt:
        run.end(status)
        raise
    finally:
        pop_run(run)


def find_active_run() -> ActiveRun | None:
    """The innermost open run for the calling code, or None."""
    runs = run_stack.get()
    if runs and runs[-1].is_open:
        return runs[-1]
    runs = active_runs()
    return runs[-1] if runs else None


def active_runs() -> tuple[ActiveRun, ...]:
    """The open runs around the calling code, outermost first."""
    runs = _open(run_stack.get())
    if runs:
        return runs
    runs = _open(_ambient.get(threading.get_ident(), ()))
    if runs or threading.get_ident() in _ambient:
        return runs
    main = threading.main_thread().ident
    return _open(_ambient.get(main, ())) if main else ()


def forget_active_runs() -> None:
    """Drop all active runs without ending them; for a forked process."""
    _ambient.clear()
    run_stack.set(())


def _open(runs: Iterable[ActiveRun]) -> tuple[ActiveRun, ...]:
    return tuple(run for run in runs if run.is_open)


def _without(runs: Iterable[ActiveRun], gone: ActiveRun) -> tuple[ActiveRun, ...]:
    return tuple(run for run in runs if run is not gone)


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
