"""Rows of one table during a batch: looked up together, changed in memory, written together."""

import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

from jupyter_mltrack.store.sql.read.parts import parts

Row = dict[str, Any]


class KnownRows:
    """Rows found by a natural key, as dictionaries of all columns; those changed are written back.

    Parameters
    ----------
    table : type[DeclarativeBase]
        The mapped table.
    key : str
        The column they are looked up by.
    """

    def __init__(self, connection: Connection, table: type[DeclarativeBase], key: str) -> None:
        self._connection = connection
        self.table = table
        self._key = table_of(table).c[key]
        self._found: dict[Any, Row | None] = {}
        self._changed: dict[Any, Row] = {}

    def load(self, keys: Iterable[Any]) -> None:
        """Look up several keys with one statement."""
        missing = [key for key in dict.fromkeys(keys) if key and key not in self._found]
        for part in parts(missing):
            self._found |= dict.fromkeys(part)
            rows = self._connection.execute(select(table_of(self.table)).where(self._key.in_(part)))
            self._found |= {row[self._key.name]: dict(row) for row in rows.mappings()}

    def find(self, key: Any) -> Row | None:
        """The row of a key, or None."""
        if key not in self._found:
            self.load([key])
        return self._found.get(key)

    def add(self, key: Any, row: Row) -> None:
        """Take a new row, or an old one that changed, to be written."""
        self._found[key] = self._changed[key] = row

    def change(self, key: Any, row: Row, **values: Any) -> None:
        """Change columns of a row found."""
        row.update(values)
        self._changed[key] = row

    def changed(self) -> Collection[Row]:
        """The rows to be written."""
        return self._changed.values()

    def written(self) -> None:
        """Forget what was to be written."""
        self._changed.clear()


class KnownIds:
    """Row ids found by a natural key.

    Parameters
    ----------
    table : type[DeclarativeBase]
        The mapped table, with a column ``id``.
    key : str
        The column they are looked up by.
    """

    def __init__(self, connection: Connection, table: type[DeclarativeBase], key: str) -> None:
        self._connection = connection
        columns = table_of(table).c
        self._key, self._id = columns[key], columns["id"]
        self._found: dict[str, int | None] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Look up several keys with one statement."""
        missing = [key for key in dict.fromkeys(keys) if key and key not in self._found]
        for part in parts(missing):
            self._found |= dict.fromkeys(part)
            rows = self._connection.execute(select(self._key, self._id).where(self._key.in_(part)))
            self._found.update((key, number) for key, number in rows)

    def find(self, key: str) -> int | None:
        """The row id of a key, or None."""
        if key not in self._found:
            self.load([key])
        return self._found.get(key)

    def add(self, key: str, number: int) -> None:
        """Remember the row id given to a new key."""
        self._found[key] = number


class NewRows:
    """Rows to be written, by primary key: what comes later replaces what came before."""

    def __init__(self) -> None:
        self._rows: dict[type[DeclarativeBase], dict[tuple[Any, ...], Row]] = {}

    def put(self, table: type[DeclarativeBase], row: Row, *key: Any) -> None:
        """Take a row with its primary key's values."""
        self._rows.setdefault(table, {})[key] = row

    def find(self, table: type[DeclarativeBase], *key: Any) -> Row | None:
        """A row that is still to be written, or None."""
        return self._rows.get(table, {}).get(key)

    def discard(self, table: type[DeclarativeBase], *key: Any) -> None:
        """Forget the rows whose primary key begins so."""
        rows = self._rows.get(table, {})
        for found in [one for one in rows if one[: len(key)] == key]:
            del rows[found]

    def take(self, table: type[DeclarativeBase]) -> list[Row]:
        """Hand over the rows of a table."""
        return list(self._rows.pop(table, {}).values())


def upsert(
    connection: Connection, table: type[DeclarativeBase], rows: Collection[Mapping[str, Any]]
) -> None:
    """Insert rows, or replace all columns of those whose primary key is there."""
    if rows:
        connection.execute(_insert(table, connection.dialect.name, True), list(rows))


def insert_absent(
    connection: Connection, table: type[DeclarativeBase], rows: Collection[Mapping[str, Any]]
) -> None:
    """Insert rows, passing over those whose primary key is there."""
    if rows:
        connection.execute(_insert(table, connection.dialect.name, False), list(rows))


def table_of(mapped: type[DeclarativeBase]) -> Table:
    """The table of a mapping."""
    table = mapped.__table__
    assert isinstance(table, Table)
    return table


@functools.cache
def _insert(table: type[DeclarativeBase], dialect: str, replace: bool) -> Any:
    target = table_of(table)
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(target)
    key: Sequence[str] = [column.name for column in target.primary_key]
    rest = [column.name for column in target.c if column.name not in key]
    if not (replace and rest):
        return statement.on_conflict_do_nothing(index_elements=key)
    changed = {name: statement.excluded[name] for name in rest}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)
