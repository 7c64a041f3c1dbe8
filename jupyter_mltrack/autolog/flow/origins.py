"""What an origin is, and what has to be known to find one."""

import ast
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Protocol


class Origin(NamedTuple):
    """What went into a value: ``sources``, predictions as the knowledge names them.

    ``is_clear``: nothing but these and constants. ``is_foreign``: a model predicted some of it, and
    which one is not known. ``is_copy``: it may be a mere copy of something unknown.
    """

    sources: frozenset[Any] = frozenset()
    is_clear: bool = True
    is_foreign: bool = False
    is_copy: bool = False


CONSTANT: Final = Origin()
UNKNOWN: Final = Origin(is_clear=False)
COPY: Final = Origin(is_clear=False, is_copy=True)
FOREIGN: Final = Origin(is_clear=False, is_foreign=True)


class Knowledge(Protocol):
    """What was seen while the code ran."""

    def of_value(self, value: Any) -> Any:
        """The source that an object is known to be, unchanged since; or None."""

    def of_call(self, call: ast.Call, receiver: Any, may_repeat: bool) -> Any:
        """The source that a predicting call gave when it was last made; or None.

        ``receiver`` is the object whose method it is, as far as known.
        """


def combine(origins: Iterable[Origin]) -> Origin:
    """The origin of what is made of several values."""
    sources: frozenset[Any] = frozenset()
    is_clear, is_foreign = True, False
    for origin in origins:
        sources |= origin.sources
        is_clear &= origin.is_clear
        is_foreign |= origin.is_foreign
    return Origin(sources, is_clear, is_foreign)
