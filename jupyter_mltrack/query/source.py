"""The source of a cell as Python: magics and shell lines are found and put aside.

Positions stay those of the source, so that what a syntax tree finds can be changed in the text.
"""

import ast
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

PYTHON_BODIES: Final = frozenset({"time", "capture", "mltrack", "prun", "timeit"})
"""Cell magics that run the rest of their cell as Python."""

ASIDES: Final = frozenset(
    {
        "runs", "show", "compare", "diff", "export", "restore", "rerun", "verify", "status",
        "doctor", "help",
    }
)  # fmt: skip
"""Commands of ``%mltrack`` that have no part in what a notebook computes."""
_ASIDE_LINE: Final = re.compile(rf"%mltrack\s+(?:{'|'.join(sorted(ASIDES))})\b")


class Magic(msgspec.Struct, frozen=True, kw_only=True):
    """What is no Python in a cell: lines ``start`` to ``end`` (from 0, ``end`` not included).

    ``kind`` is ``cell`` (``%%name``, all of the cell unless it runs Python), ``line`` (``%name``),
    ``shell`` (``!command``), ``help`` (``name?``). ``prefix`` is what stands before it on its first
    line: the indentation, or ``x =`` of a magic whose value is assigned. ``text`` is without it.
    """

    kind: str
    start: int
    end: int
    prefix: str
    text: str

    @property
    def name(self) -> str:
        """The name of the magic; empty for shell commands and help."""
        word = self.text.lstrip("%").split(None, 1)[:1] if self.text.startswith("%") else []
        return word[0] if word else ""

    @property
    def argument(self) -> str:
        """What follows the name on the first line."""
        line = self.text.split("\n", 1)[0].lstrip("%").split(None, 1)
        return line[1].strip() if len(line) > 1 else ""

    @property
    def is_assigned(self) -> bool:
        """Whether its value gets a name."""
        return bool(self.prefix.strip())


def parse_source(source: str) -> ast.Module | None:
    """The syntax tree of a cell, magics left out; None when it is no Python."""
    tree = _parse(source)
    return tree if tree is not None else _parse(replace_magics(source, _placeholder))


def replace_magics(source: str, replacement: Callable[[Magic], str]) -> str:
    """The source with each magic replaced; the replacement's lines are made as many as it had."""
    lines = source.split("\n")
    for magic in find_magics(source):
        new = (magic.prefix + replacement(magic)).split("\n")
        lines[magic.start : magic.end] = new + [""] * (magic.end - magic.start - len(new))
    return "\n".join(lines)


def find_magics(source: str) -> list[Magic]:
    """Magics, shell commands and help of a cell, the last first; none when it is plain Python."""
    if _parse(source) is not None:
        return []
    lines = source.split("\n")
    found: list[Magic] = []
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines[first].startswith("%%"):
        magic = _cell_magic(lines, first)
        found.append(magic)
        if magic.end == len(lines) and first + 1 < len(lines):
            return found
        lines[first : magic.end] = [""]
    return sorted([*found, *_find_in_lines(lines)], key=lambda magic: -magic.start)


def is_aside(source: str) -> bool:
    """Whether a cell only looks at runs or makes them again, by :data:`ASIDES`."""
    lines = [line.strip() for line in source.splitlines()]
    commands = [line for line in lines if line and not line.startswith("#")]
    return bool(commands) and all(_ASIDE_LINE.match(line) for line in commands)


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is a value written out."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _parse(source: str) -> ast.Module | None:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(source, "<cell>", "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return None
    return tree if isinstance(tree, ast.Module) else None


def _placeholder(magic: Magic) -> str:
    if magic.kind == "cell" and not magic.prefix:
        return ""
    return "None" if magic.is_assigned else "pass"


def _cell_magic(lines: Sequence[str], first: int) -> Magic:
    name = lines[first].lstrip("%").split(None, 1)[:1]
    whole = not name or name[0] not in PYTHON_BODIES
    end = len(lines) if whole else first + 1
    text = "\n".join(lines[first:end])
    return Magic(kind="cell", start=first, end=end, prefix="", text=text)


def _find_in_lines(lines: Sequence[str]) -> list[Magic]:
    """Those that IPython would find, found as IPython does, which knows strings from code."""
    left = [f"{line}\n" for line in lines]
    found: list[Magic] = []
    for _ in range(len(left)):
        magic = _next(left)
        if magic is None:
            break
        found.append(magic)
        blank = magic.prefix + _placeholder(magic) + "\n"
        left[magic.start : magic.end] = [blank] + ["\n"] * (magic.end - magic.start - 1)
    return found


def _next(lines: list[str]) -> Magic | None:
    from IPython.core import inputtransformer2 as transformer

    tokens = transformer.make_tokens_by_line(lines)
    finders: tuple[Any, ...] = (
        transformer.MagicAssign,
        transformer.SystemAssign,
        transformer.EscapedCommand,
        transformer.HelpEnd,
    )
    for finder in finders:
        try:
            one = finder.find(tokens)
        except SyntaxError:
            continue
        if one is not None:
            return _to_magic(lines, one, is_help=finder is transformer.HelpEnd)
    return None


def _to_magic(lines: list[str], found: Any, *, is_help: bool) -> Magic:
    from IPython.core.inputtransformer2 import find_end_of_continued_line

    start, column = found.start_line, found.start_col
    end = start + 1 if is_help else find_end_of_continued_line(lines, start) + 1
    first = lines[start]
    if is_help:
        column = len(first) - len(first.lstrip())
    text = "".join([first[column:], *lines[start + 1 : end]]).rstrip("\n")
    kind = "help" if is_help or text.startswith("?") else "shell" if text[:1] == "!" else "line"
    return Magic(kind=kind, start=start, end=end, prefix=first[:column], text=text)
