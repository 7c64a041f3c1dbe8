"""What a store needs of its database: connections that read, and one writer at a time.

:func:`open_database` picks the implementation: a SQLite file or a PostgreSQL server.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from jupyter_mltrack import settings
from jupyter_mltrack.errors import InvalidParameterValue, MltrackException, StoreUnavailable
from jupyter_mltrack.store.blobs import Blobs


class Database(Protocol):
    """A database; its methods may be called from any thread, and in a forked child.

    Whatever goes wrong with the database itself is raised as StoreUnavailable; what it refuses
    about a single value (a number too large, a broken constraint) as InvalidParameterValue.
    """

    uri: str

    def exists(self) -> bool:
        """Whether there is anything in it."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection that cannot write, within one snapshot."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection inside one transaction and the store's lock; commits at the end."""
        ...

    def migrating(self) -> AbstractContextManager[Connection]:
        """The same for changes of the schema: tables may be dropped and made again."""
        ...

    def maintaining(self) -> AbstractContextManager[Connection]:
        """A connection under the store's lock, each statement a transaction: for VACUUM."""
        ...

    def open_blobs(self) -> Blobs:
        """Where the bytes of this store are."""
        ...

    def get_warnings(self) -> list[str]:
        """What its keeper should know, sentences; empty when all is well."""
        ...

    def close(self) -> None:
        """Close all connections; the next use opens new ones."""
        ...


def open_database(uri: str) -> Database:
    """The database of a normalized URI; nothing is opened yet."""
    if settings.is_server_uri(uri):
        from jupyter_mltrack.store.sql.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(uri)
    from jupyter_mltrack.store.sql.sqlite import SqliteDatabase

    return SqliteDatabase(uri)


@contextmanager
def translated(to_ours: Callable[[DBAPIError], MltrackException]) -> Iterator[None]:
    """Turn the driver's errors into ours."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise InvalidParameterValue(
            f"{error.object[:80]!r} contains a lone surrogate, which is not valid text."
        ) from None
    except DBAPIError as error:
        if _is_of_no_type(error):
            raise InvalidParameterValue(
                f"A value is of no type to ask for: {error.orig}."
            ) from error
        raise to_ours(error) from error


def _is_of_no_type(error: DBAPIError) -> bool:
    """Whether the driver could not even hand a value over: a tuple where a text belongs."""
    return type(error.orig).__name__ in ("ProgrammingError", "InterfaceError") and (
        "binding parameter" in str(error.orig) or "cannot adapt" in str(error.orig)
    )


def refused(uri: str, error: DBAPIError) -> InvalidParameterValue:
    """Our error for a value that the database does not take."""
    place = settings.shown_store_uri(uri)
    return InvalidParameterValue(f"The store {place} refuses a value: {_reason(error)}.")


def unavailable(uri: str, error: DBAPIError) -> StoreUnavailable:
    """Our error for a database that cannot be used."""
    place = settings.shown_store_uri(uri)
    return StoreUnavailable(f"The store {place} cannot be used now: {_reason(error)}.")


def _reason(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split()).rstrip(".")
