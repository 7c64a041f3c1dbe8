"""What of a statement surely runs once the statement does: not branches, nor loops over nothing."""

import ast
import copy
from typing import Final

from jupyter_mltrack.query.dataflow.effects import NONE, Names

MARK: Final = ast.dump(ast.Name("?"))
"""Stands in a statement's text for code that may not run, or whose product may not be used."""
BRANCH: Final = ast.dump(ast.Expr(ast.Name("?")))
"""What is left so of a statement that is a branch."""

_BRANCHING: Final = (
    ast.IfExp, ast.BoolOp, ast.Lambda, ast.GeneratorExp,
    ast.If, ast.While, ast.Try, ast.TryStar, ast.Match, ast.ClassDef,
)  # fmt: skip
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp)
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_LEAVING: Final = (ast.Return, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)
_SAME_LENGTH: Final = frozenset(
    {"enumerate", "zip", "tqdm", "sorted", "reversed", "list", "tuple", "items", "keys", "values"}
)


# Loops that surely run


def find_needs(iterated: ast.expr) -> Names | None:
    """Names that must hold something for a loop over this to run; None when it cannot be told.

    Empty for what is written out and surely is not empty. A name that counts must be positive.
    """
    match iterated:
        case ast.Name(id=name):
            return frozenset({name})
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Constant():
            return NONE if is_filled(iterated) else None
        case ast.Call(func=function, args=arguments):
            last = getattr(function, "attr", None) or getattr(function, "id", "")
            if last in ("range", "trange"):
                return _needs_of_range(arguments)
            if last in _SAME_LENGTH and arguments:
                return _all_needs(arguments)
            if last in _SAME_LENGTH and isinstance(function, ast.Attribute):
                return find_needs(function.value)
    return None


def _needs_of_range(arguments: list[ast.expr]) -> Names | None:
    numbers = [one.value if isinstance(one, ast.Constant) else None for one in arguments]
    if all(isinstance(number, int) for number in numbers):
        return NONE if len(range(*numbers[:3])) else None  # type: ignore[arg-type]
    match arguments:
        case [ast.Name(id=name)] | [ast.Constant(value=0), ast.Name(id=name)]:
            return frozenset({name})
        case [
            ast.Constant(value=1),
            ast.BinOp(left=ast.Name(id=name), op=ast.Add(), right=ast.Constant(value=1)),
        ]:
            return frozenset({name})
    return None


def _all_needs(nodes: list[ast.expr]) -> Names | None:
    every = [find_needs(node) for node in nodes]
    known = [one for one in every if one is not None]
    return NONE.union(*known) if len(known) == len(every) else None


def is_filled(node: ast.expr) -> bool:
    """Whether what is written out holds something, or is a positive number."""
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return any(not isinstance(part, ast.Starred) for part in parts)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.Constant(value=bool()):
            return False
        case ast.Constant(value=int() | float() as number):
            return number >= 1
        case ast.Constant(value=str() | bytes() as text):
            return bool(text)
    return False


def may_leave(node: ast.AST) -> bool:
    """Whether what stands below this in the same block may not run."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, _LEAVING):
            return True
        if not isinstance(one, ast.Lambda | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(one)
    return False


def may_swallow(node: ast.With | ast.AsyncWith) -> bool:
    """Whether an error in the block may be swallowed: ``with suppress(KeyError):``."""
    names = [ast.unparse(item.context_expr).partition("(")[0] for item in node.items]
    return any(name.rpartition(".")[2] in ("suppress", "raises", "Output") for name in names)


# Texts that leave out what may not run


def firm_text(node: ast.stmt, text: str) -> str:
    """The text of a statement, with :data:`MARK` for what may not run."""
    is_copy = isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple | ast.List)
    kinds = (*_BRANCHING, *_LOOPS, *_FUNCTIONS, ast.With, ast.AsyncWith)
    if not is_copy and not any(isinstance(one, kinds) for one in ast.walk(node)):
        return text
    return ast.dump(_Firm().visit(copy.deepcopy(node)))


def may_agree(one: str, other: str) -> bool:
    """Whether two firm texts may stand for code that does the same."""
    if MARK not in one and MARK not in other:
        return one == other
    left, right = one.split(MARK), other.split(MARK)
    head = sorted((left[0], right[0]), key=len)
    tail = sorted((left[-1], right[-1]), key=len)
    return head[1].startswith(head[0]) and tail[1].endswith(tail[0])


class _Firm(ast.NodeTransformer):
    def visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, _BRANCHING):
            return _mark(node)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple | ast.List):
            # Names may change places and back: ``a, b = b, a``.
            parts = node.value.elts
            node.value.elts = [ast.Name("?") if isinstance(p, ast.Name) else p for p in parts]
        if isinstance(node, ast.For | ast.AsyncFor):
            return self._block(node) if find_needs(node.iter) == NONE else _mark(node)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
            runs = all(find_needs(g.iter) == NONE and not g.ifs for g in node.generators)
            return super().generic_visit(node) if runs else _mark(node)
        if isinstance(node, ast.With | ast.AsyncWith):
            return _mark(node) if may_swallow(node) else self._block(node)
        if isinstance(node, _FUNCTIONS):
            return self._function(node)
        return super().generic_visit(node)

    def _block(self, node: ast.For | ast.AsyncFor | ast.With | ast.AsyncWith) -> ast.AST:
        body, rest = _split_at_leaving(node.body)
        node.body = body + ([ast.Expr(ast.Name("?"))] if rest else [])
        return super().generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        """Of a function what runs in every call; defaults are not used in every one."""
        body, rest = _split_at_leaving(node.body)
        node.body = body + ([ast.Expr(ast.Name("?"))] if rest else [])
        if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(node)):
            node.body = [ast.Expr(ast.Name("?"))]
        node.args.defaults = [ast.Name("?") for _ in node.args.defaults]
        node.args.kw_defaults = [one and ast.Name("?") for one in node.args.kw_defaults]
        for one in ast.walk(node.args):
            if isinstance(one, ast.arg):
                one.annotation = None
        node.returns = None
        return super().generic_visit(node)


def _split_at_leaving(body: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Statements up to the first after which the rest may not run, and that rest."""
    for number, one in enumerate(body):
        if may_leave(one):
            return body[: number + 1], body[number + 1 :]
    return body, []


def _mark(node: ast.AST) -> ast.AST:
    mark = ast.Name("?")
    return ast.Expr(mark) if isinstance(node, ast.stmt) else mark
