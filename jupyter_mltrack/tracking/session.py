"""A session: one life of a kernel or script with tracking on, and its journal."""

import atexit
import getpass
import os
import platform
import sys
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from jupyter_mltrack import settings
from jupyter_mltrack.entities import Environment, RunStatus, Session
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import JournalUnavailable
from jupyter_mltrack.journal import JournalWriter
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.drainer import Drainer, store_work
from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.active import ActiveRun

EXIT_DRAIN_SECONDS: Final = 3.0
REMEMBERED_RUNS: Final = 50
# Right after a session began, its drainer loads the database's library, once.
FORK_WAIT_SECONDS: Final = 5.0

_OF_A_CELL: Final = (
    ev.RevisionSeen,
    ev.RevisionChanged,
    ev.CellOutput,
    ev.CellOutputsCleared,
    ev.CellEnded,
)

_encode = msgspec.msgpack.Encoder().encode


class TrackingSession:
    """What this process writes to one store.

    Raises
    ------
    JournalUnavailable
        The journal's directory cannot be written.
    """

    def __init__(self, store_uri: str, facts: dict[str, Any] | None = None) -> None:
        self.store_uri = store_uri
        self.session_id = uuid.uuid4().hex
        self.user = _user_name()
        self.experiment = ""
        self.parameters: dict[str, str] = {}
        """The notebook's, which every run that starts carries; replaced, never changed."""
        self.announcements = 0
        """How often the store was lost: what was written before may be in none."""
        self.open_runs: dict[str, ActiveRun] = {}
        # Those that ended last: what a store that is replaced at this moment may never have seen.
        self.ended_runs: deque[ActiveRun] = deque(maxlen=REMEMBERED_RUNS)
        self.before_flush: list[Callable[[], None]] = []
        """Called once, before it is waited for what was written or the session ends."""
        self._is_closed = False
        self._gathered: dict[int, list[bytes]] = {}
        self._clock = threading.Lock()
        self._last_start = 0
        self.journal = _open_journal(store_uri, self.session_id)
        self.drainer = Drainer(store_uri, self.session_id, self.journal, self.announce_again)
        self.facts = Session(
            session_id=self.session_id,
            start_time=now_ms(),
            pid=os.getpid(),
            host=platform.node(),
            user=self.user,
            python_version=platform.python_version(),
        )
        self._environment: Environment | None = None
        self.update_facts(**(facts or {}))

    def new_start_time(self) -> int:
        """The present (ms) for a run that starts; never twice the same: runs have an order."""
        with self._clock:
            self._last_start = max(now_ms(), self._last_start + 1)
            return self._last_start

    def write(self, event: ev.Event) -> None:
        """Append an event to the journal; when this returns it is safe.

        Raises
        ------
        JournalUnavailable
            Nothing can be appended now.
        """
        if self.journal.is_abandoned:
            get_session().write(event)
            return
        if self._is_closed and isinstance(event, _OF_A_CELL):
            # The cell that chose another store: for this one it ended with the session.
            return
        record = _encode(event)
        if self._gathered:
            gathered = self._gathered.get(threading.get_ident())
            if gathered is not None:
                gathered.append(record)
                return
        self._append((record,))

    def _append(self, records: Iterable[bytes]) -> None:
        self.journal.append_all(records)
        if self.drainer.is_idle:
            self.drainer.rouse()

    def together(self) -> "Together":
        """A block at the end of which all that this thread writes in it is appended at once."""
        return Together(self)

    def append_gathered(self) -> None:
        """Append now what this thread gathered; what it writes from now on, each by itself."""
        if self._gathered:
            gathered = self._gathered.get(threading.get_ident())
            try:
                self._gathered.pop(threading.get_ident(), None)
            finally:
                if gathered and not self.journal.is_abandoned:
                    self._append_list(gathered)

    def _append_list(self, gathered: list[bytes]) -> None:
        records = tuple(gathered)
        try:
            self._append(records)
        except KeyboardInterrupt:
            # Whether or not they were written: these events may come twice, but not be missing.
            self._append(records)
            raise

    def write_artifact(
        self, run_id: str, path: str, content: bytes, media_type: str, execution_id: str = ""
    ) -> None:
        """Append a file of a run, spooled beside the journal when it is large."""
        if self.journal.is_abandoned:
            get_session().write_artifact(run_id, path, content, media_type, execution_id)
            return
        spool = ""
        if len(content) > ev.MAX_INLINE_BYTES:
            spool, content = self.journal.spool(content), b""
        self.write(ev.ArtifactLogged(run_id, path, media_type, content, spool, execution_id))

    def update_facts(self, environment: Environment | None = None, **facts: Any) -> None:
        """Record what became known of the session (notebook, front end, environment, git)."""
        if environment is not None:
            self._environment = environment
            facts["environment"] = environment.digest
        self.facts = msgspec.structs.replace(self.facts, **facts)
        self.write(ev.SessionStarted(self.facts, environment))

    def announce_again(self) -> None:
        """Record anew, for a store in the place of a lost one, what goes on: session and runs."""
        self.announcements += 1
        self.write(ev.SessionStarted(self.facts, self._environment))
        for run in [*self.ended_runs, *self.open_runs.values()]:
            run.announce_again()

    def stop_tracking(self) -> None:
        """Record that the session lives on untracked."""
        self.facts = msgspec.structs.replace(self.facts, tracking=False)
        self.write(ev.TrackingStopped(self.session_id, now_ms()))

    def flush(self, timeout: float | None = None, *, patient: bool = True) -> bool:
        """Wait until the store holds all written so far; False when ``timeout`` (s) passed.

        Without ``patient`` a store that fails is not waited for.
        """
        self._complete()
        self.append_gathered()
        return self.drainer.flush(timeout, patient=patient)

    def _complete(self) -> None:
        while self.before_flush:
            with problems.caught("completing what was written"):
                self.before_flush.pop()()

    def close(self, timeout: float = EXIT_DRAIN_SECONDS) -> None:
        """End the session; what could not be drained in time waits for the store's next opener."""
        for cell in list(cells.cells_by_thread.values()):
            if cell.session is self:
                cells.complete_cell(cell)
        self._complete()
        for run in list(self.open_runs.values()):
            with problems.caught("ending a run with its session"):
                # Inside a with block or a library's call the code was cut off; a run opened without
                # one ends here.
                was_cut_off = run.entered or run.origin not in ("user", "client")
                run.end(RunStatus.KILLED if was_cut_off else RunStatus.FINISHED)
        with problems.caught("closing the session"):
            self.write(ev.SessionEnded(self.session_id, now_ms()))
            self._is_closed = True
        with problems.caught("draining the journal"):
            self.drainer.stop(timeout)
        with problems.caught("closing the journal"):
            self.journal.close()
            self.drainer.remove_if_drained()

    def abandon_in_child(self) -> None:
        """After a fork: what is written through this object goes to the child's own session."""
        self.journal.abandon_in_child()

    def living(self) -> "TrackingSession":
        """The session to write to: another one in a process that was forked from this one's."""
        return get_session() if self.journal.is_abandoned else self


class Together:
    """A block whose events are appended by one write, when it ends: however it ends.

    Each append alone costs a call of the system, and in a loop there are a thousand of each. A
    block within another one is part of it.

    Raises
    ------
    JournalUnavailable
        Nothing can be appended; none of the events is.
    """

    __slots__ = ("_is_outer", "_session")

    def __init__(self, session: TrackingSession) -> None:
        self._session = session
        self._is_outer = False

    def __enter__(self) -> Self:
        thread = threading.get_ident()
        if thread not in self._session._gathered:
            self._is_outer = True
            self._session._gathered[thread] = []
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_outer:
            self._session.append_gathered()


def _open_journal(store_uri: str, session_id: str) -> JournalWriter:
    try:
        return JournalWriter(settings.journal_directory(store_uri) / session_id)
    except JournalUnavailable as error:
        # Nothing is lost for want of the store's directory; once back, it takes the journal in.
        problems.record("writing beside the store", error.message)
        return JournalWriter(settings.spare_journal_directory(store_uri) / session_id)


_lock = threading.RLock()
_session: TrackingSession | None = None
_store_uri: str | None = None
_opening: list[Callable[[], dict[str, Any]]] = []


def store_uri() -> str:
    """URI of the store in use, or to be used by the first write."""
    return _store_uri or (_session.store_uri if _session else settings.default_store_uri())


def is_store_chosen() -> bool:
    """Whether this process was told which store to use."""
    return _store_uri is not None


def find_session() -> TrackingSession | None:
    """The open session of this process, or None."""
    return _session


def get_session() -> TrackingSession:
    """The session of this process, opened when there is none yet.

    Raises
    ------
    JournalUnavailable
        The journal cannot be written.
    """
    global _session
    if _session is None:
        with _lock:
            if _session is None:
                facts: dict[str, Any] = {}
                for provider in _opening:
                    with problems.caught("describing the session"):
                        facts |= provider()
                _session = TrackingSession(store_uri(), facts)
    return _session


def on_open(provider: Callable[[], dict[str, Any]]) -> None:
    """Register who knows facts of a session about to open (fields of :class:`Session`)."""
    if provider not in _opening:
        _opening.append(provider)


def use_store(uri: str | None) -> str:
    """Write to another store from now on; the open session is ended. None: the default again.

    Raises
    ------
    InvalidParameterValue
        The URI's scheme is none we know.
    """
    global _store_uri
    chosen = settings.normalize_store_uri(uri) if uri else None
    with _lock:
        if _session is not None and _session.store_uri != chosen:
            close_session()
        _store_uri = chosen
    return store_uri()


def close_session(timeout: float = EXIT_DRAIN_SECONDS) -> None:
    """End the open session, if there is one."""
    global _session
    with _lock:
        session, _session = _session, None
    if session is not None:
        session.close(timeout)


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


_holds_store_work = False


def _wait_before_fork() -> None:
    # The child may log to the parent's runs, and the store must know them by then.
    global _holds_store_work
    session = _session
    if session is not None:
        with problems.caught("draining before a fork"):
            session.drainer.flush(FORK_WAIT_SECONDS, patient=False)
    _holds_store_work = store_work.acquire(timeout=FORK_WAIT_SECONDS)


def _go_on_after_fork() -> None:
    if _holds_store_work:
        store_work.release()


def _forget_after_fork() -> None:
    # As the standard library does with its own: whoever held it does not exist here.
    store_work._at_fork_reinit()  # type: ignore[attr-defined]
    # The child shares the parent's descriptors; what it logs goes to a session of its own.
    global _session, _lock
    _lock = threading.RLock()
    session, _session = _session, None
    cells.forget_cells()
    if session is not None:
        with problems.caught("leaving the session after a fork"):
            session.abandon_in_child()


def _close_at_exit() -> None:
    session = _session
    with problems.caught("closing the session at exit"):
        close_session()
    if session is not None and session.drainer.last_error and session.drainer.backlog:
        sys.stderr.write(
            f"mltrack: {settings.shown_store_uri(session.store_uri)} did not take in everything: "
            f"{session.drainer.backlog} bytes wait in {session.journal.directory}, and go in when "
            f"the store is opened next. {session.drainer.last_error}\n"
        )


atexit.register(_close_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_wait_before_fork,
        after_in_parent=_go_on_after_fork,
        after_in_child=_forget_after_fork,
    )

__all__ = [
    "TrackingSession",
    "close_session",
    "find_session",
    "get_session",
    "on_open",
    "store_uri",
    "use_store",
]
