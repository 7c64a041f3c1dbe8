"""What a statement reads, binds and may change, from its syntax alone.

A *location* is a name, or a name with a written-out text key (``df['price']``): columns and entries
that are assigned are told apart from the rest of their table. A read is *sure* when the statement
cannot run without it; in a branch, a handler or a function that may not be called it is not.
"""

import ast
from typing import NamedTuple

Names = frozenset[str]
NONE: Names = frozenset()


class Call(NamedTuple):
    """A call: ``dotted`` is ``np.random.rand`` of such, ``last`` the last name of it.

    ``receiver`` and the arguments are the names that what is given may share state with.
    ``makers`` are the functions whose results the method is called on.
    """

    dotted: str
    last: str
    receiver: Names
    positional: tuple[Names, ...]
    keywords: tuple[tuple[str, Names], ...]
    makers: Names
    seeded: bool
    inplace: bool
    sure: bool

    @property
    def root(self) -> str:
        """The name that the called thing is reached from; empty when there is none."""
        return self.dotted.partition(".")[0]

    @property
    def arguments(self) -> Names:
        """Names that any argument may share state with."""
        return NONE.union(*self.positional, *(names for _, names in self.keywords))


class Body(NamedTuple):
    """Code that runs when it is called: of a function, a lambda, or the methods of a class.

    ``carries`` says that what it returns may run code later: a class, a function with functions.
    ``keeps`` that each call of that may change what it keeps.
    """

    parameters: tuple[str, ...]
    local_names: Names
    effects: "Effects"
    is_generator: bool
    carries: bool
    keeps: bool = False

    def scope(self, given: dict[str, Names]) -> dict[str, Names]:
        """Names of the function, and what they share state with outside of it."""
        return {**dict.fromkeys(self.local_names, NONE), **given}


class Effects(NamedTuple):
    """Effects of one statement.

    ``reads`` and ``binds`` map locations to whether that is sure; ``musts`` are locations
    that must be there, whether or not another value there matters. ``counting`` are locations whose
    new value surely differs each time it is made from the old one (``i += 1``); ``again`` those
    whose value is surely another each time and changed in place (``rows.append(1)``). ``shares``
    are names that what is bound may share state with, ``touches`` names changed in place,
    ``iterates`` names gone through, ``plain`` names bound to what nothing can change in place.
    ``literals`` has what is written out of locations bound to nothing else, as text of their own.
    ``copies`` has the locations that others are bound to (``a = b``).
    ``filled`` are names bound to what a loop can go over, or to positive numbers. ``needs`` are
    names that loops go over: when each is filled, the effects are ``looped``.
    ``outside`` has ``r`` and ``w`` for what is outside the kernel.
    """

    reads: dict[str, bool] = {}
    binds: dict[str, bool] = {}
    musts: Names = NONE
    counting: Names = NONE
    again: Names = NONE
    shares: Names = NONE
    touches: Names = NONE
    iterates: Names = NONE
    calls: tuple[Call, ...] = ()
    bodies: dict[str, Body] = {}
    modules: dict[str, str] = {}
    plain: Names = NONE
    filled: Names = NONE
    literals: dict[str, str] = {}
    copies: dict[str, str] = {}
    deletes: Names = NONE
    makes_iterator: bool = False
    shows: bool = False
    outside: str = ""
    star: str = ""
    opaque: str = ""
    needs: Names = NONE
    looped: "Effects | None" = None


def find_effects(node: ast.stmt) -> Effects:
    """The effects of a statement at the top level of a cell."""
    from jupyter_mltrack.query.dataflow.visiting import visit_statement

    return visit_statement(node)


def location(name: str, key: str) -> str:
    """The location of an entry of a name."""
    return f"{name}[{key!r}]"


def base(name: str) -> str:
    """What stands in ``reads`` for a name without its entries."""
    return f"{name}[]"


def root_of(place: str) -> str:
    """The name that a location belongs to."""
    return place.partition("[")[0]
