"""Which statements cannot raise, whatever the names in them stand for."""

import ast
import re
import sys
from collections.abc import Iterable
from typing import Final

from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.plain import annotations_of, default_values

SAFE: Final = 0
"""It raises for want of names alone."""
GLANCES: Final = 1
"""It looks at things as one looks at frames."""
RISKY: Final = 2

_SHOWING: Final = frozenset({"print", "display", "type", "id", "repr", "str", "callable"})
_METHODS: Final = re.compile("head|tail|describe|info|isna|isnull|sum|nunique|count|memory_usage")
_GLANCES: Final = re.compile(f"{_METHODS.pattern}|shape|columns|dtypes|index|size|ndim|T")


def find_risk(node: ast.stmt) -> int:
    """Whether a statement is :data:`SAFE`, :data:`GLANCES` or :data:`RISKY`."""
    match node:
        case ast.Pass() | ast.Global() | ast.ImportFrom(module="__future__"):
            return SAFE
        case ast.Import(names=names):
            known = (alias.name in sys.stdlib_module_names for alias in names)
            return SAFE if all(known) else RISKY
        case ast.Expr(value=value):
            return SAFE if _is_harmless_magic(value) else _risk_of(value)
        case ast.Assign(targets=[ast.Name()], value=value):
            return _risk_of(value)
        case ast.Assign(targets=[ast.Tuple() as one], value=ast.Tuple() as other):
            is_plain = len(one.elts) == len(other.elts) and all(map(_is_name, one.elts))
            return _risk_of(other) if is_plain else RISKY
        case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(decorator_list=[]):
            return _worst([*default_values(node.args), *annotations_of(node)])
        case ast.ClassDef(bases=[], keywords=[], decorator_list=[], body=body):
            return max(map(find_risk, body))
    return RISKY


def _worst(nodes: Iterable[ast.expr]) -> int:
    return max(map(_risk_of, nodes), default=SAFE)


def _risk_of(node: ast.expr) -> int:
    match node:
        case ast.Constant() | ast.Name():
            return SAFE
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.JoinedStr(values=parts):
            return _worst(parts)
        case ast.Dict(keys=keys, values=values):
            return _worst(values) if all(isinstance(k, ast.Constant) for k in keys) else RISKY
        case ast.FormattedValue(value=value, format_spec=None):
            return _risk_of(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            return SAFE
        case ast.Lambda(args=arguments):
            return _worst(default_values(arguments))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=more) if name in _SHOWING:
            is_shown = name in ("print", "display") or (len(given) == 1 and not more)
            options = [word.value for word in more if word.arg in ("sep", "end", "flush")]
            plain = len(options) == len(more) and all(isinstance(o, ast.Constant) for o in options)
            return _worst(given) if is_shown and plain else RISKY
        case ast.Call(func=ast.Attribute() as method, args=given, keywords=[]):
            # An index that is called is a list's, which may not find it.
            is_plain = all(isinstance(one, ast.Constant) for one in given)
            is_plain = is_plain and _METHODS.fullmatch(method.attr) is not None
            return _risk_of(method) if is_plain else RISKY
        case ast.Attribute(value=value, attr=name) if _GLANCES.fullmatch(name):
            return max(GLANCES, _risk_of(value))
    return RISKY


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name)


def _is_harmless_magic(node: ast.expr) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(attr="run_line_magic"), args=[ast.Constant(value=name), _]
        ):
            return name in knowledge.HARMLESS_MAGICS
    return False
