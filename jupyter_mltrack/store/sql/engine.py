"""Connections: one engine that reads, one that writes under the store's lock."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import filelock
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from jupyter_mltrack.errors import StoreUnavailable

LOCK_SECONDS: Final = 30.0
BUSY_MILLISECONDS: Final = 5000


class Database:
    """The database file of a store, and who may write to it.

    Every write happens inside :meth:`writing`, under one advisory file lock of the store, so that
    no two writers or checkpoints meet (see the WAL-reset race of SQLite before 3.51.3).
    """

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.path = Path(uri.removeprefix("sqlite:///"))
        self.lock = filelock.FileLock(f"{self.path}.lock", thread_local=False, mode=0o600)
        # The file lock keeps other processes out; threads that share this object share that lock.
        self._mutex = threading.Lock()
        self._reader: Engine | None = None
        self._writer: Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._pid = os.getpid()

    def exists(self) -> bool:
        """Whether there is a database file with anything in it."""
        try:
            return self.path.is_dir() or self.path.stat().st_size > 0
        except OSError:
            return False

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write, within one snapshot.

        Raises
        ------
        StoreUnavailable
            The database cannot be opened or read.
        """
        self._renew()
        with translated(self.uri):
            if self._reader is None:
                self._reader = _create_engine(self.uri, writes=False)
            with self._reader.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one transaction and the store's lock; commits at the end.

        Raises
        ------
        StoreUnavailable
            The lock or the database cannot be had.
        """
        with self.locked():
            self._renew()
            with translated(self.uri):
                if self._writer is None:
                    self._writer = _create_engine(self.uri, writes=True)
                with self._writer.connect() as connection, connection.begin():
                    yield connection

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the store's writer lock.

        Raises
        ------
        StoreUnavailable
            It cannot be had within 30 seconds, or the directory cannot be written.
        """
        with self._mutex:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.lock.acquire(timeout=LOCK_SECONDS, poll_interval=0.01)
            except filelock.Timeout:
                raise StoreUnavailable(
                    f"Another process has held the lock of {self.path} for {LOCK_SECONDS:.0f} s."
                ) from None
            except OSError as error:
                raise StoreUnavailable(f"Cannot write to {self.path.parent}: {error}.") from error
            try:
                yield
            finally:
                self.lock.release()

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        for engine in (self._reader, self._writer):
            if engine is not None:
                engine.dispose()
        self._reader = self._writer = None

    def _renew(self) -> None:
        # A file deleted or replaced under us gives no error; a fork must not share connections.
        if os.getpid() != self._pid:
            for engine in (self._reader, self._writer):
                if engine is not None:
                    engine.dispose(close=False)
            self._reader = self._writer = None
            self._pid = os.getpid()
        try:
            status = self.path.stat()
            identity = (status.st_dev, status.st_ino)
        except OSError:
            identity = None
        if identity != self._identity:
            if self._identity is not None:
                self.close()
            self._identity = identity


def _create_engine(uri: str, *, writes: bool) -> Engine:
    pool: dict[str, Any] = (
        {"poolclass": NullPool}
        if writes
        else {"poolclass": QueuePool, "pool_size": 4, "max_overflow": 12}
    )
    engine = create_engine(uri, connect_args={"check_same_thread": False}, **pool)

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        # Transactions are begun below; the driver's own guesses would split DDL from its data.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA foreign_keys = ON")
        if writes:
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA synchronous = FULL")
        else:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def translated(uri: str) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except OperationalError as error:
        raise StoreUnavailable(f"The store {uri} cannot be used now: {error.orig}.") from error
    except DBAPIError as error:
        raise StoreUnavailable(f"The store {uri} is damaged or in use: {error.orig}.") from error
