"""The run that a fit belongs to.

Without an explicit run, each fit has one of its own. In an explicit run (``start_run``) every fit
is recorded once: the first fit of something that predicts is the run's own, so that the usual
"one run, one model" is one run with everything; every further fit, and every transformer's, is a
child run, so that the params of two fits never mix.
"""

import threading
import weakref
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.tracking.active import ActiveRun, find_active_run, status_for
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.session import TrackingSession, get_session

REMEMBERED_RUNS: Final = 3

_claimed: Final["weakref.WeakSet[ActiveRun]"] = weakref.WeakSet()
_trials: Final["weakref.WeakSet[ActiveRun]"] = weakref.WeakSet()
_mutex: Final = threading.Lock()
_arguments: Any = vars(BaseException)["args"]  # not those that a class of the user's gives out


def open_fit_run(name: str, flavor: str, tags: dict[str, str], *, predicts: bool) -> ActiveRun:
    """The run to record a fit in; pass it to :func:`end_fit_run` when the fit is over."""
    state.recorded_fits += 1
    state.fits_by_framework[flavor] += 1
    active = find_active_run()
    session = get_session() if active is None else active.session
    tags = {"mlflow.autologging": flavor, **context_tags(session), **tags}
    if active is not None and predicts and claim(active):
        active.set_tags(tags)
        return active
    run = ActiveRun(
        session,
        name=name,
        origin=flavor,
        tags=tags,
        parent_run_id=active.run_id if active else "",
        experiment=active.info.experiment_name if active else "",
        experiment_id=active.info.known_experiment_id if active else "",
    )
    cell = find_cell()
    if cell is not None and active is None:
        # A bare log call of the cell goes to the last of these: a model rather than a scaler.
        cell.runs.insert(len(cell.runs) if predicts else 0, run)
        # No more than may be asked for: a loop makes thousands, each with its params.
        del cell.runs[:-REMEMBERED_RUNS]
    return run


def open_evaluation_run(name: str, flavor: str, tags: dict[str, str]) -> ActiveRun:
    """The run to record a cross-validation in: a trial's own, for it is what the trial measures."""
    active = find_active_run()
    if active is None or active not in _trials:
        return open_fit_run(name, flavor, tags, predicts=True)
    state.recorded_fits += 1
    state.fits_by_framework[flavor] += 1
    active.set_tags(tags)
    return active


def end_fit_run(run: ActiveRun, error: BaseException | None, end_time: int) -> None:
    """End a fit's run as the fit ended; an explicit run stays open."""
    if error is not None:
        tag_error(run, error)
    if run not in _claimed and run not in _trials:
        run.end(status_for(type(error)) if error is not None else RunStatus.FINISHED, end_time)


def claim(run: ActiveRun) -> bool:
    """Let no further fit have this run for its own; whether it was free until now."""
    with _mutex:
        if run in _claimed:
            return False
        _claimed.add(run)
        return True


def context_tags(session: TrackingSession) -> dict[str, str]:
    """MLflow's tags that say whose run it is, and of which notebook."""
    tags = {"mlflow.user": session.user}
    path = session.facts.notebook_path
    if path:
        tags |= {"mlflow.source.name": path, "mlflow.source.type": "NOTEBOOK"}
    elif session.facts.front_end == "script":
        tags["mlflow.source.type"] = "LOCAL"
    return {key: value for key, value in tags.items() if value}


def _message(error: BaseException) -> str:
    # Not str(error): an exception class of the user's may do anything there.
    parts = [part for part in _arguments.__get__(error) if type(part) in (str, int, float)]
    text = " ".join(str(part) for part in parts)[:1000]
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def open_group_run(name: str, flavor: str, tags: dict[str, str]) -> tuple[ActiveRun, bool]:
    """A run whose fits are all its children, and whether it is to be ended with the group.

    An explicit run that nothing was fitted in yet is taken for it, and stays open.
    """
    active = find_active_run()
    run = open_fit_run(name, flavor, tags, predicts=True)
    claim(run)
    return run, run is not active


def lend_to_trial(run: ActiveRun) -> None:
    """Make a run that of a trial: what ends it is the trial, whatever was recorded in it."""
    _trials.add(run)


def tag_error(run: ActiveRun, error: BaseException) -> None:
    """Say on a run what was raised."""
    run.set_tags({"mltrack.error": f"{type(error).__name__}: {_message(error)}"})


def is_trial(run: ActiveRun) -> bool:
    """Whether a run is that of a trial under way."""
    return run in _trials
