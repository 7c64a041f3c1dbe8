"""Who calls: whether it is the user's code, what it calls its data, how the call reads."""

import ast
import functools
import inspect
import itertools
import linecache
import weakref
from types import CodeType, FrameType
from typing import Any, Final

MAX_CALL_TEXT: Final = 500
MAX_TEXTS: Final = 1000
_INTERNAL: Final = ("sklearn", "joblib", "imblearn")
# Functions are observed below this decorator of scikit-learn's; the caller is one frame further up.
_TRANSPARENT: Final = "sklearn.utils._param_validation"
_CALLING_BACK: Final = ("sklearn.", "imblearn.")
_PARALLEL: Final = "sklearn.utils.parallel"

# By code object and instruction: what stands there stays the same, and a loop comes by again.
_texts: Final[dict[tuple[int, int], tuple["weakref.ref[CodeType]", str]]] = {}


def find_caller(frame: FrameType | None) -> FrameType | None:
    """The frame of the user's code that made a call, or None when a library made it itself."""
    while frame is not None and frame.f_globals.get("__name__") == _TRANSPARENT:
        frame = frame.f_back
    if frame is None:
        return None
    return None if _is_library(frame) or _is_inside_library(frame) else frame


def _is_library(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module.partition(".")[0] in _INTERNAL


def _is_inside_library(frame: FrameType) -> bool:
    """Whether it is scikit-learn that calls the caller, such as a scorer of the user's.

    Most of that happens inside of an observed call, where nothing else is observed anyway; but not
    in the threads that scikit-learn has its work done by. Those of ``joblib`` may be the user's.
    """
    outer = frame.f_back
    while outer is not None:
        name = outer.f_globals.get("__name__")
        if type(name) is str and name.startswith(_CALLING_BACK) and name != _PARALLEL:
            return True
        outer = outer.f_back
    return False


def variable_name(value: Any, frame: FrameType | None, keyword: str = "X", place: int = 0) -> str:
    """The caller's name for an argument of the call it is making, or an empty text.

    It is the first (``place`` 0) of those given by position, or else the one named ``keyword``.
    """
    if frame is None or value is None:
        return ""
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        # Not f_locals: before Python 3.13 that keeps all of a function's variables alive.
        return _argument(call_text(frame, ""), keyword, place)
    names = frame.f_locals
    # Of a class of the user's it may be where code was given names of its own.
    for name, known in list(dict.items(names)) if issubclass(type(names), dict) else ():
        if known is value and not name.startswith("_"):
            return str(name)
    return ""


@functools.lru_cache(maxsize=512)
def _argument(text: str, keyword: str, place: int) -> str:
    try:
        call = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    if not isinstance(call, ast.Call):
        return ""
    named = [item.value for item in call.keywords if item.arg == keyword]
    for argument in (call.args[place:] or named)[:1]:
        return argument.id if isinstance(argument, ast.Name) else ""
    return ""


def call_text(frame: FrameType | None, otherwise: str) -> str:
    """The call that a frame is executing, as its source has it."""
    if frame is None:
        return otherwise
    code = frame.f_code
    known = _texts.get((id(code), frame.f_lasti))
    if known is not None and known[0]() is code:
        return known[1]
    text = _read_call(frame)
    if text:
        if len(_texts) >= MAX_TEXTS:
            _texts.clear()
        _texts[id(code), frame.f_lasti] = (weakref.ref(code), text)
    return text or otherwise


def _read_call(frame: FrameType) -> str:
    positions = itertools.islice(frame.f_code.co_positions(), frame.f_lasti // 2, None)
    first, last, start, end = next(positions, (None, None, None, None))
    if first is None or last is None or start is None or end is None:
        return ""
    source = linecache.getlines(frame.f_code.co_filename)
    lines = [line.encode() for line in source[first - 1 : last]]
    if len(lines) != last - first + 1:
        return ""
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    text = " ".join(b"".join(lines).decode(errors="replace").split())
    return text[:MAX_CALL_TEXT]
