"""Syntax trees without what does not matter, and small questions to them."""

import ast
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge


def normalise(node: ast.stmt) -> ast.stmt:
    """The statement without docstrings and with equal constants written alike; changed in place."""
    for one in ast.walk(node):
        body = getattr(one, "body", None)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            assert isinstance(body, list)
            if len(body) > 1 and isinstance(body[0], ast.Expr) and _is_text(body[0].value):
                del body[0]
        elif isinstance(one, ast.Constant):
            one.kind = None
    return node


def is_main_guard(node: ast.stmt) -> TypeGuard[ast.If]:
    """Whether it is ``if __name__ == "__main__":`` or ``if True:`` without an else."""
    if not isinstance(node, ast.If) or node.orelse:
        return False
    test = node.test
    if isinstance(test, ast.Constant):
        return test.value is True
    return ast.unparse(test) in ("__name__ == '__main__'", "'__main__' == __name__")


def stored_names(node: ast.AST) -> set[str]:
    """Names that code of one scope binds, those of the functions in it left out."""
    found: set[str] = set()
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        one = waiting.pop()
        found.update(_bound_by(one))
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            waiting += one.decorator_list
        elif not isinstance(one, ast.Lambda):
            waiting += ast.iter_child_nodes(one)
    return found


def _bound_by(node: ast.AST) -> list[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            return [name]
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [alias.asname or alias.name.split(".")[0] for alias in names]
    return []


def parameter_names(arguments: ast.arguments) -> list[str]:
    """Names of a function's parameters, positional ones first, in order."""
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    extra = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [one.arg for one in (*plain, *extra)]


def dotted_name(node: ast.expr) -> str:
    """``a.b.c`` of nested attributes of a name; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def counts_up(operator: ast.operator, node: ast.expr) -> bool:
    """Whether applying the operator with this written-out number gives another number each time."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return False
    if not isinstance(node.value, int | float | complex) or node.value == 0:
        return False
    if isinstance(operator, ast.Add | ast.Sub):
        return True
    return isinstance(operator, ast.Mult | ast.Div) and node.value != 1


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def text_keys(node: ast.expr) -> list[str]:
    """Text keys of ``x['a']`` and ``x[['a', 'b']]``; empty for any other subscript."""
    part = node.slice if isinstance(node, ast.Subscript) else None
    parts = part.elts if isinstance(part, ast.List) else [part]
    keys = [one.value for one in parts if isinstance(one, ast.Constant)]
    return [key for key in keys if isinstance(key, str)] if len(keys) == len(parts) else []


def place_of(node: ast.expr) -> str:
    """The location that an expression names; empty for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        keys = text_keys(node)
        return fx.location(node.value.id, keys[0]) if len(keys) == 1 else ""
    return ""


def is_counted(value: ast.expr, place: str) -> bool:
    """``x = x + 2`` and the like: another value each time."""
    if not isinstance(value, ast.BinOp):
        return False
    left, right = value.left, value.right
    commutes = isinstance(value.op, ast.Add | ast.Mult)
    return (place_of(left) == place and counts_up(value.op, right)) or (
        commutes and place_of(right) == place and counts_up(value.op, left)
    )


def is_plain(node: ast.expr) -> bool:
    """Whether the value is a number, a text or such, which nothing can change in place."""
    match node:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.UnaryOp(operand=inner):
            return is_plain(inner)
        case ast.BinOp(left=left, right=right):
            return is_plain(left) and is_plain(right)
        case ast.Tuple(elts=parts):
            return all(map(is_plain, parts))
        case ast.Call(func=ast.Name(id=name)):
            return name in knowledge.PLAIN_FUNCTIONS
    return False


def plain_names(target: ast.expr, value: ast.expr) -> set[str]:
    """Names that an assignment binds to what nothing can change in place."""
    return {
        name.id
        for name, part in _assigned(target, value)
        if isinstance(name, ast.Name) and is_plain(part)
    }


def copied_places(target: ast.expr, value: ast.expr) -> dict[str, str]:
    """Locations that an assignment binds to what another location holds."""
    source = place_of(value)
    place = place_of(target)
    return {place: source} if place and source else {}


def literal_texts(target: ast.expr, value: ast.expr) -> dict[str, str]:
    """Locations that an assignment binds to something written out, each with a text of its own."""
    return {
        place: f"{place} = {ast.dump(part)}"
        for name, part in _assigned(target, value)
        if (place := place_of(name)) and _is_literal(part)
    }


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What is assigned to what; ``a, b = 1, 2`` assigns twice."""
    pair = ast.Tuple | ast.List
    if isinstance(target, pair) and isinstance(value, pair):
        parts = [*target.elts, *value.elts]
        if len(target.elts) == len(value.elts) and not any(
            isinstance(part, ast.Starred) for part in parts
        ):
            for one, other in zip(target.elts, value.elts, strict=True):
                yield from _assigned(one, other)
        return
    yield target, value


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False
    return True


def surely_stored(nodes: Sequence[ast.AST]) -> set[str]:
    """Names that these statements bind if they run, those inside further branches left out."""
    simple = (ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    kept = [one for one in nodes if isinstance(one, simple)]
    return stored_names(ast.Module(body=kept, type_ignores=[])) if kept else set()  # type: ignore[arg-type]


def captured_names(pattern: ast.pattern) -> set[str]:
    """Names that a pattern of ``match`` binds."""
    return stored_names(ast.match_case(pattern=pattern, guard=None, body=[]))


def default_values(arguments: ast.arguments) -> list[ast.expr]:
    """Defaults of a function's parameters."""
    return [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]


def annotations_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.expr]:
    """Annotations of a function."""
    every = [one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg)]
    return [one for one in (*every, node.returns) if one is not None]


def last_name(call: ast.Call) -> str:
    """The last name of what is called: ``fit`` of ``model.fit()``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def is_none(node: ast.expr) -> bool:
    """Whether it is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None
