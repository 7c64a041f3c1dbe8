"""Tracking of a shell goes on and off; everything that start does, stop undoes.

The tracker hangs on the shell itself, so that a reloaded extension finds it and hooks nothing
twice.
"""

import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog import api as autologging
from jupyter_mltrack.capture.environment import read_environment
from jupyter_mltrack.capture.git import read_git
from jupyter_mltrack.capture.parameters import evaluated_parameters
from jupyter_mltrack.capture.redaction import Redactor
from jupyter_mltrack.entities import Environment
from jupyter_mltrack.magics.document import NotebookView
from jupyter_mltrack.magics.history import record_history
from jupyter_mltrack.magics.hooks import CellHooks
from jupyter_mltrack.magics.notebook import default_experiment, find_kernel_id, locate_file
from jupyter_mltrack.tracking import fluent
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.parameters import give_parameters
from jupyter_mltrack.tracking.problems import Problem, problems
from jupyter_mltrack.tracking.session import TrackingSession

_ATTRIBUTE: Final = "_mltrack_tracker"


class StartReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``start_tracking`` did; ``already_on`` when tracking was on, with this store."""

    already_on: bool
    experiment: str
    store: str
    session_id: str
    notebook_path: str
    notebook_source: str
    front_end: str
    autolog: bool


class TrackingStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What is tracked now and how it is seen.

    ``notebook_source`` names the technique that found the notebook, ``layer`` what fills in the
    cells that did not run, ``output_source`` how outputs are seen, ``not_captured`` what is
    missing, in sentences. Sizes are in bytes; ``journal`` is the directory of the session's.
    """

    tracking: bool
    experiment: str
    store: str
    session_id: str
    front_end: str
    kernel_id: str
    notebook_path: str
    notebook_source: str
    layer: str
    output_source: str
    cells_recorded: int
    cells_private: int
    is_private: bool
    outputs: int
    output_bytes: int
    output_limit: int
    output_bytes_dropped: int
    journal: str
    autolog: bool
    not_captured: list[str]
    problems: list[Problem]


class Tracker:
    """Tracking of one shell, on or off."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.is_on = False
        self.experiment = ""
        self._recalled = ""
        self._redactor = redactor = Redactor()
        self.notebook = NotebookView(shell, redactor, self.update_facts)
        self.hooks = CellHooks(shell, self.notebook, redactor)
        self._surroundings: dict[str, Any] = {}
        self._mutex = threading.Lock()

    def start(self, experiment: str | None, store: str | None, autolog: bool) -> bool:
        """Switch tracking on; False when it was. A failure leaves it as it was."""
        was_on = self.is_on
        try:
            self._start(experiment, store, autolog)
        except BaseException:
            self.is_on = was_on
            raise
        return not was_on

    def _start(self, experiment: str | None, store: str | None, autolog: bool) -> None:
        if store is not None:
            sessions.use_store(store)
        self.notebook.follow(_running_cell_meta(self.shell))
        sessions.on_open(self._session_facts)
        was_on, self.is_on = self.is_on, True
        known = sessions.find_session()
        session = sessions.get_session()
        if known is session and not was_on:
            self.update_facts(session, **self._session_facts())
        self._choose_experiment(session, experiment)
        self.notebook.recognise(session, _running_cell_meta(self.shell))
        self._recall(session)
        if not autolog:
            self._stop_autolog()
        elif not was_on:
            self._start_autolog()
        if not was_on:
            self.hooks.before_cell[:] = [self._prepare_cell]
            self.hooks.install()
            name = "mltrack-surroundings"
            threading.Thread(target=self._look_around, name=name, daemon=True).start()

    def stop(self) -> bool:
        """Switch tracking off; False when it was not on."""
        if not self.is_on:
            return False
        self.is_on = False
        self.hooks.remove()
        self._stop_autolog()
        session = sessions.find_session()
        if session is not None:
            with problems.caught("recording that tracking stopped"), self._mutex:
                session.stop_tracking()
        return True

    def update_facts(self, session: TrackingSession, **facts: Any) -> None:
        """Record facts of the session; from any thread."""
        with self._mutex:
            session.update_facts(**facts)

    def _session_facts(self) -> dict[str, Any]:
        environment: Environment | None = self._surroundings.get("environment")
        facts = {
            **self._surroundings,
            "front_end": self.notebook.front_end,
            "kernel_id": find_kernel_id(self.shell),
            "notebook_path": self.notebook.fact.path,
            "notebook_source": self.notebook.fact.source,
            "tracking": self.is_on,
        }
        if environment is None:
            facts.pop("environment", None)
        return facts

    def _choose_experiment(self, session: TrackingSession, experiment: str | None) -> None:
        if experiment is None and session.experiment:
            self.experiment = session.experiment
            return
        name = experiment or self.experiment or default_experiment(self.notebook.fact.path)
        self.experiment = fluent.set_experiment(name).name

    def _recall(self, session: TrackingSession) -> None:
        if session.session_id == self._recalled:
            return
        self._recalled = session.session_id
        cell_meta = _running_cell_meta(self.shell)
        with problems.caught("recording what ran before"):
            parameters = record_history(
                self.shell,
                session,
                lambda source, count: self.notebook.recall(cell_meta, source, count),
                self._redactor.redact_source,
                self.notebook.fact.path,
            )
            for source in parameters:
                give_parameters(session, evaluated_parameters(source, self.shell.user_ns))

    def _prepare_cell(self, _shell: Any) -> None:
        session = sessions.get_session()
        if not session.experiment:
            # `set_tracking_uri` opened another session; the experiment is still this one.
            self._choose_experiment(session, None)
        self._recall(session)
        notice = session.drainer.take_notice()
        if notice:
            sys.stderr.write(f"mltrack: {notice} What you log is kept; see %mltrack status\n")
        autologging.refresh()

    def _start_autolog(self) -> None:
        with problems.caught("starting autolog"):
            autologging.start()

    def _stop_autolog(self) -> None:
        with problems.caught("stopping autolog"):
            autologging.stop()

    def _look_around(self) -> None:
        # Packages and git take tens of milliseconds to seconds: not on the user's thread.
        with problems.caught("reading the environment"):
            self._learn(environment=read_environment())
        with problems.caught("reading the git state"):
            file = locate_file(self.notebook.fact.path)
            git = read_git(file.parent if file else Path.cwd())
            self._learn(
                git_commit=git.commit,
                git_branch=git.branch,
                git_dirty=git.dirty,
                git_repository=git.repository,
            )

    def _learn(self, **facts: Any) -> None:
        self._surroundings.update(facts)
        session = sessions.find_session()
        if session is not None and self.is_on:
            self.update_facts(session, **facts)


def start_tracking(
    shell: Any,
    experiment: str | None = None,
    store: str | None = None,
    autolog: bool = True,
    max_output_mb: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> StartReport:
    """Track this shell from now on, the running cell included; again: change experiment or store.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The shell whose cells are recorded.
    experiment : str, optional
        Where the runs go; the notebook's path without ``.ipynb`` unless named.
    store : str, optional
        Directory or URI; ``settings.default_store_uri`` says what is used without one.
    autolog : bool
        Whether library calls such as ``fit`` make runs.
    options : mapping, optional
        Options of autologging to change, as ``mltrack.autolog`` has them.
    max_output_mb : float, optional
        How much of what cells show is kept of a session (MB), and an eighth of it of one cell.

    Raises
    ------
    MltrackException
        The store's URI cannot be used, the journal cannot be written, or an option is none;
        nothing is hooked then.
    """
    if options:
        autologging.change("", options)
    tracker = _find_tracker(shell) or Tracker(shell)
    was_on, before = tracker.is_on, sessions.store_uri()
    tracker.start(experiment, store, autolog)
    tracker.hooks.budget.set_megabytes(max_output_mb)
    setattr(shell, _ATTRIBUTE, tracker)
    return _report(tracker, was_on and sessions.store_uri() == before)


def _report(tracker: Tracker, already_on: bool) -> StartReport:
    return StartReport(
        already_on=already_on,
        experiment=tracker.experiment,
        store=sessions.store_uri(),
        session_id=sessions.get_session().session_id,
        notebook_path=tracker.notebook.fact.path,
        notebook_source=tracker.notebook.fact.source,
        front_end=tracker.notebook.front_end,
        autolog=autologging.status().enabled,
    )


def stop_tracking(shell: Any) -> bool:
    """Stop tracking this shell and take every hook away; False when it was not tracked."""
    tracker = _find_tracker(shell)
    return tracker.stop() if tracker is not None else False


def settle(shell: Any) -> None:
    """Wait, a second at most, until the store can know which notebook this shell runs."""
    tracker, session = _find_tracker(shell), sessions.find_session()
    if tracker is not None and session is not None:
        # The first time includes loading the database's library and creating the store.
        tracker.notebook.identity.settle(1.0 if session.drainer.is_warm else 10.0)


def is_tracking(shell: Any) -> bool:
    """Whether this shell is tracked now."""
    tracker = _find_tracker(shell)
    return tracker is not None and tracker.is_on


def set_private(shell: Any, is_on: bool) -> bool:
    """Keep what runs after this cell from being stored, or no longer; whether it was so before."""
    tracker = _find_tracker(shell)
    if tracker is None:
        tracker = Tracker(shell)
        setattr(shell, _ATTRIBUTE, tracker)
    before, tracker.notebook.private = tracker.notebook.private, is_on
    return before


def get_status(shell: Any) -> TrackingStatus:
    """What is tracked now, how it is seen and what is missing."""
    tracker = _find_tracker(shell) or Tracker(shell)
    if not tracker.is_on:
        tracker.notebook.follow(_running_cell_meta(shell))
    session = sessions.find_session()
    hooks, notebook = tracker.hooks, tracker.notebook
    return TrackingStatus(
        tracking=tracker.is_on,
        experiment=session.experiment if session else tracker.experiment,
        store=sessions.store_uri(),
        session_id=session.session_id if session else "",
        front_end=notebook.front_end,
        kernel_id=find_kernel_id(shell),
        notebook_path=notebook.fact.path,
        notebook_source=notebook.fact.source,
        layer=notebook.layer,
        output_source=hooks.output_source,
        cells_recorded=hooks.cells_recorded,
        cells_private=hooks.cells_private,
        is_private=notebook.private,
        outputs=hooks.budget.outputs,
        output_bytes=hooks.budget.used,
        output_limit=hooks.budget.limit,
        output_bytes_dropped=hooks.budget.dropped,
        journal=str(session.journal.directory) if session else "",
        autolog=autologging.status().enabled,
        not_captured=_missing(tracker),
        problems=problems.list_problems(),
    )


def _missing(tracker: Tracker) -> list[str]:
    sentences = []
    notebook = tracker.notebook
    if not notebook.fact.path:
        sentences.append(
            f"{notebook.fact.note or 'The path of the notebook is not known.'} Cells that do not "
            "run and text are not recorded. Set MLTRACK_NOTEBOOK to the notebook's path before the "
            "kernel starts."
        )
    elif notebook.layer == "file":
        sentences.append(
            "Unsaved edits of cells that do not run are not recorded: they are read from the file."
        )
    elif notebook.layer == "executed":
        sentences.append(
            f"The file of {notebook.fact.path} is not found: only what runs is recorded."
        )
    source = tracker.hooks.output_source
    if tracker.is_on and source == "IPython history":
        sentences.append("Outputs of background threads after their cell are not recorded.")
    elif tracker.is_on and source == "errors only":
        sentences.append("This IPython does not tell what a cell shows: only errors are recorded.")
    return sentences


def _find_tracker(shell: Any) -> Tracker | None:
    return getattr(shell, _ATTRIBUTE, None)


def _running_cell_meta(shell: Any) -> dict[str, Any]:
    result = getattr(shell.displayhook, "exec_result", None)
    meta = getattr(getattr(result, "info", None), "cell_meta", None)
    return meta if isinstance(meta, dict) else {}
