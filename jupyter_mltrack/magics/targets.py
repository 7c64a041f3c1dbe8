"""The run that ``log``, ``tag`` and ``note`` write to."""

from collections.abc import Mapping
from typing import Any

from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.tracking import fluent
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.active import find_active_run
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.writer import RunWriter

_RECENT = 20


class Target:
    """A run to write to, open or not, and how to call it."""

    def __init__(self, run: Any, name: str) -> None:
        self._run = run
        self.label = f"{name} ({run.run_id[:8]})"

    def log_params(self, params: Mapping[str, str]) -> None:
        """Log params, if there are any."""
        if params:
            self._run.log_params(params)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log a point of each metric."""
        self._run.log_metrics(metrics, step)

    def set_tags(self, tags: Mapping[str, str | None]) -> None:
        """Set tags; None deletes one."""
        self._run.set_tags(tags)


def target_run(context: Context, name: str | None = None) -> Target:
    """The run named; else the open one, this cell's, this session's last, or a new one.

    Raises
    ------
    MltrackException
        No run, or several, have this name.
    """
    if name:
        with context.reading() as store:
            (run_id,) = context.resolve(store, [name])
            run_name = store.get_run(run_id).info.run_name
        return Target(RunWriter(sessions.get_session(), run_id), run_name)
    cell = find_cell()
    own = find_active_run() or (cell and (next(reversed(cell.runs), None) or cell.implicit_run))
    if not own:
        last = _last_of_session(context)
        if last is not None:
            return last
    run = fluent.current_run()
    return Target(run, run.name)


def _last_of_session(context: Context) -> Target | None:
    from jupyter_mltrack.query.runs import search_runs

    session = sessions.find_session()
    if session is None:
        return None
    with context.reading() as store:
        # A search's children are not what one means by the last run.
        runs, _ = search_runs(store, "parent_run_id IS NULL", max_results=_RECENT)
    own = [run.info for run in runs if run.info.session_id == session.session_id]
    return Target(RunWriter(session, own[0].run_id), own[0].run_name) if own else None
