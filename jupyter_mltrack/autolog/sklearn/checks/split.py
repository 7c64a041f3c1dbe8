"""Data that was split by chance without a seed."""

import functools
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_PARTS: Final = 1000

_unseeded: Final[dict[int, weakref.ref[Any]]] = {}


def see_split(arguments: Mapping[str, Any], parts: Sequence[Any]) -> None:
    """Remember, weakly, the parts that ``train_test_split`` made, if it drew without a seed."""
    if arguments.get("random_state") is not None or arguments.get("shuffle", True) is False:
        return
    for part in parts:
        if len(_unseeded) >= MAX_PARTS:
            return
        try:
            _unseeded[id(part)] = weakref.ref(part, functools.partial(_forget, id(part)))
        except TypeError:  # a list
            continue


def _forget(key: int, reference: weakref.ref[Any]) -> None:
    if _unseeded.get(key) is reference:
        del _unseeded[key]


def is_of_unseeded_split(*data: Any) -> bool:
    """Whether any of these is such a part."""
    known = ((thing, _unseeded.get(id(thing))) for thing in data if thing is not None)
    return any(reference is not None and reference() is thing for thing, reference in known)
