"""Observing a plain function from within: its own code, with a notice at its ends.

A function that no decorator wraps has no closure in which an observed one could be put, and other
modules hold it by name already. So its code is compiled anew from its own source with the body
inside a ``try``: the function object, its signature, source lines, frame, traceback and what
``warnings`` counts as its caller stay as they were, for no frame is added. The source is trusted
only when compiling it gives the very code that the function has.
"""

import __future__

import ast
import functools
import inspect
import linecache
import operator
import types
from collections.abc import Callable
from typing import Any, Final

from jupyter_mltrack.autolog.isolation import quiet

_FUTURES: Final = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)
_NOT_PLAIN: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Hook:
    """A callable in the constants of an instrumented function; pickled, a builtin in its place."""

    def __init__(self, action: Callable[..., Any], neutral: Any) -> None:
        self.action = action
        self._neutral = neutral

    def __call__(self, *args: Any) -> Any:
        """Notify."""
        return self.action(*args)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickled by value, the function must work where this package is not.
        return operator.itemgetter(0), ((self._neutral,),)


def instrumented_code(
    function: types.FunctionType,
    enter: Callable[[tuple[Any, ...]], Any],
    keep: Callable[[tuple[Any]], Any],
    leave: Callable[[], Any],
) -> types.CodeType | None:
    """The function's code with notices; None when that cannot be done to it safely.

    Parameters
    ----------
    enter
        Called with a tuple, the positional arguments followed by a dictionary of the others.
    keep
        Called with a tuple of the value that is about to be returned, which it gives back.
    leave
        Called at the end, however it comes.
    """
    code = function.__code__
    if code.co_freevars or code.co_flags & _NOT_PLAIN:
        return None
    module = _read_module(function)
    definition = _find_definition(module, code)
    if definition is None or _compiled(module, code) != code:
        return None
    hooks = {
        _mark("enter"): Hook(enter, id),
        _mark("keep"): Hook(keep, operator.itemgetter(0)),
        _mark("leave"): Hook(leave, dict),
    }
    _instrument(definition)
    changed = _compiled(module, code) or code
    constants = tuple(
        hooks.get(item, item) if isinstance(item, str) else item for item in changed.co_consts
    )
    return changed.replace(co_consts=constants)


def _mark(name: str) -> str:
    return f"\0mltrack {name}"


def _read_module(function: types.FunctionType) -> ast.Module:
    """The module that defines a function; empty without source."""
    lines = linecache.getlines(function.__code__.co_filename, function.__globals__)
    try:
        return ast.parse("".join(lines))
    except (SyntaxError, ValueError):
        return ast.Module(body=[], type_ignores=[])


def _find_definition(module: ast.Module, code: types.CodeType) -> ast.FunctionDef | None:
    """The definition of a function at the top of a module, which loses all other definitions.

    What else stands at the top is kept: the compiler calls what a module imports in another way.
    """
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    found = None
    for item in module.body:
        if isinstance(item, ast.FunctionDef) and item.lineno == code.co_firstlineno:
            found = item
    if found is not None:
        others = (item for item in module.body if not isinstance(item, definitions))
        module.body = [*others, found]
    return found


def _compiled(module: ast.Module, like: types.CodeType) -> types.CodeType | None:
    flags = like.co_flags & _FUTURES
    with quiet():  # a constant is called, which the compiler finds strange
        outer = compile(module, like.co_filename, "exec", flags=flags, dont_inherit=True)
    found = (item for item in outer.co_consts if isinstance(item, types.CodeType))
    return next((item for item in found if item.co_firstlineno == like.co_firstlineno), None)


def _instrument(definition: ast.FunctionDef) -> None:
    body = definition.body
    documentation = body[:1] if ast.get_docstring(definition, clean=False) is not None else []
    keeper = _Keeper()
    kept = [keeper.visit(item) for item in body[len(documentation) :]]
    attempt = ast.Try(
        body=[
            ast.Expr(_call("enter", _arguments(definition.args))),
            *kept,
            ast.Return(_call("keep", _tuple(ast.Constant(None)))),
        ],
        handlers=[],
        orelse=[],
        finalbody=[ast.Expr(_call("leave"))],
    )
    definition.body = [*documentation, attempt]
    position = {"lineno": definition.lineno, "col_offset": definition.col_offset}
    for item in ast.walk(attempt):
        if "lineno" in item._attributes and not hasattr(item, "lineno"):
            item.lineno = item.end_lineno = position["lineno"]  # type: ignore[attr-defined]
            item.col_offset = item.end_col_offset = position["col_offset"]  # type: ignore[attr-defined]


class _Keeper(ast.NodeTransformer):
    """Shows each value that is returned; inner functions are none of our business."""

    def visit_Return(self, node: ast.Return) -> ast.Return:
        value = node.value or ast.Constant(None)
        return ast.copy_location(ast.Return(_call("keep", _tuple(value))), node)

    def _leave_alone(self, node: Any) -> Any:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = visit_ClassDef = _leave_alone


def _arguments(given: ast.arguments) -> ast.expr:
    items: list[ast.expr] = [_load(item) for item in (*given.posonlyargs, *given.args)]
    if given.vararg is not None:
        items.append(ast.Starred(_load(given.vararg), ast.Load()))
    keys: list[ast.expr | None] = [ast.Constant(item.arg) for item in given.kwonlyargs]
    values: list[ast.expr] = [_load(item) for item in given.kwonlyargs]
    if given.kwarg is not None:
        keys.append(None)
        values.append(_load(given.kwarg))
    return _tuple(*items, ast.Dict(keys, values))


def _load(argument: ast.arg) -> ast.Name:
    return ast.Name(argument.arg, ast.Load())


def _tuple(*items: ast.expr) -> ast.Tuple:
    return ast.Tuple(list(items), ast.Load())


def _call(hook: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Constant(_mark(hook)), list(arguments), [])
