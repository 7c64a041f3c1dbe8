"""What is collected on the walk over a statement: names, places, and how sure they are."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.plain import last_name
from jupyter_mltrack.query.dataflow.sharing import sharing_names


class Collector:
    """Effects as they are found; ``locals`` are names of functions around, which are not reported.

    ``is_sure`` is False in branches, ``decides`` True in conditions; ``bound`` are places that are
    surely bound by now.
    """

    def __init__(self, local_names: Iterable[str] = ()) -> None:
        self.locals = set(local_names)
        self.reads: dict[str, bool] = {}
        self.binds: dict[str, bool] = {}
        self.counting: set[str] = set()
        self.again: set[str] = set()
        self.shares: set[str] = set()
        self.touches: set[str] = set()
        self.iterates: set[str] = set()
        self.calls: list[fx.Call] = []
        self.bodies: dict[str, fx.Body] = {}
        self.modules: dict[str, str] = {}
        self.plain: set[str] = set()
        self.filled: set[str] = set()
        self.literals: dict[str, str] = {}
        self.copies: dict[str, str] = {}
        self.deletes: set[str] = set()
        self.outside = ""
        self.star = ""
        self.opaque = ""
        self.sharing: dict[str, set[str]] = {}
        self.lambdas: list[fx.Body] = []
        self.bound: set[str] = set()
        self.is_sure = True
        self.decides = False
        self.musts: set[str] = set()
        self.is_generator = False
        self.has_functions = False

    def finish(self, node: ast.AST) -> fx.Effects:
        """What was collected."""
        if not isinstance(node, ast.Assign):
            # In a loop or a branch the name may be bound to something else besides.
            self.plain, self.filled, self.literals, self.copies = set(), set(), {}, {}
        return fx.Effects(
            reads=self.reads,
            binds=self.binds,
            musts=frozenset(self.musts),
            counting=frozenset(self.counting),
            again=frozenset(self.again),
            shares=frozenset(self.shares),
            touches=frozenset(self.touches),
            iterates=frozenset(self.iterates),
            calls=tuple(self.calls),
            bodies=self.bodies,
            modules=self.modules,
            plain=frozenset(self.plain),
            filled=frozenset(self.filled),
            literals=self.literals,
            copies=self.copies,
            deletes=frozenset(self.deletes),
            makes_iterator=_makes_iterator(node),
            shows=self._only_shows(node),
            outside=self.outside,
            star=self.star,
            opaque=self.opaque,
        )

    def _only_shows(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Pass):
            return True
        if not isinstance(node, ast.Expr) or self.binds or self.touches or self.opaque:
            return False
        return not self.outside and all(
            call.dotted in knowledge.SHOWING
            or ("." in call.dotted and call.last in knowledge.SHOWING_METHODS)
            or (not call.dotted and call.last in knowledge.SHOWING_METHODS)
            for call in self.calls
        )

    def roots(self, node: ast.expr) -> set[str]:
        """Names that a value may share state with."""
        found = sharing_names(node)
        for name in list(found):
            found |= self.sharing.get(name, set())
        return found

    def read(self, place: str) -> None:
        """What the code reads here, unless it bound it before."""
        name = fx.root_of(place)
        if name not in self.locals and name not in self.bound and place not in self.bound:
            self.reads[place] = self.reads.get(place, False) or (self.is_sure and not self.decides)
            if self.is_sure:
                self.musts.add(place)

    def bind(self, place: str, sharing: Iterable[str] = ()) -> None:
        """What the code binds here, to a value that may share state with these names."""
        shared = set(sharing)
        if "[" not in place:
            self.sharing[place] = shared
        if place in self.locals:
            return
        self.binds[place] = self.binds.get(place, False) or self.is_sure
        self.shares |= shared
        # What a branch binds is bound for the rest of the branch.
        self.bound.add(place)

    @contextmanager
    def branch(self, *, sure: bool = False) -> Iterator[None]:
        """Code that runs perhaps, or (``sure``) surely."""
        was, bound = self.is_sure, set(self.bound)
        self.is_sure = was and sure
        yield
        self.is_sure, self.bound = was, bound

    @contextmanager
    def scope(self, names: Iterable[str]) -> Iterator[None]:
        """Code with names of its own."""
        added = set(names) - self.locals
        self.locals |= added
        yield
        self.locals -= added


def _makes_iterator(node: ast.AST) -> bool:
    value = getattr(node, "value", None)
    if isinstance(value, ast.GeneratorExp):
        return True
    return isinstance(value, ast.Call) and last_name(value) in knowledge.ITERATORS
