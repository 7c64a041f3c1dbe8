"""Line magics and shell commands, as IPython turns them into calls."""

import ast
from typing import Final

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.plain import dotted_name

_SHELL: Final = frozenset({"system", "getoutput", "getoutput_as_list"})


def magic_effects(node: ast.Call) -> fx.Effects | None:
    """What a magic or shell command does; None for any other call."""
    function = node.func
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Call):
        return None
    if dotted_name(function.value.func) != "get_ipython":
        return None
    if function.attr in _SHELL:
        return fx.Effects(outside="rw")
    texts = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
    if function.attr != "run_line_magic" or not texts or not isinstance(texts[0], str):
        return fx.Effects(opaque="it drives the shell by get_ipython()")
    arguments = texts[1] if len(texts) > 1 and isinstance(texts[1], str) else ""
    return _of_magic(texts[0], arguments)


def _of_magic(name: str, arguments: str) -> fx.Effects:
    if name in knowledge.HARMLESS_MAGICS:
        return fx.Effects()
    if name in knowledge.OUTSIDE_MAGICS:
        return fx.Effects(outside="rw")
    if name in knowledge.MEASURING_MAGICS:
        return _measured(arguments)
    return fx.Effects(opaque=f"%{name} may do anything")


def _measured(code: str) -> fx.Effects:
    """What is measured runs, but binds nothing."""
    from jupyter_mltrack.query.dataflow.visiting import visit_code

    while code.startswith("-"):
        code = code.partition(" ")[2].lstrip()
    try:
        found = visit_code(code)
    except SyntaxError:
        return fx.Effects(opaque="it measures code that cannot be read")
    return fx.Effects(reads=found.reads, calls=found.calls)
