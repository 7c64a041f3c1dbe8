"""Runs made again: executed once more, verified, their notebooks restored."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.api.search import open_for_reading, resolve_any

if TYPE_CHECKING:
    from jupyter_mltrack.entities.rerun_views import RerunView, RestoredView, VerificationView
    from jupyter_mltrack.projects.kernel import Progress
    from jupyter_mltrack.projects.metrics import Tolerance


def rerun_run(
    run: Any,
    parameters: Mapping[str, Any] | None = None,
    *,
    timeout: float | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    cancel: threading.Event | None = None,
) -> "RerunView":
    """Execute the notebook that led to a run (``last``, a name, an id) once more.

    The cells run in the order they ran, in a fresh kernel, in the directory of the notebook, with
    ``parameters`` by name set where the notebook assigns them; the run that comes of it is a child
    of the one it repeats. A cell that raises ends it: ``outcome`` and ``error`` say so.

    After ``timeout`` seconds, once ``cancel`` is set, or interrupted, it is ended. ``progress`` is
    called before each cell with ``cell``, ``cells`` and ``message``.

    Raises
    ------
    ResourceDoesNotExist
        There is no such run, or no notebook made it.
    InvalidParameterValue
        There is no such parameter.
    """
    from jupyter_mltrack.projects.kernel import report_nothing
    from jupyter_mltrack.projects.rerun import rerun_run as rerun

    with open_for_reading() as store:
        view = rerun(
            store,
            resolve_any(store, run),
            parameters,
            timeout=timeout,
            report=progress or report_nothing,
            cancel=cancel,
        )
    _pass_on_interrupt(view.outcome, cancel)
    return view


def verify_run(
    run: Any,
    *,
    tolerance: "Tolerance | Mapping[str, float] | None" = None,
    times: int = 1,
    fresh_environment: bool = False,
    timeout: float | None = None,
    progress: "Callable[[Progress], None] | None" = None,
    cancel: threading.Event | None = None,
) -> "VerificationView":
    """Execute the notebook that led to a run once more and compare what comes of it.

    All points of all metrics but durations, figures and data count. The verdict (``reproduced``,
    ``differs``, ``failed`` or ``unknown``) is kept on the run. ``tolerance`` says how far values
    may be apart, by metric's name or as a ``Tolerance``. ``times`` more than one tells chance from
    other causes; ``fresh_environment`` is made of the recorded packages.

    Raises
    ------
    ResourceDoesNotExist
        There is no such run, or no notebook made it.
    InvalidParameterValue
        A tolerance is none, or nothing was recorded to make an environment of.
    """
    from jupyter_mltrack.projects import kernel, verify

    with open_for_reading() as store:
        view = verify.verify_run(
            store,
            resolve_any(store, run),
            tolerance=_tolerance(tolerance),
            times=times,
            fresh_environment=fresh_environment,
            timeout=timeout,
            report=progress or kernel.report_nothing,
            cancel=cancel,
        )
    _pass_on_interrupt(view.reruns[-1].outcome, cancel)
    return view


def _tolerance(given: "Tolerance | Mapping[str, float] | None") -> "Tolerance":
    from jupyter_mltrack.projects.metrics import Tolerance

    return given if isinstance(given, Tolerance) else Tolerance(by_metric=given or {})


def _pass_on_interrupt(outcome: str, cancel: threading.Event | None) -> None:
    """An interrupt was taken to end the kernel in order; the caller's code is to end as well."""
    if outcome == "cancelled" and (cancel is None or not cancel.is_set()):
        raise KeyboardInterrupt


def restore_notebook(
    run: Any, *, in_place: bool = False, directory: str | Path | None = None
) -> "RestoredView":
    """Write the notebook of a run as it stood: a copy beside it, or ``in_place``.

    In place, the present file is kept first; :func:`undo_restore` brings it back.

    Raises
    ------
    ResourceDoesNotExist
        There is no such run, no notebook made it, or the notebook is not here (``in_place``).
    InvalidParameterValue
        The file cannot be written.
    """
    from jupyter_mltrack.projects.restore import restore_notebook as restore

    where = None if directory is None else Path(directory)
    with open_for_reading() as store:
        return restore(store, resolve_any(store, run), in_place=in_place, directory=where)


def undo_restore(notebook: str | Path | None = None, *, force: bool = False) -> "RestoredView":
    """Bring back what a notebook was before it was restored in place last.

    Without ``notebook``, the one restored last. One that was changed since needs ``force``; these
    changes are kept, and come back by undoing once more.

    Raises
    ------
    ResourceDoesNotExist
        The notebook was not restored in place.
    InvalidParameterValue
        It was changed since, or cannot be written.
    """
    from jupyter_mltrack.projects.restore import undo_restore as undo

    with open_for_reading() as store:
        return undo(store, notebook, force=force)
