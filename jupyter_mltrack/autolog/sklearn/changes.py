"""Whether classes are as they were: asked before each cell, in a tenth of a millisecond.

Classes that are defined are seen as that happens, unless one of them keeps that from happening; a
method may be replaced, or added, at any time. Python tells nobody of either, but the number of a
class's attributes, its direct subclasses, and what is under a name are quick to look at.
"""

import itertools
import operator
import weakref
from collections.abc import Collection, Mapping
from typing import Any, Final

from jupyter_mltrack.autolog.observed import Observed
from jupyter_mltrack.autolog.usercode import is_library

_namespace_of: Final[Any] = vars(type)["__dict__"].__get__


class ClassView:
    """What some classes and their subclasses are like, to be compared with later.

    Of those ``above`` them, which may have other subclasses, the attributes alone count. ``names``
    are those of the methods that may be observed.

    Of classes of libraries their attributes are held; those of the user's, which a cell run again
    replaces, are referred to weakly.
    """

    def __init__(
        self, kinds: Collection[type], above: Collection[type], names: Collection[str]
    ) -> None:
        self._methods = tuple(names)
        self._lasting: list[type] = []
        self._others: list[weakref.ref[type]] = []
        for kind in (*above, *kinds):
            if is_library(str(kind.__module__)):
                self._lasting.append(kind)
            else:
                self._others.append(weakref.ref(kind))
        aside = set(map(id, above))
        self._parents = [kind for kind in self._lasting if id(kind) not in aside]
        self._namespaces: list[Mapping[str, Any]] = [*map(_namespace_of, self._lasting)]
        observed = [
            (namespace, name, value)
            for namespace in self._namespaces
            for name in names
            if type(value := namespace.get(name)) is Observed
        ]
        self._places = [namespace for namespace, _, _ in observed]
        self._names = [name for _, name, _ in observed]
        self._values = [value for _, _, value in observed]
        self._known = self._look()
        self._others_known = self._look_at_others()

    def is_as_before(self) -> bool:
        """Whether no class is new or gone, and no attribute was added or replaced."""
        try:
            are_same = all(
                map(operator.is_, map(operator.getitem, self._places, self._names), self._values)
            )
        except KeyError:
            return False
        # A class that is gone may have left its identity to another one.
        return (
            are_same
            and self._look() == self._known
            and self._look_at_others() == self._others_known
        )

    def _look(self) -> list[int]:
        subclasses: Any = itertools.chain.from_iterable(map(type.__subclasses__, self._parents))
        return [*map(len, self._namespaces), *map(id, subclasses)]

    def _look_at_others(self) -> list[Any]:
        found: list[Any] = []
        for reference in self._others:
            kind = reference()
            if kind is None:
                found.append(None)
                continue
            namespace = _namespace_of(kind)
            found.append(len(namespace))
            found += map(id, type.__subclasses__(kind))
            found += (name for name in self._methods if type(namespace.get(name)) is Observed)
        return found
