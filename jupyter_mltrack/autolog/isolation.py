"""Running our code inside the user's process without a trace: warnings and random states.

``warnings.catch_warnings`` would not do: it works for all threads at once, and entering it makes
Python forget which of the user's warnings were shown already.
"""

import contextlib
import random
import re
import sys
import threading
import warnings
from typing import Any, Final, Self

# As they are now: what the user puts in their place later is not meant for us.
_getstate: Final = random.getstate
_setstate: Final = random.setstate
_NEVER: Final = "(?!)"
_threads: dict[int, int] = {}  # how many quiet sections each thread is in


class _InQuietSection:
    """Stands in a warnings filter for a pattern; fits in our sections of this thread only."""

    # scikit-learn rebuilds the filters in its workers from their patterns, and when two of its
    # threads do so at once what they rebuilt may stay. Fitting nothing, it can stay.
    pattern = _NEVER

    def match(self, _text: str) -> bool:
        """Whether the warning is ours."""
        return is_quiet()

    def __reduce__(self) -> tuple[Any, ...]:
        # It hands them to its worker processes too, where no section of ours is.
        return re.compile, (_NEVER,)


_FILTER: Final = ("ignore", _InQuietSection(), Warning, None, 0)


class quiet:
    """A section in which this thread's warnings vanish, whatever the user's filters say.

    Nor do numpy's floating point errors raise or call anything in it.

    The filter is put into the list in place. The user's filters are the same ones before and after,
    and their version, by which Python knows what was shown, does not move.
    """

    __slots__ = ("_errors",)

    def __enter__(self) -> None:
        errstate: Any = getattr(sys.modules.get("numpy"), "errstate", None)
        self._errors = errstate(all="ignore") if errstate is not None else None
        if self._errors is not None:
            self._errors.__enter__()
        thread = threading.get_ident()
        _threads[thread] = _threads.get(thread, 0) + 1
        _filters().insert(0, _FILTER)

    def __exit__(self, *_: object) -> None:
        thread = threading.get_ident()
        depth = _threads.get(thread, 1) - 1
        if depth:
            _threads[thread] = depth
        else:
            _threads.pop(thread, None)
        with contextlib.suppress(ValueError):  # another thread's catch_warnings put its list back
            _filters().remove(_FILTER)
        if self._errors is not None:
            self._errors.__exit__()


def is_quiet() -> bool:
    """Whether this thread is in a quiet section: what is called here, we call, not the user."""
    return threading.get_ident() in _threads


def _filters() -> list[Any]:
    return warnings.filters  # type: ignore[return-value]


class unmoved_random_states:
    """A block after which the global random states, and ``generators``, are as before.

    ``generators`` are numpy's ``RandomState`` or ``Generator`` objects. ``moved`` says afterwards
    whether a global one was put back.
    """

    __slots__ = ("_numpy", "_numpy_state", "_python_state", "_states", "moved")

    def __init__(self, *generators: Any) -> None:
        self.moved = False
        self._numpy: Any = sys.modules.get("numpy.random")
        self._states: list[tuple[Any, Any]] = [(generator, None) for generator in generators]

    def __enter__(self) -> Self:
        self._python_state = _getstate()
        self._numpy_state = self._numpy.get_state() if self._numpy else None
        self._states = [(generator, _state(generator)) for generator, _ in self._states]
        return self

    def __exit__(self, *_: object) -> None:
        # Only what moved: another thread of the user's may be drawing at this moment.
        if _getstate() != self._python_state:
            self.moved = True
            _setstate(self._python_state)
        if self._numpy and not _same(self._numpy.get_state(), self._numpy_state):
            self.moved = True
            self._numpy.set_state(self._numpy_state)
        for generator, state in self._states:
            if isinstance(state, dict):
                generator.bit_generator.state = state
            else:
                generator.set_state(state)


def _state(generator: Any) -> Any:
    if hasattr(generator, "bit_generator"):
        return generator.bit_generator.state
    return generator.get_state()


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, dict):  # another bit generator than numpy's usual one: put it back anyway
        return False
    return bool(left[2:] == right[2:] and (left[1] == right[1]).all())
