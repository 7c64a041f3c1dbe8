"""What stands in place of an observed method or function, and what happens when it is called.

The original is called exactly once, with the very arguments. What the observer raises is recorded
in :data:`~jupyter_mltrack.tracking.problems.problems`. Inside an observed call nothing else is
observed (``fit`` in ``fit``) unless its :class:`~.scopes.Scope` says so, and nothing at all in a
forked child.
"""

import contextlib
import contextvars
import operator
import os
import sys
import time
import types
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from jupyter_mltrack.autolog.instrument import instrumented_code
from jupyter_mltrack.autolog.isolation import is_quiet, quiet
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.autolog.signatures import signature_of
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.tracking.problems import problems

# As they are now: what the user puts in their place later is not meant for us.
_getpid: Final = os.getpid
_nanoseconds: Final = time.perf_counter_ns
_traceback: Any = vars(BaseException)["__traceback__"]

_RETIRED: Final = -1  # in place of a process's id
_UNQUIET: Final = contextlib.nullcontext()  # of iterations there may be thousands
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
    """A function whose calls are observed; as a class attribute, a method.

    Whoever looks at it (``functools.update_wrapper``, mocks, ``inspect``) finds the function.
    """

    __slots__ = (
        "__weakref__",
        "conditional",
        "function",
        "of_class",
        "original",
        "owner_pid",
        "scope",
        "watch",
    )

    def __init__(
        self,
        original: Any,
        function: types.FunctionType,
        watch: Watch,
        scope: Scope = Scope.CLOSED,
    ) -> None:
        self.original = original
        self.function = function
        self.watch = watch
        self.scope = scope
        self.owner_pid = _getpid()
        self.of_class = isinstance(original, classmethod)
        self.conditional = original is not function and not self.of_class

    def __getattr__(self, name: str) -> Any:
        # Of a decorated one `inspect` asks for its own signature, or for that of the inner one.
        if name == "__signature__" and "__wrapped__" not in self.function.__dict__:
            return signature_of(self.function)
        return getattr(self.function, name)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self.function

    def __hash__(self) -> int:
        return hash(self.function)

    @property  # type: ignore[misc]  # asked for by isinstance, and another here on purpose
    def __class__(self) -> Any:
        asking = str(sys._getframe(1).f_globals.get("__name__"))
        if asking.endswith(("cloudpickle", "dill")):
            return type(self)  # pickled as a function it would take this module along
        return classmethod if self.of_class else types.FunctionType

    __dict__ = property(lambda self: self.function.__dict__)
    __doc__ = property(lambda self: self.function.__doc__)
    __module__ = property(lambda self: self.function.__module__)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if self.of_class:
            return types.MethodType(self, owner if owner is not None else type(instance))
        if instance is None:
            return self.original.__get__(None, owner)
        if self.conditional:  # such as available_if: raises AttributeError when it does not apply
            self.original.__get__(instance, owner)
        return types.MethodType(self, instance)

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the original."""
        token = finish = None
        is_seen = _is_seen(self)
        if is_seen and self.scope is Scope.CLOSED:
            token = _busy.set(True)
        try:
            try:
                if is_seen:
                    finish = _begin(self, args, kwargs, sys._getframe(1))
            except RecursionError:  # enough may be left for the user's function
                finish = None
            try:
                result = self.function(*args, **kwargs)
            except BaseException as error:
                # A bare raise does not add this frame again: the traceback stays the user's.
                _forget_last_frame(error)
                if finish is not None:
                    _end(finish, None, error, self.scope)
                raise
            try:
                if finish is not None:
                    _end(finish, result, None, self.scope)
            except RecursionError:
                finish = None
            return result
        finally:
            if token is not None:
                _busy.reset(token)

    def __reduce__(self) -> tuple[Any, ...]:
        # A class defined in a notebook is pickled with its attributes: give the original one, in
        # terms that a process without this package understands.
        return operator.itemgetter(0), ((self.original,),)


# `warnings` does not count frames of the import system when it looks for the `stacklevel`-th
# caller. With such a file name ours is not counted either: a warning names the same line as ever.
_code: Final = Observed.__call__.__code__
Observed.__call__.__code__ = _code.replace(
    co_filename=f"<importlib._bootstrap> {_code.co_filename}"
)


class _Visit(NamedTuple):
    """A call of an instrumented function under way; ``outer`` is what was being handled then."""

    token: contextvars.Token[bool] | None
    finish: Finish | None
    outer: BaseException | None
    result: list[Any]


class ObservedInside:
    """A plain function whose calls are observed by its own code.

    Raises
    ------
    ValueError
        The function cannot be observed: its source is not there, or not what it was made from.
    """

    def __init__(self, function: types.FunctionType, watch: Watch, scope: Scope) -> None:
        self.function = function
        self.watch = watch
        self.scope = scope
        self.owner_pid = _getpid()
        self.original_code = function.__code__
        code = instrumented_code(function, self._enter, self._keep, self._leave)
        if code is None:
            raise ValueError(f"{function.__module__}.{function.__qualname__} cannot be observed.")
        self._code = code
        self._visits: dict[int, _Visit] = {}  # by the frame, which lives as long as the call
        function.__code__ = code

    @property
    def is_in_place(self) -> bool:
        """Whether the function still has our code."""
        return self.function.__code__ is self._code

    def restore(self) -> None:
        """Give the function its own code again, unless somebody else gave it another."""
        if self.is_in_place:
            self.function.__code__ = self.original_code

    def _enter(self, given: tuple[Any, ...]) -> None:
        if not _is_seen(self):
            return
        *args, kwargs = given
        frame = sys._getframe(2)
        outer = sys.exc_info()[1]
        token = _busy.set(True) if self.scope is Scope.CLOSED else None
        self._visits[id(frame)] = _Visit(token, None, outer, [])
        finish = _begin(self, tuple(args), kwargs, frame.f_back or frame)
        self._visits[id(frame)] = _Visit(token, finish, outer, [])

    def _keep(self, value: tuple[Any]) -> Any:
        visit = self._visits.get(id(sys._getframe(2)))
        if visit is not None:
            visit.result[:] = value
        return value[0]

    def _leave(self) -> None:
        visit = self._visits.pop(id(sys._getframe(2)), None)
        if visit is None:
            return
        try:
            error = sys.exc_info()[1]
            if visit.result and error is visit.outer:
                error = None
            result = visit.result[0] if visit.result and error is None else None
            if visit.finish is not None:
                _end(visit.finish, result, error, self.scope)
        finally:
            if visit.token is not None:
                _busy.reset(visit.token)


def retire(observed: Observed | ObservedInside) -> None:
    """See no calls any more, also when it is put in place again."""
    observed.owner_pid = _RETIRED


def is_observed(attribute: Any) -> bool:
    """Whether a class attribute is observed now; one that was put back after a stop is not."""
    return type(attribute) is Observed and attribute.owner_pid != _RETIRED


class Overhead:
    """What observing cost, in nanoseconds of the user's threads."""

    def __init__(self) -> None:
        self.nanoseconds = 0


overhead: Final = Overhead()


def _forget_last_frame(error: BaseException) -> None:
    # Past what a class of the user's does when its attributes are asked for or set.
    traceback = _traceback.__get__(error)
    if traceback is not None:
        _traceback.__set__(error, traceback.tb_next)


def _is_seen(observed: Observed | ObservedInside) -> bool:
    if (_busy.get() and observed.scope is not Scope.INNER) or is_quiet():
        return False
    return _getpid() == observed.owner_pid


unobserved: Final[list[Callable[[str, tuple[Any, ...]], None]]] = []
"""Told, with name and arguments, of calls in cells that are not autologged: what was known of an
object before may not be true of it afterwards."""


def _begin(
    observed: Observed | ObservedInside,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    frame: types.FrameType,
) -> Finish | None:
    cell = find_cell()
    if cell is not None and not cell.is_autologged:
        for told in unobserved:
            with problems.caught("passing over a call"):
                told(observed.function.__name__, args)
        return None
    start, finish, is_inner = _nanoseconds(), None, observed.scope is Scope.INNER
    where = f"autologging {observed.function.__qualname__}"
    with problems.caught(where), _UNQUIET if is_inner else quiet():
        finish = observed.watch(Call(observed.function, args, kwargs, frame))
    if finish is not None:
        overhead.nanoseconds += _nanoseconds() - start
    return finish


def _end(finish: Finish, result: Any, error: BaseException | None, scope: Scope) -> None:
    start = _nanoseconds()
    with problems.caught("autologging"), _UNQUIET if scope is Scope.INNER else quiet():
        finish(result, error)
    overhead.nanoseconds += _nanoseconds() - start
