"""The background thread that feeds the store from the journal, and the recovery of orphans."""

import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import StoreTooNew
from jupyter_mltrack.journal import (
    AnyRecord,
    JournalReader,
    JournalWriter,
    OwnerLock,
    Position,
    Record,
    backlog,
)
from jupyter_mltrack.journal.lock import LOCK_NAME
from jupyter_mltrack.journal.writer import SEGMENT_BYTES
from jupyter_mltrack.tracking.journals import journals_of
from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

BATCH_SECONDS: Final = 0.05
# Draining takes the interpreter from a cell that logs in a fast loop: better seldom and much.
BURST_SECONDS: Final = 1.0
BURST_BYTES: Final = 20_000
# Many small batches cost most: after one, the drainer rests so many times as long as it worked.
RESTS: Final = 60
GATHERED_BYTES: Final = 16 << 20
# The first use of the store loads its library, which would slow the user's first calls.
SETTLE_SECONDS: Final = 0.15
SETTLED_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 10.0

# Held while a drainer imports the database's library or uses it. A fork waits for it: the child
# would inherit whatever lock (of a module being imported, of the library) another thread holds.
store_work: Final = threading.Lock()

_decode = msgspec.msgpack.Decoder(ev.AnyEvent).decode


class Drainer:
    """Applies one session's journal to the store, in order, exactly once, off the user's thread.

    Whoever appends looks at ``is_idle`` and calls :meth:`rouse` when it is set. ``is_warm`` is set
    once the store was opened for the first time. ``announce_again`` records anew what goes on, for
    a store that lost the beginning.
    """

    def __init__(
        self,
        store_uri: str,
        session_id: str,
        journal: JournalWriter,
        announce_again: Callable[[], None],
    ) -> None:
        self.store_uri = store_uri
        self.session_id = session_id
        self.is_idle = False
        self.is_warm = False
        self.last_error = ""
        self._in_trouble = False
        self._untold = ""
        self._journal = journal
        self._announce_again = announce_again
        self._reader = JournalReader(journal.directory)
        self._drained = Position(1, 0)
        # Flushes wait for this: beyond what is drained there may be a torn record, never completed.
        self._reached = Position(1, 0)
        self._seen = Position(1, 0)
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._progress = threading.Condition()
        self._stopping = False
        self._begins_again = False
        self._worked = 0.0  # seconds of processor time that the last batch took
        self._store: Store | None = None
        self._thread = threading.Thread(target=self._run, name="mltrack-drainer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes of the journal the store does not hold yet."""
        return backlog(self._journal.directory, self._drained)

    def rouse(self) -> None:
        """Say that something was appended."""
        self.is_idle = False
        self._wake.set()

    def flush(self, timeout: float | None = None, *, patient: bool = True) -> bool:
        """Wait until everything appended so far is in the store; False after ``timeout`` s.

        Without ``patient`` a store that fails is not waited for.
        """
        target = self._journal.position
        self._hurry.set()
        self.rouse()

        def is_over() -> bool:
            failed = bool(self.last_error) and not patient
            return self._reached >= target or failed or not self._thread.is_alive()

        with self._progress:
            self._progress.wait_for(is_over, timeout)
            return self._reached >= target

    def take_notice(self) -> str:
        """What the user must be told of the store, once for each trouble; mostly empty."""
        notice, self._untold = self._untold, ""
        return notice

    def _notice(self, text: str) -> None:
        if not self._in_trouble:
            self._in_trouble, self._untold = True, text

    def stop(self, timeout: float) -> bool:
        """Drain what is left for at most ``timeout`` seconds and end the thread.

        A store that fails is not waited for: the journal stays for its next opener.
        """
        drained = self.flush(timeout, patient=False)
        self._stopping = True
        self._hurry.set()
        self.rouse()
        self._thread.join(timeout)
        return drained

    def remove_if_drained(self) -> None:
        """Delete the journal of a closed session once the store holds all of it."""
        if not self._thread.is_alive() and self._reached >= self._journal.position:
            shutil.rmtree(self._journal.directory, ignore_errors=True)

    def _run(self) -> None:
        beat = 0.0
        while not self._stopping:
            if time.monotonic() - beat > HEARTBEAT_SECONDS:
                beat = time.monotonic()
                self._heartbeat()
            if not self._wait_for_records():
                continue
            self._gather()
            self._hurry.clear()
            if not self._drain():
                self._hurry.wait(RETRY_SECONDS)
        self._close_store()

    def _wait_for_records(self) -> bool:
        self._wake.clear()
        # In this order: whoever appends after the look at the journal finds the drainer idle.
        self.is_idle = True
        found = self._stopping or self._hurry.is_set() or bool(self.last_error)
        found = found or self._journal.position != self._seen
        found = found or self._wake.wait(HEARTBEAT_SECONDS)
        self.is_idle = False
        return found

    def _gather(self) -> None:
        """Let records come together to a batch; a flush or stop is not kept waiting by it."""
        if not self.is_warm:
            self._settle()
        elif self._hurry.wait(min(BURST_SECONDS, RESTS * self._worked)):
            return
        start = end = self._journal.position
        deadline = time.monotonic() + BURST_SECONDS
        while not self._hurry.wait(BATCH_SECONDS) and time.monotonic() < deadline:
            before, end = end, self._journal.position
            if _distance(before, end) < BURST_BYTES or _distance(start, end) > GATHERED_BYTES:
                return

    def _settle(self) -> None:
        deadline = time.monotonic() + SETTLED_SECONDS
        before = None
        while not self._hurry.wait(SETTLE_SECONDS) and time.monotonic() < deadline:
            end = self._journal.position
            if end == before:
                return
            before = end

    def _close_store(self) -> None:
        # Opened anew, a store that was deleted or replaced under us is created or migrated again.
        store, self._store = self._store, None
        if store is not None:
            with problems.caught("closing the store"):
                if not self.last_error:
                    store.retry_rejected()
                store.close()

    def _drain(self) -> bool:
        start = time.thread_time()
        with store_work:
            is_done = self._drain_all()
        self._worked = time.thread_time() - start
        return is_done

    def _drain_all(self) -> bool:
        try:
            self._restore_journal()
            store = self._open_store()
            self._seen = self._journal.position
            # What a burst appends meanwhile gathers for the next time.
            while self._reader.position < self._seen and (records := self._reader.read()):
                apply_records(store, self.session_id, records, self._journal.directory)
                if not self._begins_again:
                    self._advance(records[-1].end)
            if self._begins_again:
                # What came before the announcement was kept aside.
                store.retry_rejected()
                self._begins_again = False
            self._advance(self._reader.position, self._seen)
            self._reader.remove_drained(self._drained)
            self._journal.release_drained(self._drained)
        except Exception as error:  # noqa: BLE001 - whatever the store does, the journal keeps all
            with self._progress:
                self.last_error = f"{type(error).__name__}: {error}"
                self._progress.notify_all()
            problems.record("writing to the store", error)
            self._notice(str(error))
            self._reader.position = self._drained
            self._close_store()
            return False
        self.last_error = ""
        self._in_trouble = False
        return True

    def _restore_journal(self) -> None:
        if self._journal.restore_if_gone():
            message = "It was deleted; it was made again, with what this session logged."
            problems.record("finding the store's directory", message)
            self._notice(f"The store's directory: {message}")
            self._close_store()
            self._start_again()

    def _start_again(self) -> None:
        self._reader = JournalReader(self._journal.directory, known=self._reader.series)
        self._drained = self._reached = Position(1, 0)
        # With segments drained before went what said that the session and its runs began.
        self._announce_again()
        self._begins_again = True

    def _open_store(self) -> "Store":
        if self._store is None:
            from jupyter_mltrack.store import open_store

            store = open_store(self.store_uri)
            store.prepare()
            drain_orphans(store, self.store_uri)
            if Position(*store.get_journal_position(self.session_id)) < self._drained:
                # A new one in the place of a damaged one: it gets what the journal still holds.
                self._start_again()
            store.retry_rejected()
            self._store = store
            self.is_warm = True
        return self._store

    def _advance(self, position: Position, reached: Position | None = None) -> None:
        with self._progress:
            self._drained = position
            self._reached = max(self._reached, position, reached or position)
            self._progress.notify_all()

    def _heartbeat(self) -> None:
        with problems.caught("stamping the journal"):
            self._journal.lock.heartbeat()
        if self._store is not None:
            with store_work, problems.caught("recovering journals"):
                drain_orphans(self._store, self.store_uri)
                # Of runs that another session's journal has delivered since.
                self._store.retry_rejected()


def apply_records(
    store: "Store", session_id: str, records: list[AnyRecord], directory: Path
) -> None:
    """Apply records in one transaction; what cannot be decoded is kept aside by the store."""
    batch: list[tuple[ev.Event | None, AnyRecord]] = []
    spooled: list[Path] = []
    for record in records:
        event = _decoded(record) if isinstance(record, Record) else record.points
        if isinstance(event, ev.ArtifactLogged) and event.spool:
            spooled.append(directory / "spool" / event.spool)
        batch.append((event, record))
    store.apply(session_id, batch, spool=directory / "spool")
    for path in spooled:
        path.unlink(missing_ok=True)


def _decoded(record: Record) -> ev.Event | None:
    try:
        event: ev.Event = _decode(record.payload)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None
    return event


def _distance(start: Position, end: Position) -> int:
    return (end.segment - start.segment) * SEGMENT_BYTES + end.offset - start.offset


def drain_orphans(store: "Store", store_uri: str) -> int:
    """Drain the journals whose owner died, end their runs as KILLED; return how many there were.

    Runs of a store without any journal left (its owner died after the last record was drained) are
    ended as well: a session that has not ended lives only while its journal is locked.
    """
    return sum(_drain_if_orphan(store, directory) for directory in journals_of(store_uri))


def _drain_if_orphan(store: "Store", directory: Path) -> bool:
    lock = OwnerLock(directory)
    try:
        if _is_being_made(directory) or not lock.acquire():
            return False
    except FileNotFoundError:
        # Its owner, or another who recovers, removed it since it was listed.
        return False
    except OSError as error:
        problems.record(f"looking at journal {directory.name}", error)
        return False
    try:
        if directory.exists():
            _drain_orphan(store, directory)
            return True
    except StoreTooNew:
        raise
    except FileNotFoundError as error:
        if directory.exists():
            problems.record(f"recovering journal {directory.name}", error)
    except Exception as error:  # noqa: BLE001 - one bad journal must not keep the others
        problems.record(f"recovering journal {directory.name}", error)
    finally:
        lock.release()
    return False


def _is_being_made(directory: Path) -> bool:
    """Whether this may be the moment between making a journal's directory and locking it."""
    if (directory / LOCK_NAME).exists():
        return False
    return time.time() - directory.stat().st_mtime < 5


def _drain_orphan(store: "Store", directory: Path) -> None:
    session_id = directory.name
    last_beat = int((directory / LOCK_NAME).stat().st_mtime * 1000)
    last_write = max(
        (int(path.stat().st_mtime * 1000) for path in directory.glob("*.journal")), default=0
    )
    reader = JournalReader(directory, Position(*store.get_journal_position(session_id)))
    while records := reader.read():
        apply_records(store, session_id, records, directory)
    store.end_session(session_id, max(last_beat, last_write), RunStatus.KILLED)
    shutil.rmtree(directory, ignore_errors=True)
