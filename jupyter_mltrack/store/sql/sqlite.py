"""A store's database as a SQLite file: readers that cannot write, one writer under a lock."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from jupyter_mltrack.errors import MltrackException, StoreDamaged
from jupyter_mltrack.store.blobs import Blobs, LocalBlobs
from jupyter_mltrack.store.sql import files
from jupyter_mltrack.store.sql.engine import refused, translated, unavailable
from jupyter_mltrack.store.sql.pools import LOGGING_NAME
from jupyter_mltrack.store.sql.sqlite_writer import (
    BUSY_MILLISECONDS,
    Identity,
    SqliteWriter,
    identity_of,
)

# A connection reads the planner's statistics once; a new one sees what was analyzed since.
READER_SECONDS: Final = 600
STORE_NAME: Final = "mltrack.db"

_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_UNREADABLE: Final = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY})
_ABOUT_VALUES: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH}
)


class SqliteDatabase:
    """A SQLite file, see :class:`jupyter_mltrack.store.sql.engine.Database`."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.path = Path(uri.removeprefix("sqlite:///"))
        self._writer = SqliteWriter(self.path)
        self._was_written = False
        self._start_reading()

    def _start_reading(self) -> None:
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._reader: Engine | None = None
        self._identity: Identity = None

    def exists(self) -> bool:
        """Whether there is a file with anything in it."""
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
        with translated(self._to_ours), contextlib.ExitStack() as opened:
            try:
                connection = opened.enter_context(_snapshot(self._open_reader()))
            except OperationalError as error:
                if not self._has_left_a_rollback(error):
                    raise
                self._roll_back()
                connection = opened.enter_context(_snapshot(self._open_reader()))
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one transaction and the store's lock; commits at the end.

        Raises
        ------
        StoreUnavailable
            The lock or the database cannot be had; a damaged file was set aside.
        """
        with self._write(self._writer.transaction) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """The same for changes of the schema: no reference is enforced until the end."""
        with self._write(self._writer.migration) as connection:
            yield connection

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """A connection under the store's lock, each statement a transaction: for VACUUM."""
        with self._write(self._writer.maintenance) as connection:
            yield connection

    def open_blobs(self) -> Blobs:
        """The directory of blobs beside the file."""
        name = "blobs" if self.path.name == STORE_NAME else f"{self.path.stem}-blobs"
        return LocalBlobs(self.path.parent / name)

    def get_warnings(self) -> list[str]:
        """What the keeper of this file should know."""
        warnings = []
        kind = files.find_network_filesystem(self.path)
        if kind:
            warnings.append(
                f"{self.path.parent} is on a network file system ({kind}): writing is slower there "
                "and depends on its locks. For a team use a PostgreSQL server."
            )
        if self.exists() and not os.access(self.path, os.W_OK):
            warnings.append(f"{self.path} cannot be written: the store is read-only.")
        return warnings

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        if os.getpid() == self._pid:
            with self._mutex:
                reader, self._reader = self._reader, None
            if reader is not None:
                reader.dispose()
            self._writer.close()

    @contextmanager
    def _write(
        self, open_writer: Callable[[], contextlib.AbstractContextManager[Connection]]
    ) -> Iterator[Connection]:
        with self._writer.locked():
            try:
                with open_writer() as connection:
                    yield connection
                self._was_written = True
            except DBAPIError as error:
                if _code(error) in _DAMAGE and self._is_damaged():
                    raise self._set_aside(error) from error
                raise self._to_ours(error) from error

    def _to_ours(self, error: DBAPIError) -> MltrackException:
        if _code(error) in _DAMAGE:
            return StoreDamaged(f"{self.path} is damaged: {error.orig}.")
        if _code(error) in _ABOUT_VALUES or isinstance(error.orig, sqlite3.DataError):
            return refused(self.uri, error)
        return unavailable(self.uri, error)

    def _open_reader(self) -> Engine:
        if os.getpid() != self._pid:
            self._start_reading()  # a fork must not share connections
        with self._mutex:
            identity = identity_of(self.path)
            if self._reader is None or identity != self._identity:
                if self._reader is not None:
                    self._reader.dispose()
                self._reader = _create_reader(self.path)
                self._identity = identity
            return self._reader

    def _has_left_a_rollback(self, error: OperationalError) -> bool:
        # Without WAL, a writer that died leaves a journal that only a writer may roll back.
        return (
            _code(error) in _UNREADABLE
            and self.path.with_name(f"{self.path.name}-journal").exists()
            and os.access(self.path.parent, os.W_OK)
        )

    def _roll_back(self) -> None:
        with self._writer.locked(), self._writer.transaction():
            pass  # to begin is enough

    def _is_damaged(self) -> bool:
        self._writer.disconnect()
        try:
            with contextlib.closing(_connect_reader(self.path)) as connection:
                (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
                return bool(verdict != "ok")
        except sqlite3.DatabaseError as error:
            return (error.sqlite_errorcode & 0xFF) in _DAMAGE

    def _set_aside(self, error: DBAPIError) -> StoreDamaged:
        # A file we never wrote to and whose name is not ours may be anything of the user's.
        if self.path.name != STORE_NAME and not self._was_written:
            return StoreDamaged(
                f"{self.path} is damaged, or no database ({error.orig}). It was left as it is: "
                "move it away to start a new store there, or name another file."
            )
        try:
            aside = files.set_aside(self.path)
        except OSError as failure:
            return StoreDamaged(f"{self.path} is damaged and cannot be moved: {failure}.")
        return StoreDamaged(
            f"{self.path} was damaged ({error.orig}) and set aside as {aside.name}. A new store "
            "takes its place, with what the journals of living sessions still hold."
        )


def _create_reader(path: Path) -> Engine:
    if os.access(path.parent, os.W_OK):
        engine = create_engine(
            "sqlite://",
            creator=lambda: _connect_reader(path),
            poolclass=QueuePool,
            pool_logging_name=LOGGING_NAME,
            pool_size=4,
            max_overflow=12,
            pool_recycle=READER_SECONDS,
        )
    else:
        # Taken for unchanging while open, so it is opened anew each time.
        engine = create_engine(
            "sqlite://",
            creator=lambda: _connect_read_only(path),
            poolclass=NullPool,
            pool_logging_name=LOGGING_NAME,
        )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")
        # The first look fixes the snapshot; BEGIN alone does not.
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1")

    return engine


def _connect_reader(path: Path, mode: str = "mode=ro") -> sqlite3.Connection:
    # Opened for reading only, a connection never checkpoints, not even when it is the last.
    connection = sqlite3.connect(
        f"{path.as_uri()}?{mode}", uri=True, check_same_thread=False, isolation_level=None
    )
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    return connection


def _connect_read_only(path: Path) -> sqlite3.Connection:
    connection = _connect_reader(path)
    try:
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1")
    except sqlite3.OperationalError as error:
        connection.close()
        if (error.sqlite_errorcode & 0xFF) not in _UNREADABLE or not path.exists():
            raise
        # WAL needs files beside the database, and this directory takes none.
        return _connect_reader(path, "mode=ro&immutable=1")
    return connection


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection, connection.begin():
        yield connection


def _code(error: DBAPIError) -> int:
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
