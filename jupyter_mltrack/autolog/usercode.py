"""Whose code something is: the user's, which we do not call, or an installed library's."""

import functools
import sys
import sysconfig
import types
import weakref
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

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


def all_subclasses(root: type) -> Iterator[type]:
    """Every class below ``root``, each once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        kinds: list[type] = type.__subclasses__(waiting.pop())
        for kind in kinds:
            if id(kind) not in seen:
                seen.add(id(kind))
                waiting.append(kind)
                yield kind


def own_attributes(thing: Any) -> dict[str, Any]:
    """What ``vars`` gives, past a ``__getattribute__`` of the user's; empty without a ``__dict__``.

    It is the very dictionary, not a copy.
    """
    try:
        found = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def has_type(thing: Any, kinds: type | tuple[type, ...]) -> bool:
    """What ``isinstance`` says, but for objects that lie about their ``__class__``, unasked."""
    return issubclass(type(thing), kinds)


def cached_by_class(function: Callable[[type], Result]) -> Callable[[type], Result]:
    """Compute something once for each class, which is not kept alive, hashed or compared."""
    known: dict[int, tuple[weakref.ref[type], Result]] = {}

    @functools.wraps(function)
    def find(kind: type) -> Result:
        key = id(kind)
        entry = known.get(key)
        if entry is not None and entry[0]() is kind:
            return entry[1]
        result = function(kind)
        known[key] = (weakref.ref(kind, lambda _: known.pop(key, None)), result)
        return result

    return find


@cached_by_class
def is_library_class(kind: type) -> bool:
    """Whether a class, its own methods and the inherited ones, are a library's."""
    return all(is_library(str(base.__module__)) for base in kind.__mro__)


def foreign_data(data: Any) -> str:
    """The name of the user's own class that data are of, or their first item; else empty."""
    kind = type(data)
    if kind in (list, tuple) and len(data):
        return foreign_data(data[0])
    return "" if is_library_class(kind) else kind.__name__


def is_library_callable(value: Any) -> bool:
    """Whether a function or callable object is a library's."""
    if has_type(value, type):
        return is_library_class(value)
    if has_type(value, (types.FunctionType, types.BuiltinFunctionType)):
        return is_library(value.__module__ or "builtins")
    if has_type(value, types.MethodType):
        return is_library_callable(value.__func__) and is_library_class(type(value.__self__))
    if has_type(value, functools.partial):
        return is_library_callable(value.func)
    return is_library_class(type(value))
