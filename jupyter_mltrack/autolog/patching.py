"""The one mechanism by which calls of a library are observed.

Nothing is replaced by a wrapper function that a user could meet. A *method* is observed by a
descriptor in its class: asked through the class it gives the original function itself, asked
through an instance a bound method whose ``__func__`` is the descriptor. A *function* that is
decorated is observed inside: its decorator's closure keeps the inner function in a cell, and that
cell gets an observed one, so that every name anyone imported earlier is still the same object.
Signature, docstring, pickles (of the class, by value too), ``isinstance`` and ``inspect`` therefore
stay as they were, and :meth:`Patcher.unpatch_all` puts the very originals back.

The original is called exactly once, with the very arguments. What the observer raises is recorded
in :data:`~jupyter_mltrack.tracking.problems.problems`. Inside an observed call nothing else is
observed (``fit`` in ``fit``), and nothing at all in a forked child.
"""

import contextvars
import functools
import operator
import os
import sys
import time
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, Final

from jupyter_mltrack.autolog.isolation import quiet
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.problems import problems

_busy: contextvars.ContextVar[bool] = contextvars.ContextVar("mltrack_observing", default=False)


class Call:
    """An observed call about to happen; ``frame``, of the caller, is not to be kept."""

    __slots__ = ("args", "frame", "function", "kwargs")

    def __init__(
        self,
        function: types.FunctionType,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        frame: types.FrameType,
    ) -> None:
        self.function = function
        self.args = args
        self.kwargs = kwargs
        self.frame = frame

    @property
    def name(self) -> str:
        """Name of the function or method."""
        return self.function.__name__


Finish = Callable[[Any, BaseException | None], None]
"""Told what an observed call returned, or what it raised."""
Watch = Callable[[Call], Finish | None]
"""Sees a call before it happens; returns who is to be told of its end, if anyone."""


class Observed:
    """A function whose calls are observed; as a class attribute, a method."""

    def __init__(self, original: Any, function: types.FunctionType, watch: Watch) -> None:
        functools.update_wrapper(self, function)
        self.original = original
        self.function = function
        self.watch = watch
        self.owner_pid = os.getpid()
        self.conditional = original is not function

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self.original.__get__(None, owner)
        if self.conditional:  # such as available_if: raises AttributeError when it does not apply
            self.original.__get__(instance, owner)
        return types.MethodType(self, instance)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the original."""
        if _busy.get() or os.getpid() != self.owner_pid:
            token = finish = None
        else:
            token = _busy.set(True)
        try:
            if token is not None:
                finish = _begin(self, args, kwargs, sys._getframe(1))
            try:
                result = self.function(*args, **kwargs)
            except BaseException as error:
                if error.__traceback__ is not None:
                    # A bare raise does not add this frame again: the traceback stays the user's.
                    error.__traceback__ = error.__traceback__.tb_next
                if finish is not None:
                    _end(finish, None, error)
                raise
            if finish is not None:
                _end(finish, result, None)
            return result
        finally:
            if token is not None:
                _busy.reset(token)

    def __reduce__(self) -> tuple[Any, ...]:
        # A class defined in a notebook is pickled with its attributes: give the original one, in
        # terms that a process without this package understands.
        return operator.itemgetter(0), ((self.original,),)


class ObservedClassMethod(Observed):
    """A class method whose calls are observed."""

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return types.MethodType(self, owner if owner is not None else type(instance))


# `warnings` does not count frames of the import system when it looks for the `stacklevel`-th
# caller. With such a file name ours is not counted either: a warning names the same line as ever.
_code: Final = Observed.__call__.__code__
Observed.__call__.__code__ = _code.replace(
    co_filename=f"<importlib._bootstrap> {_code.co_filename}"
)


class Overhead:
    """What observing cost, in nanoseconds of the user's threads."""

    def __init__(self) -> None:
        self.nanoseconds = 0


overhead: Final = Overhead()


def _begin(
    observed: Observed, args: tuple[Any, ...], kwargs: dict[str, Any], frame: types.FrameType
) -> Finish | None:
    cell = find_cell()
    if cell is not None and cell.is_private:
        return None
    start = time.perf_counter_ns()
    finish = None
    with problems.caught(f"autologging {observed.function.__qualname__}"), quiet():
        finish = observed.watch(Call(observed.function, args, kwargs, frame))
    if finish is not None:
        overhead.nanoseconds += time.perf_counter_ns() - start
    return finish


def _end(finish: Finish, result: Any, error: BaseException | None) -> None:
    start = time.perf_counter_ns()
    with problems.caught("autologging"), quiet():
        finish(result, error)
    overhead.nanoseconds += time.perf_counter_ns() - start


class Patcher:
    """All that is patched, to be put back."""

    def __init__(self) -> None:
        # By identity: classes are held weakly, as a cell run again makes a new class each time.
        self._methods: dict[tuple[int, str], tuple[weakref.ref[type], Observed]] = {}
        self._cells: list[tuple[types.CellType, Observed]] = []

    def __len__(self) -> int:
        return len(self._methods) + len(self._cells)

    def observe_method(self, owner: type, name: str, watch: Watch) -> bool:
        """Observe calls of a method defined by this very class; whether it is observed now."""
        original: Any = vars(owner).get(name)
        if isinstance(original, Observed):
            return True
        kind: type[Observed] = Observed
        function = original
        if isinstance(original, classmethod):
            kind, function = ObservedClassMethod, original.__func__
        elif hasattr(original, "check") and hasattr(original, "fn"):  # sklearn's available_if
            function = original.fn
        if not isinstance(function, types.FunctionType):
            return False
        observed = kind(original, function, watch)
        key = (id(owner), name)
        # Not setattr: a metaclass may have its own idea of it.
        type.__setattr__(owner, name, observed)
        reference = weakref.ref(owner, lambda _: self._methods.pop(key, None))
        self._methods[key] = (reference, observed)
        return True

    def observe_function(self, function: Any, watch: Watch) -> bool:
        """Observe calls of a decorated function, whoever imported it and when."""
        inner = getattr(function, "__wrapped__", None)
        if not isinstance(inner, types.FunctionType):
            return False
        for cell in getattr(function, "__closure__", None) or ():
            if _content(cell) is inner:
                observed = Observed(inner, inner, watch)
                cell.cell_contents = observed
                self._cells.append((cell, observed))
                return True
        return any(isinstance(_content(cell), Observed) for cell in function.__closure__ or ())

    def unpatch_all(self) -> None:
        """Put every original back, where nobody else replaced ours since."""
        for (_, name), (reference, observed) in list(self._methods.items()):
            owner = reference()
            if owner is not None and vars(owner).get(name) is observed:
                with problems.caught("stopping autologging"):
                    type.__setattr__(owner, name, observed.original)
        self._methods.clear()
        for cell, observed in self._cells:
            if _content(cell) is observed:
                cell.cell_contents = observed.original
        self._cells.clear()


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


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None
