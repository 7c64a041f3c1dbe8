"""Whose code something is: the user's, which we do not call, or an installed library's."""

import functools
import sys
import sysconfig
import types
from pathlib import PurePath
from typing import Any, Final

_PLACES: Final = tuple(
    {
        path
        for key in ("stdlib", "platstdlib", "purelib", "platlib")
        if (path := sysconfig.get_path(key))
    }
)


@functools.lru_cache(maxsize=4096)
def is_library(module_name: str) -> bool:
    """Whether a module is part of Python or of an installed package."""
    top = module_name.partition(".")[0]
    if top in sys.stdlib_module_names or top in ("sklearn", "numpy", "scipy", "pandas"):
        return True
    module = sys.modules.get(top)
    location = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    if not location:
        return False
    parts = PurePath(location).parts
    return "site-packages" in parts or "dist-packages" in parts or str(location).startswith(_PLACES)


def is_library_class(kind: type) -> bool:
    """Whether a class, its own methods and the inherited ones, are a library's."""
    return all(is_library(str(base.__module__)) for base in kind.__mro__)


def is_library_callable(value: Any) -> bool:
    """Whether a function or callable object is a library's."""
    if isinstance(value, type):
        return is_library_class(value)
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
        return is_library(value.__module__ or "builtins")
    if isinstance(value, types.MethodType):
        return is_library_callable(value.__func__) and is_library_class(type(value.__self__))
    if isinstance(value, functools.partial):
        return is_library_callable(value.func)
    return is_library_class(type(value))
