"""The signature of an observed function, read once.

scikit-learn's functions ask for their own at each call, to check their arguments by it. Reading it
takes longer than all that we do for a call that is of no interest.
"""

import inspect
import types
import weakref
from typing import Any, Final

_known: Final[
    "weakref.WeakKeyDictionary[types.FunctionType, tuple[tuple[Any, ...], inspect.Signature]]"
] = weakref.WeakKeyDictionary()


def signature_of(function: types.FunctionType) -> inspect.Signature:
    """What ``inspect.signature`` gives; read anew when it is made of something else by now."""
    made_of = (
        function.__code__,
        function.__defaults__,
        function.__kwdefaults__,
        function.__annotations__,
        function.__dict__.get("__signature__"),
        function.__dict__.get("__wrapped__"),
    )
    known = _known.get(function)
    if known is not None and all(
        one is other for one, other in zip(known[0], made_of, strict=True)
    ):
        return known[1]
    signature = inspect.signature(function)
    _known[function] = (made_of, signature)
    return signature
