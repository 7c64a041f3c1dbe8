"""The one connection of a process that writes to a SQLite file, and the lock it writes under.

The lock is advisory and covers every commit and every checkpoint of every process, so that no two
of them meet: SQLite before 3.51.3 can lose commits when a checkpoint runs while another connection
commits (the WAL-reset race). Closing the last connection checkpoints too, hence is done under the
lock, or not at all.
"""

import contextlib
import ctypes
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import filelock
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from jupyter_mltrack.errors import StoreUnavailable
from jupyter_mltrack.settings import make_private_directory
from jupyter_mltrack.store.sql import files
from jupyter_mltrack.store.sql.pools import LOGGING_NAME

LOCK_SECONDS = 30.0
CLOSE_SECONDS: Final = 2.0
BUSY_MILLISECONDS: Final = 5000

# When the planner's statistics are made anew: looked at after so many rows written, made when the
# file has grown by half since the last time. Below a megabyte every plan is good.
LOOK_ROWS: Final = 2000
MIN_ANALYZED_PAGES: Final = 256
GROWTH: Final = 1.5
ANALYSIS_LIMIT: Final = 1000

Identity = tuple[int, int] | None

# Connections of writers let go of without close(), by process and path: the next one of the process
# that holds the store's lock closes them. The collector cannot, it may run while a lock is taken.
_left_open: Final[dict[tuple[int, Path], list[Engine]]] = {}


def identity_of(path: Path) -> Identity:
    """Device and inode of a file; a file deleted or replaced under a connection gives no error."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)


class SqliteWriter:
    """Lock and connection; the connection is opened by the first write and kept until closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = filelock.FileLock(f"{self.path}.lock", thread_local=False, mode=0o600)
        # The file lock keeps other processes out; threads that share this object share that lock.
        self._mutex = threading.Lock()
        self._engines: list[Engine] = []  # one or none; outlives this object when that is dropped
        self._identity: Identity = None
        self._looked_at = 0
        weakref.finalize(self, _leave_open, self._pid, self.path, self._engines).atexit = False

    @contextmanager
    def locked(self, patience: float | None = None) -> Iterator[None]:
        """Hold the store's lock.

        Raises
        ------
        StoreUnavailable
            It cannot be had in time, or the directory cannot be written.
        """
        if os.getpid() != self._pid:
            # A connection must not be used, nor closed, in a forked child: it stays as it is.
            self._start()
        seconds = LOCK_SECONDS if patience is None else patience
        if not self._mutex.acquire(timeout=seconds):
            raise StoreUnavailable(f"Another thread has been writing to {self.path} too long.")
        try:
            self._acquire(seconds)
            try:
                for engine in _left_open.pop((self._pid, self.path), ()):
                    engine.dispose()
                yield
            finally:
                self._lock.release()
        finally:
            self._mutex.release()

    def _acquire(self, seconds: float) -> None:
        try:
            make_private_directory(self.path.parent)
            self._lock.acquire(timeout=seconds, poll_interval=0.01)
        except filelock.Timeout:
            raise StoreUnavailable(
                f"Another process has held the lock of {self.path} for {seconds:.0f} s."
            ) from None
        except OSError as error:
            raise StoreUnavailable(f"Cannot write to {self.path.parent}: {error}.") from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection inside one transaction; to be used under the lock."""
        if self._engines and self._identity != identity_of(self.path):
            self.disconnect()
            raise StoreUnavailable(
                f"{self.path} was deleted or replaced; what is written from now on goes to what is "
                "there in its place."
            )
        if not self._engines:
            _prepare_file(self.path)
            self._engines.append(_create_engine(self.path, foreign_keys=True))
            self._identity = identity_of(self.path)
        with self._engines[0].connect() as connection:
            with connection.begin():
                yield connection
            self._keep_plans_good(connection)

    @contextmanager
    def migration(self) -> Iterator[Connection]:
        """The same with a connection of its own in which references may dangle until the end."""
        self.disconnect()
        _prepare_file(self.path)
        engine = _create_engine(self.path, foreign_keys=False)
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise StoreUnavailable(
                        f"The schema of {self.path} cannot be changed: a row of {broken[0]} "
                        f"refers to a missing row of {broken[2]}. Nothing was changed."
                    )
        finally:
            engine.dispose()

    @contextmanager
    def maintenance(self) -> Iterator[Connection]:
        """A connection of its own outside any transaction; to be used under the lock."""
        self.disconnect()
        engine = _create_engine(self.path, foreign_keys=True, begins=False)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    def disconnect(self) -> None:
        """Close the connection; to be called under the lock."""
        self._looked_at = 0
        while self._engines:
            self._engines.pop().dispose()

    def close(self) -> None:
        """Close the connection under the lock; when that cannot be had soon, leave it open."""
        if not self._engines or os.getpid() != self._pid:
            return
        with contextlib.suppress(StoreUnavailable), self.locked(CLOSE_SECONDS):
            if self._engines and self._identity == identity_of(self.path):
                with self._engines[0].connect() as connection:
                    _analyze_if_grown(connection)
            self.disconnect()

    def _keep_plans_good(self, connection: Connection) -> None:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        if driver.total_changes - self._looked_at >= LOOK_ROWS:
            self._looked_at = driver.total_changes
            _analyze_if_grown(connection)


def _leave_open(pid: int, path: Path, engines: list[Engine]) -> None:
    if engines:
        _left_open.setdefault((pid, path), []).extend(engines)


def _prepare_file(path: Path) -> None:
    # SQLite would make it readable for all; what it makes later takes this file's mode.
    try:
        if not path.exists():
            files.make_private_file(path)
    except OSError as error:
        raise StoreUnavailable(f"Cannot write to {path.parent}: {error}.") from error


def _create_engine(path: Path, *, foreign_keys: bool, begins: bool = True) -> Engine:
    # On a network WAL's shared memory is not shared, and commits would be lost.
    journal = "DELETE" if files.find_network_filesystem(path) else "WAL"

    def connect() -> sqlite3.Connection:
        # Transactions are begun below; the driver's own guesses would split DDL from its data.
        connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
            connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            connection.execute(f"PRAGMA journal_mode = {journal}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
        except BaseException:
            connection.close()
            raise
        # One reference too many: only close() closes it, never the collector or the interpreter's
        # end, which hold no lock.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
        return connection

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        pool_logging_name=LOGGING_NAME,
    )

    if begins:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _analyze_if_grown(connection: Connection) -> None:
    """Make the planner's statistics anew when the file grew; they cost some milliseconds.

    ``PRAGMA optimize`` would not: it looks only at tables this very connection has queried.
    The file remembers its size at the last time in ``user_version``.
    """
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    # What was committed is safe; without statistics it is merely slower to find.
    with contextlib.suppress(sqlite3.Error):
        (pages,) = driver.execute("PRAGMA page_count").fetchone()
        (analyzed,) = driver.execute("PRAGMA user_version").fetchone()
        if pages < max(MIN_ANALYZED_PAGES, analyzed * GROWTH):
            return
        driver.execute("BEGIN IMMEDIATE")
        try:
            driver.execute("ANALYZE")
            driver.execute(f"PRAGMA user_version = {pages}")
            driver.execute("COMMIT")
        except BaseException:
            driver.execute("ROLLBACK")
            raise
