"""What watches is not loaded with the framework, on the user's time, but by a thread before use.

A framework is imported in the user's cell, and so is whatever we load then. What is needed there,
the names of what is observed, is little; the code that sees a call comes with a thread that
:func:`load_ahead` begins when autologging is switched on, or with the first call when that is
earlier. Modules of ours alone are loaded so: none imports a framework.
"""

import importlib
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

from jupyter_mltrack.tracking.problems import problems

_PAUSE_SECONDS: Final = 0.001
_FORK_SECONDS: Final = 1.0

# Held while the thread loads something: a process forked then would wait forever for a module.
_loading: Final = threading.Lock()
_forking: Final[set[int]] = set()
_asked: Final[set[str]] = set()


class Deferred:
    """A function of a module that is loaded when it is first called.

    With ``otherwise_nothing`` it does nothing until something else has loaded the module.
    """

    __slots__ = ("_function", "_module", "_name", "_otherwise_nothing")

    def __init__(self, module: str, name: str, *, otherwise_nothing: bool = False) -> None:
        self._module = module
        self._name = name
        self._otherwise_nothing = otherwise_nothing
        self._function: Any = None

    def __call__(self, *args: Any) -> Any:
        """Call the function."""
        if self._function is None:
            if self._otherwise_nothing and self._module not in sys.modules:
                return None
            self._function = getattr(importlib.import_module(self._module), self._name)
        return self._function(*args)


def load_ahead(adapters: Iterable[str]) -> None:
    """Load adapters, and what they name in ``AHEAD``, in a thread; each once."""
    names = [name for name in adapters if name not in _asked]
    if names:
        _asked.update(names)
        threading.Thread(
            target=_load_all, args=(names,), name="mltrack-loading", daemon=True
        ).start()


def _load_all(adapters: list[str]) -> None:
    waiting = list(reversed(adapters))
    while waiting:
        name = waiting.pop()
        with problems.caught(f"loading {name}"), _loading:
            waiting += reversed(getattr(importlib.import_module(name), "AHEAD", ()))
        time.sleep(_PAUSE_SECONDS)  # the user's thread comes first


def _wait_before_fork() -> None:
    if _loading.acquire(timeout=_FORK_SECONDS):
        _forking.add(threading.get_ident())


def _go_on_after_fork() -> None:
    if threading.get_ident() in _forking:
        _forking.discard(threading.get_ident())
        _loading.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_wait_before_fork,
        after_in_parent=_go_on_after_fork,
        after_in_child=_go_on_after_fork,
    )
