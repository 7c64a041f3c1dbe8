"""What a name stood for at a statement: the expression assigned to it, by the code alone.

One walks back from the statement through what was executed before it for certain. An assignment
that always happened answers the question; anything that may have bound the name leaves it open
(:data:`UNCLEAR`). What changed the value in place on the way is told along with it.
"""

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from jupyter_mltrack.autolog.flow.programs import Program
from jupyter_mltrack.autolog.flow.purity import words


class Name(NamedTuple):
    """A variable, or with ``key`` a column of it: ``df`` or ``df['p']``."""

    variable: str
    key: str | None = None


class Change(NamedTuple):
    """Something that may have changed a value in place: ``sources`` went into it.

    ``functions`` were given the value, and may only have read it.
    """

    at: ast.AST
    sources: tuple[ast.expr, ...]
    functions: tuple[ast.expr, ...]


class Definition(NamedTuple):
    """Where a value came from: ``expression``, evaluated ``at`` a statement.

    Without them it came from outside of the scope (a parameter, another cell), or, with ``loop``,
    was the present item of that loop.
    """

    expression: ast.expr | None = None
    at: ast.stmt | None = None
    changes: tuple[Change, ...] = ()
    loop: ast.AST | None = None
    is_clear: bool = True


UNCLEAR: Final = Definition(is_clear=False)
_BODIES: Final = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)


def find_definition(program: Program, name: Name, at: ast.stmt) -> Definition:
    """What ``name`` stood for when the statement ``at`` began."""
    found = program.definitions.get((name, at))
    if found is None:
        found = program.definitions[name, at] = _search(program, name, at)
    return found


def _search(program: Program, name: Name, at: ast.stmt) -> Definition:
    if name.variable in program.rebound_elsewhere or _binds(at, name.variable, _WALRUS):
        return UNCLEAR
    aliases = program.aliases.get(name.variable, ())
    if any(next(_changes(program.tree, Name(alias)), None) for alias in aliases):
        return UNCLEAR
    changes: list[Change] = []
    node: ast.stmt = at
    while True:
        block, number = program.place(node)
        for statement in reversed(block[:number]):
            effect = _effect(statement, name)
            if isinstance(effect, Definition):
                return effect._replace(changes=tuple(changes)) if effect.is_clear else UNCLEAR
            changes += effect
        parent = program.parent(node)
        if isinstance(parent, _BODIES):
            return Definition(changes=tuple(changes))
        outcome = UNCLEAR if parent is None else _leave(parent, name, tuple(changes))
        if outcome is not None:
            return outcome
        # Around an `except` clause or a `case` there is the whole statement.
        around = parent if isinstance(parent, ast.stmt) else program.parent(parent or node)
        if not isinstance(around, ast.stmt):
            return UNCLEAR
        node = around


def _leave(parent: ast.AST, name: Name, changes: tuple[Change, ...]) -> Definition | None:
    """What is known when the walk leaves a block of ``parent`` at its beginning."""
    variable = name.variable
    if isinstance(parent, _LOOPS):
        # An earlier round may have bound it further down.
        if any(_touches(part, name) for part in (*parent.body, *parent.orelse)):
            return UNCLEAR
        if not isinstance(parent, ast.While) and variable in set(_bound(parent.target)):
            return Definition(loop=parent, changes=changes)
        return None
    if isinstance(parent, ast.If):
        return UNCLEAR if _binds(parent.test, variable) else None
    if isinstance(parent, (ast.With, ast.AsyncWith)):
        return UNCLEAR if any(_binds(item, variable) for item in parent.items) else None
    if isinstance(parent, (ast.Try, ast.TryStar)):
        return UNCLEAR if any(_touches(part, name) for part in parent.body) else None
    if isinstance(parent, ast.ClassDef):
        return UNCLEAR
    # `except` clauses and cases: what stands before them may or may not have happened.
    return UNCLEAR if _binds(parent, variable) else None


def _effect(statement: ast.stmt, name: Name) -> Definition | list[Change]:
    """A definition, when the statement makes one for certain, or what it may have changed."""
    assigned = _assigned(statement, name)
    if assigned is not None:
        return Definition(assigned, statement)
    if _binds(statement, name.variable):
        return UNCLEAR
    return list(_changes(statement, name))


def _assigned(statement: ast.stmt, name: Name) -> ast.expr | None:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        targets = [statement.target]
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
        return None
    for target in targets:
        found = _match(target, statement.value, name)
        if found is not None:
            return found
    return None


def _match(target: ast.expr, value: ast.expr, name: Name) -> ast.expr | None:
    if is_named(target, name) or (name.key and is_named(target, Name(name.variable))):
        return value
    pairs = (target, value)
    if all(isinstance(item, (ast.Tuple, ast.List)) for item in pairs):
        left, right = target.elts, value.elts  # type: ignore[attr-defined]
        starred = any(isinstance(item, ast.Starred) for item in (*left, *right))
        if len(left) == len(right) and not starred:
            found = [_match(*pair, name) for pair in zip(left, right, strict=True)]
            return next((item for item in found if item is not None), None)
    return None


def is_named(node: ast.AST, name: Name) -> bool:
    """Whether an expression is the variable, or the column of it, that ``name`` says."""
    if name.key is None:
        return isinstance(node, ast.Name) and node.id == name.variable
    return column_of(node) == name


def column_of(node: ast.AST) -> Name | None:
    """The column that ``df['p']`` names, if it does."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        key = node.slice
        if isinstance(key, ast.Constant) and type(key.value) is str:
            return Name(node.value.id, key.value)
    return None


_WALRUS: Final = (ast.NamedExpr,)


def _touches(statement: ast.AST, name: Name) -> bool:
    """Whether a statement may bind a name or change what it stands for."""
    if _binds(statement, name.variable):
        return True
    return isinstance(statement, ast.stmt) and any(_changes(statement, name))


def _binds(node: ast.AST, variable: str, kinds: tuple[type[ast.AST], ...] = ()) -> bool:
    """Whether the variable may be bound anywhere in a node, in its own scope."""
    for part in _own_nodes(node):
        if kinds and not isinstance(part, kinds):
            continue
        if variable in _binders(part):
            return True
    return False


def _binders(part: ast.AST) -> list[str]:
    """The variables that this very node binds or deletes."""
    if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
        return [part.id]
    if isinstance(part, ast.NamedExpr):
        return list(_bound(part.target))
    if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [part.name]
    if isinstance(part, (ast.Import, ast.ImportFrom)):
        return [(item.asname or item.name).partition(".")[0] for item in part.names]
    found = [getattr(part, "rest", None), getattr(part, "name", None)]
    is_pattern = isinstance(part, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping))
    return [item for item in found if is_pattern and type(item) is str]


def _bound(target: ast.AST) -> Iterator[str]:
    return (part.id for part in ast.walk(target) if isinstance(part, ast.Name))


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, without the insides of functions, classes and comprehensions."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(part, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            # Only a walrus in there binds a name out here.
            waiting += [item for item in ast.walk(part) if isinstance(item, ast.NamedExpr)]
            continue
        waiting += ast.iter_child_nodes(part)


def _changes(node: ast.AST, name: Name) -> Iterator[Change]:
    """What a statement that does not bind the name may have changed in its value."""
    waiting = [(node, node)]
    while waiting:
        part, within = waiting.pop()
        at = part if isinstance(part, ast.stmt) else within
        if isinstance(part, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and part.value is not None:
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            if any(_roots_in(target, name) for target in targets):
                yield Change(at, (part.value,), ())
        elif isinstance(part, ast.Delete):
            if any(_roots_in(target, name) for target in part.targets):
                yield Change(at, (), (part.targets[0],))
        elif isinstance(part, ast.Call):
            yield from _changed_by(part, at, name)
        waiting += [(child, at) for child in ast.iter_child_nodes(part)]


def _roots_in(target: ast.expr, name: Name) -> bool:
    """Whether assigning to ``target`` writes into what ``name`` stands for."""
    if isinstance(target, (ast.Tuple, ast.List)):
        return any(_roots_in(item, name) for item in target.elts)
    column = column_of(target)
    if name.key is not None and column is not None and column.variable == name.variable:
        return column.key == name.key
    return not isinstance(target, ast.Name) and _root(target) == name.variable


def _root(node: ast.AST) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute, ast.Starred, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _changed_by(call: ast.Call, at: ast.AST, name: Name) -> Iterator[Change]:
    given = [item.value if isinstance(item, ast.Starred) else item for item in call.args]
    given += [item.value for item in call.keywords]
    others = tuple(item for item in given if _root(item) != name.variable)
    if isinstance(call.func, ast.Attribute) and _root(call.func.value) == name.variable:
        if call.func.attr not in _READING:
            yield Change(at, others, ())
    elif len(others) < len(given):
        yield Change(at, others if _writes(call) else (), (call.func,))


# Methods of arrays, columns and tables that leave them as they are, whatever they are given.
_READING: Final = words(
    "mean sum std var min max argmax argmin astype copy round clip ravel reshape flatten tolist "
    "to_numpy to_list head tail describe value_counts unique nunique groupby plot hist isna notna "
    "any all map apply quantile median idxmax idxmin squeeze items keys values index count "
    "predict predict_proba decision_function transform score get to_csv to_frame"
)
_WRITERS: Final = frozenset({"put", "copyto", "place", "putmask", "fill_diagonal", "shuffle"})


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    is_writer = name in _WRITERS or getattr(call.func, "id", "") in _WRITERS
    return is_writer or any(item.arg in ("out", "inplace") for item in call.keywords)
