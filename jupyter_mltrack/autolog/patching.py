"""The one mechanism by which calls of a library are observed.

Nothing is replaced by a wrapper function that a user could meet. A *method* is observed by a
descriptor in its class: asked through the class it gives the original function itself, asked
through an instance a bound method whose ``__func__`` is the descriptor. A *function* is observed
inside, so that every name anyone imported earlier is still the same object: of a decorated one,
the decorator's closure keeps the inner function in a cell, and that cell gets an observed one; a
plain one gets its own code with notices at its ends (:mod:`.instrument`). What happens in a call is
in :mod:`.observed`.
Signature, docstring, pickles (of the class, by value too), ``isinstance`` and ``inspect`` therefore
stay as they were, and :meth:`Patcher.unpatch_all` puts the very originals back.
"""

import contextlib
import types
import weakref
from typing import Any

from jupyter_mltrack.autolog.observed import Observed, ObservedInside, Watch, is_observed, retire
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.tracking.problems import problems

_Method = tuple[weakref.ref[type], weakref.ref[Any]]  # a class, and what is observed in it


class Patcher:
    """All that is patched, to be put back."""

    def __init__(self) -> None:
        # By identity: classes are held weakly, as a cell run again makes a new class each time, and
        # the observed too: a method that calls super() holds its class.
        self._methods: dict[tuple[int, str], _Method] = {}
        self._replaced: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()
        self._cells: list[tuple[types.CellType, Observed]] = []
        self._functions: list[ObservedInside] = []

    def __len__(self) -> int:
        return len(self._methods) + len(self._cells) + len(self._functions)

    def observe_method(
        self, owner: type, name: str, watch: Watch, scope: Scope = Scope.CLOSED
    ) -> bool:
        """Observe calls of a method defined by this very class; whether it is observed now."""
        original: Any = vars(owner).get(name)
        if is_observed(original):
            return True
        if type(original) is Observed:
            original = original.original
        function = original
        if isinstance(original, classmethod):
            function = original.__func__
        elif hasattr(original, "check") and hasattr(original, "fn"):  # sklearn's available_if
            function = original.fn
        if not isinstance(function, types.FunctionType):
            return False
        observed = Observed(original, function, watch, scope)
        key = (id(owner), name)
        # Not setattr: a metaclass may have its own idea of it.
        type.__setattr__(owner, name, observed)
        reference = weakref.ref(owner, lambda _: self._methods.pop(key, None))
        earlier = self._methods[key][1]() if key in self._methods else None
        if earlier is not None:
            self._replaced[id(earlier)] = earlier
        self._methods[key] = (reference, weakref.ref(observed))
        return True

    def observe_function(self, function: Any, watch: Watch, scope: Scope = Scope.CLOSED) -> bool:
        """Observe calls of a function, whoever imported it and when; whether it is observed now."""
        inner = getattr(function, "__wrapped__", None)
        if not isinstance(inner, types.FunctionType):
            return self._observe_plain(function, watch, scope)
        for cell in getattr(function, "__closure__", None) or ():
            if _content(cell) is inner:
                observed = Observed(inner, inner, watch, scope)
                cell.cell_contents = observed
                self._cells.append((cell, observed))
                return True
        return any(isinstance(_content(cell), Observed) for cell in function.__closure__ or ())

    def _observe_plain(self, function: Any, watch: Watch, scope: Scope) -> bool:
        if not isinstance(function, types.FunctionType):
            return False
        if any(known.function is function and known.is_in_place for known in self._functions):
            return True
        try:
            self._functions.append(ObservedInside(function, watch, scope))
        except ValueError as error:
            problems.record("autologging", error)
            return False
        return True

    def unpatch_all(self) -> None:
        """Put every original back, where nobody else replaced ours since.

        Who replaced ours for a while (a mock) may put it back later: it sees nothing then.
        """
        for replaced in list(self._replaced.values()):
            retire(replaced)
        self._replaced.clear()
        while self._methods:  # one by one: classes may be collected, and their entries go meanwhile
            with contextlib.suppress(KeyError):
                self._unpatch(*self._methods.popitem())
        for cell, observed in self._cells:
            retire(observed)
            if _content(cell) is observed:
                cell.cell_contents = observed.original
        self._cells.clear()
        for function in self._functions:
            retire(function)
            function.restore()
        self._functions.clear()

    def _unpatch(self, key: tuple[int, str], entry: _Method) -> None:
        (_, name), (reference, kept) = key, entry
        owner, observed = reference(), kept()
        if observed is not None:
            retire(observed)
        found: Any = None if owner is None else vars(owner).get(name)
        if owner is not None and type(found) is Observed and not is_observed(found):
            with problems.caught("stopping autologging"):
                type.__setattr__(owner, name, found.original)


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None
