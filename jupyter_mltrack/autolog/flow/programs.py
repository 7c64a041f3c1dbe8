"""The source that a frame runs, as a tree in which the call it is making can be found."""

import ast
import functools
import inspect
import linecache
from collections import OrderedDict
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

MAX_PROGRAMS: Final = 64
MAX_SOURCE: Final = 200_000
Position = tuple[int, int, int, int]
"""First line, first column, last line, last column (in bytes) of an expression."""
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SCOPES: Final = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_REPEATING: Final = (
    *(ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


class Place(NamedTuple):
    """Where a statement stands: in this block of statements, at this place in it."""

    block: list[ast.stmt]
    number: int


class Program:
    """A module's, cell's or script's tree, with the way from each node up to it."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.end = ast.Pass()
        """Where all of it has been executed."""
        tree.body.append(self.end)
        self._parents: dict[ast.AST, ast.AST] = {}
        self._places: dict[ast.AST, Place] = {}
        self._calls: dict[Position, ast.Call] = {}
        self.rebound_elsewhere: set[str] = set()
        """Names that functions of the program bind outside of themselves."""
        self.aliases: dict[str, set[str]] = {}
        """Variables that were assigned to a variable, or it to them."""
        self.definitions: dict[Any, Any] = {}
        """What was found out about variables; kept for as long as the program."""
        for parent in ast.walk(tree):
            self._add_children(parent)
            self._add_facts(parent)

    def _add_children(self, parent: ast.AST) -> None:
        for _, value in ast.iter_fields(parent):
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        self._parents[item] = parent
                    if isinstance(item, ast.stmt):
                        self._places[item] = Place(value, index)
            elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context):
                self._parents[value] = parent

    def _add_facts(self, parent: ast.AST) -> None:
        if isinstance(parent, ast.Call):
            for position in self.positions(parent):
                self._calls.setdefault(position, parent)
        elif isinstance(parent, (ast.Global, ast.Nonlocal)):
            self.rebound_elsewhere.update(parent.names)
        elif isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Name):
            self._add_aliases(parent.value.id, parent.targets)

    def _add_aliases(self, variable: str, targets: list[ast.expr]) -> None:
        for target in targets:
            if isinstance(target, ast.Name):
                self.aliases.setdefault(target.id, set()).add(variable)
                self.aliases.setdefault(variable, set()).add(target.id)

    @staticmethod
    def positions(call: ast.Call) -> list[Position]:
        """The positions that the byte code may have for a call."""
        end = (call.end_lineno or 0, call.end_col_offset or 0)
        found = [(call.lineno, call.col_offset, *end)]
        if isinstance(call.func, ast.Attribute):
            found.append((*_name_of(call.func), *end))
        return found

    def find_call(self, position: Position) -> ast.Call | None:
        """The call at a position as the byte code has it."""
        return self._calls.get(position)

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that a node is part of."""
        return self._parents.get(node)

    def place(self, statement: ast.AST) -> Place:
        """The block that a statement stands in."""
        return self._places[statement]

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that a node is part of."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self._parents.get(current)
        return current

    def scope(self, node: ast.AST) -> ast.AST:
        """The function, class or module whose body a node is part of."""
        current = self._parents.get(node)
        while current is not None and not isinstance(current, _SCOPES):
            current = self._parents.get(current)
        return current or self.tree

    def may_repeat(self, node: ast.AST) -> bool:
        """Whether the node may be executed more than once when the program is executed once."""
        current = self._parents.get(node)
        while current is not None:
            if isinstance(current, _REPEATING):
                return True
            current = self._parents.get(current)
        return False


def _name_of(method: ast.Attribute) -> tuple[int, int]:
    # A method called on a later line than its object begins: Python says where its name is.
    column = (method.end_col_offset or 0) - len(method.attr.encode())
    return method.end_lineno or 0, column


@functools.lru_cache(maxsize=4096)
def _position(code: CodeType, instruction: int) -> Position | None:
    for index, found in enumerate(code.co_positions()):
        if index == instruction:
            first, last, start, end = found
            if first is None or last is None or start is None or end is None:
                return None
            return first, start, last, end
    return None


def call_position(frame: FrameType) -> Position | None:
    """The position of the call that a frame is making."""
    return _position(frame.f_code, frame.f_lasti // 2)


def is_module_level(frame: FrameType) -> bool:
    """Whether a frame runs a cell's or a module's own code, not a function's."""
    return not frame.f_code.co_flags & inspect.CO_OPTIMIZED


_programs: Final["OrderedDict[str, tuple[int, int, Program | None]]"] = OrderedDict()


def find_program(filename: str, cell_source: str = "") -> Program | None:
    """The program in a file of this name; None where its source is not to be had.

    ``cell_source`` is the cell that runs, for code that a cell magic such as ``%%time`` runs.
    """
    lines = linecache.getlines(filename)
    if not lines and cell_source.startswith("%%"):
        lines = cell_source.partition("\n")[2].splitlines(keepends=True)
    size = sum(map(len, lines))
    mark = hash(tuple(lines)) if size <= MAX_SOURCE else 0
    known = _programs.get(filename)
    if known is None or known[:2] != (size, mark):
        known = (size, mark, _parse(lines) if 0 < size <= MAX_SOURCE else None)
        _programs[filename] = known
        while len(_programs) > MAX_PROGRAMS:
            _programs.popitem(last=False)
    return known[2]


def parse_cell(source: str) -> Program | None:
    """The program of a cell, in which lines of magics and of the shell count for nothing."""
    lines = [
        f"{line[: len(line) - len(line.lstrip())]}pass\n" if _is_magic(line) else line
        for line in source.splitlines(keepends=True)
    ]
    return _parse(lines)


def _is_magic(line: str) -> bool:
    return line.lstrip()[:1] in ("%", "!", "?") or line.rstrip().endswith("?")


def _parse(lines: list[str]) -> Program | None:
    try:
        return Program(ast.parse("".join(lines)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def forget_programs() -> None:
    """Drop all trees."""
    _programs.clear()
    _position.cache_clear()
