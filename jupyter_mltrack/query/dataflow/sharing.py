"""Which names a value may share state with."""

import ast

from jupyter_mltrack.query.dataflow import knowledge


def sharing_names(node: ast.AST) -> set[str]:
    """Names whose objects the value may be, hold, or show a part of."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return sharing_names(inner)
        case ast.Await(value=inner) | ast.NamedExpr(value=inner):
            return sharing_names(inner)
        case ast.Call():
            return _of_call(node)
        case ast.BinOp(left=left, right=right):
            # ``[frame] * 2`` holds the frame; sums of numbers and arrays are new.
            displays = ast.List | ast.Tuple | ast.BinOp
            parts = (part for part in (left, right) if isinstance(part, displays))
            return set().union(*map(sharing_names, parts))
        case (
            ast.Constant()
            | ast.UnaryOp()
            | ast.Compare()
            | ast.JoinedStr()
            | ast.Lambda()
            | ast.expr_context()
            | ast.Slice()
        ):
            return set()
        case ast.IfExp(body=one, orelse=other):
            return sharing_names(one) | sharing_names(other)
    return set().union(*map(sharing_names, ast.iter_child_nodes(node)))


def _of_call(node: ast.Call) -> set[str]:
    function = node.func
    last = getattr(function, "attr", None) or getattr(function, "id", "")
    fresh = knowledge.FRESH_FUNCTIONS
    if isinstance(function, ast.Attribute):
        fresh = fresh | knowledge.FRESH_METHODS
    if last in fresh:
        return set()
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    found = set().union(*map(sharing_names, given)) if given else set()
    if last in knowledge.KEEPS_ARGUMENTS:
        found = set()
    if isinstance(function, ast.Attribute):
        found |= sharing_names(function.value)
    return found
