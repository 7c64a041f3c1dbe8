"""A store's database on a PostgreSQL server: one writer at a time by an advisory lock."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DataError, DBAPIError

from jupyter_mltrack.errors import MltrackException, StoreUnavailable
from jupyter_mltrack.settings import shown_store_uri
from jupyter_mltrack.store.blobs import Blobs, LocalBlobs
from jupyter_mltrack.store.sql.blobs import TableBlobs
from jupyter_mltrack.store.sql.engine import refused, translated, unavailable
from jupyter_mltrack.store.sql.pools import LOGGING_NAME

INSTALL: Final = "pip install 'jupyter_mltrack[postgresql]'"
ARTIFACTS: Final = "artifacts"
"""Parameter of a store's URI that names a directory, shared by all who use it, for its blobs."""

# A server that is down, frozen or cut off must be an error soon, never a hang.
_CONNECT_DEFAULTS: Final[dict[str, str]] = {
    "connect_timeout": "5",
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "mltrack",
}

# Locks belong to a database; two stores in two schemas of one have a lock each. A commit that was
# acknowledged must be on disk: the journal is deleted after it.
_LOCK: Final = "1835822188, hashtext(current_schema())"
_BEGIN_WRITING: Final = """
SET LOCAL lock_timeout = '{patience}s';
SET LOCAL statement_timeout = '{seconds}s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off';
SELECT pg_advisory_xact_lock({lock});
"""
LOCK_SECONDS = 30
_STATEMENT_SECONDS: Final = 60
_MIGRATION_SECONDS: Final = 3600

# SQLSTATE classes that speak of what was written, not of the server: data exception, integrity
# constraint violation, program limit exceeded (a value too long for an index).
_ABOUT_VALUES: Final = ("22", "23", "54")


class PostgresqlDatabase:
    """A PostgreSQL database, see :class:`jupyter_mltrack.store.sql.engine.Database`."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._shown = shown_store_uri(uri)
        self._url, self._artifacts = _split(uri)
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._mutex = threading.Lock()
        self._engine: Engine | None = None
        self._has_schema = False

    def exists(self) -> bool:
        """Whether the database has a schema of ours, or somebody else's of the same name.

        Raises
        ------
        StoreUnavailable
            The server cannot be reached.
        """
        if not self._has_schema or os.getpid() != self._pid:
            with self.reading() as connection:
                found = connection.exec_driver_sql("SELECT to_regclass('alembic_version')")
                self._has_schema = found.scalar() is not None
        return self._has_schema

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that cannot write, within one snapshot.

        Raises
        ------
        StoreUnavailable
            The server cannot be reached, or the connection is lost.
        """
        with translated(self._to_ours):
            engine = self._open().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with engine.connect() as connection, connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection inside one transaction and the store's lock; commits at the end.

        Raises
        ------
        StoreUnavailable
            The server or the lock cannot be had. When this happens during the commit, only the
            position stored with a batch tells whether it was applied.
        """
        with self._write(_STATEMENT_SECONDS) as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """The same for changes of the schema, which may take their time."""
        with self._write(_MIGRATION_SECONDS) as connection:
            yield connection

    @contextmanager
    def maintaining(self) -> Iterator[Connection]:
        """A connection under the store's lock, each statement a transaction: for VACUUM."""
        with translated(self._to_ours):
            engine = self._open().execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_SECONDS}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
                try:
                    yield connection
                finally:
                    # A connection that went wrong takes its lock with it.
                    connection.invalidate()

    def open_blobs(self) -> Blobs:
        """The table of blobs, or the directory the URI names."""
        table = TableBlobs(self.reading)
        return LocalBlobs(Path(self._artifacts), older=table) if self._artifacts else table

    def get_warnings(self) -> list[str]:
        """Nothing: a server has keepers of its own."""
        return []

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        if os.getpid() == self._pid:
            with self._mutex:
                engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose()

    @contextmanager
    def _write(self, seconds: int) -> Iterator[Connection]:
        with translated(self._to_ours):
            # READ COMMITTED: what is read after the lock was taken is what its last holder wrote.
            engine = self._open().execution_options(isolation_level="READ COMMITTED")
            with engine.connect() as connection, connection.begin():
                limits = {"seconds": seconds, "patience": LOCK_SECONDS}
                connection.exec_driver_sql(_BEGIN_WRITING.format(lock=_LOCK, **limits))
                yield connection

    def _open(self) -> Engine:
        if os.getpid() != self._pid:
            if self._engine is not None:
                # The parent's connections: let go of, not closed.
                self._engine.dispose(close=False)
            self._start()
        with self._mutex:
            if self._engine is None:
                self._engine = self._create_engine()
            return self._engine

    def _to_ours(self, error: DBAPIError) -> MltrackException:
        state = getattr(error.orig, "sqlstate", None) or ""
        # The driver finds some values itself (text with a NUL), and has no state for them.
        about_value = isinstance(error, DataError) or state.startswith(_ABOUT_VALUES)
        return (refused if about_value else unavailable)(self.uri, error)

    def _create_engine(self) -> Engine:
        defaults = {k: v for k, v in _CONNECT_DEFAULTS.items() if k not in self._url.query}
        try:
            engine = create_engine(
                self._url,
                connect_args={**defaults, "client_encoding": "utf8"},
                pool_pre_ping=True,
                pool_size=4,
                max_overflow=12,
                pool_logging_name=LOGGING_NAME,
            )
        except ImportError as error:
            raise StoreUnavailable(
                f"The store {self._shown} needs a driver that cannot be loaded ({error}). "
                f"Install it: {INSTALL}"
            ) from error

        @event.listens_for(engine, "connect")
        def check_encoding(connection: Any, _record: object) -> None:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise StoreUnavailable(
                    f"The database of {self._shown} has the encoding {encoding}, which cannot hold "
                    "every text. Make one with: CREATE DATABASE mltrack ENCODING 'UTF8' "
                    "TEMPLATE template0"
                )

        return engine


def _split(uri: str) -> tuple[URL, str]:
    url = make_url(uri).set(drivername="postgresql+psycopg")
    artifacts = url.query.get(ARTIFACTS, "")
    return url.difference_update_query([ARTIFACTS]), str(artifacts)
