"""Parameters a cell sets: the simple assignments of a cell tagged ``parameters``, as text.

papermill's convention: the cell tagged so holds defaults, and the one it injects below (tagged
``injected-parameters``, beginning with ``# Parameters``) replaces some. ``%%mltrack params`` says
the same of a cell without a tag.
"""

import ast
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

INJECTED_TAG: Final = "injected-parameters"
TAGS: Final = frozenset({"parameters", INJECTED_TAG})
INJECTED: Final = "# Parameters\n"
MAX_DEPTH: Final = 5

_MAGIC: Final = re.compile(r"%%mltrack[ \t]+params(?=\s|$)[^\r\n]*")
_PLAIN: Final = (str, int, float, bool, complex, bytes, type(None))


def has_parameters(source: str, tags: Iterable[str], *, is_known: bool) -> bool:
    """Whether a cell sets parameters.

    ``is_known`` when it is a cell of the notebook's document: one that is not, begins as papermill
    begins the cell it injects and only assigns, is that cell, whose tag no client sends.
    """
    if not TAGS.isdisjoint(tags) or _MAGIC.match(source):
        return True
    return not is_known and is_injected(source)


def is_injected(source: str) -> bool:
    """Whether a source has the form of the cell that papermill injects."""
    return source.startswith(INJECTED) and _only_assigns(source)


def read_assignments(source: str) -> dict[str, Any]:
    """Names the cell assigns at its top level, in order, with their literal values.

    ``name = value`` and ``name: type = value``; of a value that is no literal stands
    :data:`NO_LITERAL`. A cell that is not Python, but for magics, assigns nothing.
    """
    assigned: dict[str, Any] = {}
    for statement in _statements(source):
        assigned |= _assigned_by(statement)
    return assigned


class _NoLiteral:
    """Stands for a value that is known only once the cell ran."""


NO_LITERAL: Final = _NoLiteral()


def literal_parameters(source: str) -> dict[str, str]:
    """What can be told before the cell runs: the assignments of literals."""
    known = read_assignments(source)
    return {name: str(value) for name, value in known.items() if value is not NO_LITERAL}


def evaluated_parameters(source: str, namespace: Mapping[str, Any]) -> dict[str, str]:
    """What the names hold after the cell ran, where that is plain; else what was written."""
    found: dict[str, str] = {}
    for name, literal in read_assignments(source).items():
        value = namespace.get(name, NO_LITERAL)
        if is_plain(value):
            found[name] = str(value)
        elif literal is not NO_LITERAL:
            found[name] = str(literal)
    return found


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is a number, a text or the like, or built-in collections of such."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if depth >= MAX_DEPTH:
        return False
    if kind in (list, tuple, set, frozenset):
        return all(is_plain(item, depth + 1) for item in value)
    return kind is dict and all(
        is_plain(key, depth + 1) and is_plain(item, depth + 1) for key, item in value.items()
    )


def _statements(source: str) -> list[ast.stmt]:
    # A line that is IPython's becomes a blank one, so that the rest can be read.
    lines = [
        "" if line.lstrip().startswith(("%", "!", "?")) else line for line in source.splitlines()
    ]
    try:
        return ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _assigned_by(statement: ast.stmt) -> dict[str, Any]:
    targets: list[ast.expr] = []
    value: ast.expr | None = None
    if isinstance(statement, ast.Assign):
        targets, value = statement.targets, statement.value
    elif isinstance(statement, ast.AnnAssign):
        targets, value = [statement.target], statement.value
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    if value is None:
        return {}
    literal = _literal(value)
    return {name: literal for name in names if not name.startswith("_")}


def _literal(value: ast.expr) -> Any:
    try:
        return ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return NO_LITERAL


def _only_assigns(source: str) -> bool:
    assigned = [_assigned_by(statement) for statement in _statements(source)]
    return bool(assigned) and all(found and NO_LITERAL not in found.values() for found in assigned)
