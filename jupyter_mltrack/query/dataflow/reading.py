"""The source of a cell as statements with their effects."""

import ast
import functools
import itertools
import re
import shlex
import warnings
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from jupyter_mltrack.entities.notebook import is_not_stored
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.certain import firm_text, may_swallow
from jupyter_mltrack.query.dataflow.effects import Effects, find_effects
from jupyter_mltrack.query.dataflow.plain import is_main_guard, normalise
from jupyter_mltrack.query.dataflow.raising import RISKY, SAFE, find_risk

REDACTED: Final = "[redacted]"
_CELL_MAGIC: Final = re.compile(r"\s*%%(\w+)[ \t]*([^\n]*)\n?")
_FLAGS: Final = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Statement(NamedTuple):
    """One statement of a cell: ``text`` is the same for code that differs in layout alone.

    ``firm`` is the text without what may not run. ``line`` is that of its first line in the cell,
    from 1. ``risk`` is that of :func:`~.raising.find_risk`.
    """

    text: str
    line: int
    end_line: int
    effects: Effects
    redacted: bool
    firm: str
    risk: int


class Reading(NamedTuple):
    """A cell as it was read; ``unreadable`` says why it could not be, else empty."""

    statements: tuple[Statement, ...]
    unreadable: str = ""


@functools.lru_cache(4096)
def read_cell(source: str) -> Reading:
    """Read a cell; of one that is no Python, one statement that may do anything."""
    if is_not_stored(source):
        return _opaque(source, "it is private, and not stored")
    try:
        found = list(_statements(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _opaque(source, "it cannot be read as Python")
    return Reading(tuple(found))


def _opaque(source: str, why: str) -> Reading:
    statement = Statement(
        source, 1, source.count("\n") + 1, Effects(opaque=why), False, source, RISKY
    )
    return Reading((statement,), why)


def _statements(source: str) -> Iterator[Statement]:
    body, skipped, special = _without_cell_magic(source)
    if special is not None:
        end = source.count("\n") + 1
        risk = RISKY if special.opaque or special.outside else SAFE
        yield Statement(source, 1, end, special, REDACTED in source, source, risk)
    if body is None:
        return
    for node in _flatten(_parse(body)):
        text = ast.dump(normalise(node))
        yield Statement(
            text,
            node.lineno + skipped,
            (node.end_lineno or node.lineno) + skipped,
            find_effects(node),
            REDACTED in text,
            firm_text(node, text),
            find_risk(node),
        )


def _without_cell_magic(source: str) -> tuple[str | None, int, Effects | None]:
    """The code of a cell, the lines left out above it, and what its cell magic does besides."""
    match = _CELL_MAGIC.match(source)
    if match is None:
        return source, 0, None
    name, arguments = match.groups()
    body = source[match.end() :]
    skipped = source[: match.end()].count("\n")
    if name in knowledge.BODY_CELL_MAGICS:
        words = _words(arguments)
        bound = [word for word in words[:1] if name == "capture" and word.isidentifier()]
        inner, more, special = _without_cell_magic(body)
        if special is None and bound:
            special = Effects(binds=dict.fromkeys(bound, True))
        return inner, skipped + more, special
    if name in knowledge.SHOWING_CELL_MAGICS:
        return None, 0, None
    if name in knowledge.OUTSIDE_MAGICS:
        words = _words(arguments)
        names = [v for k, v in itertools.pairwise(words) if k in ("--out", "--err")]
        return None, 0, Effects(binds=dict.fromkeys(names, True), outside="rw")
    return None, 0, Effects(opaque=f"%%{name} may do anything")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _parse(body: str) -> list[ast.stmt]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = compile(body, "<cell>", "exec", _FLAGS, dont_inherit=True)
        except SyntaxError:
            code = _transformer().transform_cell(body)
            tree = compile(code, "<cell>", "exec", _FLAGS, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree.body


@functools.cache
def _transformer() -> Any:
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager()  # type: ignore[no-untyped-call]


def _flatten(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in the order they run; those surely run inside others stand for themselves."""
    for node in body:
        if isinstance(node, ast.With | ast.AsyncWith) and not may_swallow(node):
            head = type(node)(items=node.items, body=[ast.Pass()], type_comment=None)
            yield ast.copy_location(head, node.items[0].context_expr)
            yield from _flatten(node.body)
        elif is_main_guard(node):
            yield from _flatten(node.body)
        elif (code := _measured(node)) is not None:
            yield from (ast.copy_location(inner, node) for inner in _flatten(_parse(code)))
        else:
            yield node


def _measured(node: ast.stmt) -> str | None:
    """The code that ``%time`` runs."""
    value = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Attribute):
        return None
    if value.func.attr != "run_line_magic" or len(value.args) != 2:
        return None
    name, code = (one.value if isinstance(one, ast.Constant) else None for one in value.args)
    return code if name == "time" and isinstance(code, str) else None
