"""Pickling without asking objects for what their class computes.

Python's own way asks an object for its class, its state and its items, and so calls what a class
of the user's has in the place of these. Where such a class says nothing of pickling itself, the
same is taken from the object directly.
"""

import copyreg
import functools
import types
import weakref
from typing import Any, Final

_COMPUTES: Final = ("__getattribute__", "__getattr__", "__class__", "__iter__", "items")
_SAYS: Final = (
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__reduce__",
    "__reduce_ex__",
    "__slots__",
)
_WRITTEN: Final = (types.FunctionType, property)
_bases: dict[int, tuple[weakref.ref[type], type | None]] = {}


@functools.cache
def pickler_class() -> Any:
    """Cloudpickle's pickler, with this."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, thing: Any) -> Any:
            reduced = _reduce(thing)
            return super().reducer_override(thing) if reduced is None else reduced

    return Pickler


def _reduce(thing: Any) -> tuple[Any, ...] | None:
    base = _base_to_take_from(type(thing))
    if base is None:
        return None
    content: Any = None
    if base is list:
        content = list(list.__iter__(thing))
    elif base is dict:
        content = dict(dict.items(thing))
    state = dict(object.__getattribute__(thing, "__dict__"))
    # Not the newer way of pickling: that asks the object for its class.
    rebuild = copyreg._reconstructor  # type: ignore[attr-defined]
    return rebuild, (type(thing), base, content), state


def _base_to_take_from(kind: type) -> type | None:
    """The builtin that a class derives from, when its objects are not to be asked; else None."""
    known = _bases.get(id(kind))
    if known is not None and known[0]() is kind:
        return known[1]
    base = _find_base(kind)
    key = id(kind)
    _bases[key] = (weakref.ref(kind, lambda _: _bases.pop(key, None)), base)
    return base


def _find_base(kind: type) -> type | None:
    computes = False
    for ancestor in kind.__mro__:
        own = vars(ancestor)
        if ancestor in (object, dict, list):
            is_plain = kind not in copyreg.dispatch_table and bool(kind.__dictoffset__)
            return ancestor if computes and is_plain else None
        if not ancestor.__flags__ & 1 << 9 or issubclass(kind, type):  # not made by `class`
            return None
        if ancestor.__module__ != "sklearn.base" and any(name in own for name in _SAYS):
            return None
        computes = computes or any(isinstance(own.get(name), _WRITTEN) for name in _COMPUTES)
    return None
