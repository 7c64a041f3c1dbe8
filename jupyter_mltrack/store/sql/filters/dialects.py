"""What SQLite and PostgreSQL write differently."""

import functools
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import Join

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class CaseLike(FunctionElement[bool]):
    """LIKE that minds letter case: SQLite's does not, its GLOB does."""

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: Any, pattern: str) -> None:
        super().__init__(column, *_patterns(pattern))


@compiles(CaseLike)
def _compile_like(element: CaseLike, compiler: Any, **kw: Any) -> str:
    column, pattern, _ = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '\\')"


@compiles(CaseLike, "sqlite")
def _compile_glob(element: CaseLike, compiler: Any, **kw: Any) -> str:
    column, _, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} GLOB {pattern})"


@functools.lru_cache(maxsize=64)
def _patterns(pattern: str) -> tuple[str, str]:
    """Write a LIKE pattern, in which nothing escapes, for LIKE ... ESCAPE and for GLOB."""
    glob = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}
    return pattern.replace("\\", "\\\\"), "".join(glob.get(one, one) for one in pattern)


class FoldedLike(FunctionElement[bool]):
    """LIKE without regard to the case of A to Z, which is what SQLite's does."""

    type = sa.Boolean()
    inherit_cache = True

    def __init__(self, column: Any, pattern: str) -> None:
        folded = pattern.translate(str.maketrans(_UPPER, _UPPER.lower()))
        super().__init__(column, folded.replace("\\", "\\\\"))


@compiles(FoldedLike)
def _compile_folded(element: FoldedLike, compiler: Any, **kw: Any) -> str:
    column, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(translate({column}, '{_UPPER}', '{_UPPER.lower()}') LIKE {pattern} ESCAPE '\\')"


@compiles(FoldedLike, "sqlite")
def _compile_folded_sqlite(element: FoldedLike, compiler: Any, **kw: Any) -> str:
    column, pattern = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} LIKE {pattern} ESCAPE '\\')"


class Contains(FunctionElement[bool]):
    """Whether text holds another, letter for letter."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(Contains)
def _compile_contains(element: Contains, compiler: Any, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(strpos({column}, {text}) > 0)"


@compiles(Contains, "sqlite")
def _compile_contains_sqlite(element: Contains, compiler: Any, **kw: Any) -> str:
    column, text = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(instr({column}, {text}) > 0)"


class ByCodePoint(FunctionElement[str]):
    """Text sorted by code points, as SQLite and Python do and a database's language may not."""

    type = sa.Text()
    inherit_cache = True


@compiles(ByCodePoint)
def _compile_by_code_point(element: ByCodePoint, compiler: Any, **kw: Any) -> str:
    return f'({compiler.process(element.clauses, **kw)}) COLLATE "C"'


@compiles(ByCodePoint, "sqlite")
def _compile_by_code_point_sqlite(element: ByCodePoint, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


class Unindexed(FunctionElement[Any]):
    """A column whose index SQLite shall leave alone: without ANALYZE it guesses, and often badly.

    PostgreSQL keeps its statistics itself and is left to choose.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unindexed)
def _compile_unindexed(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(Unindexed, "sqlite")
def _compile_unindexed_sqlite(element: Unindexed, compiler: Any, **kw: Any) -> str:
    return f"+{compiler.process(element.clauses, **kw)}"


class OrderedJoin(Join):
    """A join that SQLite makes from left to right, as written."""

    inherit_cache = True


@compiles(OrderedJoin)
def _compile_join(element: OrderedJoin, compiler: Any, **kw: Any) -> str:
    return str(compiler.visit_join(element, **kw))


@compiles(OrderedJoin, "sqlite")
def _compile_cross_join(element: OrderedJoin, compiler: Any, **kw: Any) -> str:
    return str(compiler.visit_join(element, **kw)).replace(" JOIN ", " CROSS JOIN ", 1)
