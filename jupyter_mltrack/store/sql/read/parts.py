"""Reading much: by many ids, and rows as the driver gives them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Executable

T = TypeVar("T")
IN_LIMIT: Final = 500
FETCHED_AT_ONCE: Final = 500


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split a sequence into pieces that fit one statement."""
    for start in range(0, len(items), IN_LIMIT):
        yield items[start : start + IN_LIMIT]


def fetch(connection: Connection, query: Executable) -> Iterator[Sequence[Any]]:
    """Rows in lists, as the driver's tuples, for columns that need no conversion.

    That costs a third of SQLAlchemy's rows, and lists this short die before Python's collector of
    cycles looks at them.
    """
    result = connection.execute(query)
    cursor = result.cursor
    assert cursor is not None
    try:
        while rows := cursor.fetchmany(FETCHED_AT_ONCE):
            yield rows
    finally:
        result.close()
