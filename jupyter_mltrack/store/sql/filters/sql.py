"""Writing one search as SQL: bound values, and what SQLite and PostgreSQL write differently.

Text rather than SQLAlchemy's expressions, which cost more to build than the search takes. What
comes from a user is bound, never written.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FOLD: Final = str.maketrans(_UPPER, _UPPER.lower())
_GLOB: Final = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


class Sql:
    """The SQL of one search, for the database of a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._values: dict[str, Any] = {}
        self._names: dict[str, str] = {}

    def rows(self, statement: str) -> Sequence[Any]:
        """Rows of a statement with values bound here."""
        return self._connection.exec_driver_sql(statement, self._values).all()

    def numbers(self, statement: str) -> list[int]:
        """The first column of its rows."""
        return [row[0] for row in self.rows(statement)]

    def bind(self, value: Any) -> str:
        """What stands for a value in a statement."""
        name = f"v{len(self._values)}"
        self._values[name] = value
        return f":{name}" if self._is_sqlite else f"%({name})s"

    def bind_all(self, values: Iterable[Any]) -> str:
        """What stands for a list of values, in parentheses."""
        return f"({', '.join(map(self.bind, values))})"

    def name_id(self, name: str) -> str:
        """The number that stands for a key."""
        if name not in self._names:
            self._names[name] = f"(SELECT id FROM names WHERE name = {self.bind(name)})"
        return self._names[name]

    def like(self, column: str, pattern: str) -> str:
        """LIKE that minds letter case: SQLite's does not, its GLOB does."""
        if self._is_sqlite:
            glob = "".join(_GLOB.get(one, one) for one in pattern)
            return f"{column} GLOB {self.bind(glob)}"
        return f"{column} LIKE {self._pattern(pattern)}"

    def ilike(self, column: str, pattern: str) -> str:
        """LIKE without regard to the case of A to Z, which is what SQLite's does."""
        folded = pattern.translate(_FOLD)
        if not self._is_sqlite:
            column = f"translate({column}, '{_UPPER}', '{_UPPER.lower()}')"
        return f"{column} LIKE {self._pattern(folded)}"

    def contains(self, column: str, text: str) -> str:
        """Whether text holds another, letter for letter."""
        function = "instr" if self._is_sqlite else "strpos"
        return f"{function}({column}, {self.bind(text)}) > 0"

    def by_code_point(self, column: str) -> str:
        """Text sorted as SQLite and Python do, which the language of a database may not."""
        return column if self._is_sqlite else f'({column}) COLLATE "C"'

    def unindexed(self, column: str) -> str:
        """A column whose index SQLite shall leave alone: without ANALYZE it guesses badly.

        PostgreSQL keeps statistics itself and is left to choose.
        """
        return f"+{column}" if self._is_sqlite else column

    @property
    def ordered_join(self) -> str:
        """A join that SQLite makes from left to right, as written."""
        return "CROSS JOIN" if self._is_sqlite else "JOIN"

    def _pattern(self, pattern: str) -> str:
        # In a filter nothing escapes a wildcard.
        escaped = pattern.replace("\\", "\\\\")
        return f"{self.bind(escaped)} ESCAPE '\\'"
