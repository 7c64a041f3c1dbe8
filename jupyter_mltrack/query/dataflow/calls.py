"""What a statement does where it stands: its calls followed into the notebook's own functions."""

from collections.abc import Iterable, Mapping
from typing import Final

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge

MAX_DEPTH: Final = 5
"""Functions that call functions are followed so far; what is deeper may change what it is given."""

Scope = Mapping[str, frozenset[str]]


class Known:
    """What is known of names while a program runs.

    ``bodies`` are the notebook's own functions that a name may be, or hold; ``defined`` names bound
    by such a definition; ``modules`` where imported names are from; ``steady`` names of objects
    that do not draw from global generators; ``iterators`` names of what going through it uses up,
    ``plain`` of numbers, texts and such, ``filled`` of what a loop over it runs for.
    """

    def __init__(self) -> None:
        self.bodies: dict[str, tuple[fx.Body, ...]] = {}
        self.modules: dict[str, str] = {}
        self.defined: set[str] = set()
        self.steady: set[str] = set()
        self.iterators: set[str] = set()
        self.plain: set[str] = set()
        self.filled: set[str] = set()

    def forget(self, name: str) -> None:
        """The name is bound to something else."""
        self.bodies.pop(name, None)
        self.modules.pop(name, None)
        self.defined.discard(name)
        self.steady.discard(name)
        self.iterators.discard(name)
        self.plain.discard(name)
        self.filled.discard(name)

    def is_fixed(self, name: str) -> bool:
        """Whether what the name stands for is not changed in place."""
        return name in self.plain or name in self.modules


class Deeds:
    """What one statement does, its calls included; see :class:`~.effects.Effects`.

    ``draws`` and ``seeds`` name global generators, ``links`` names that share state from here on.
    """

    def __init__(self, known: Known, effects: fx.Effects) -> None:
        self.reads: dict[str, bool] = {}
        self.binds: dict[str, bool] = {}
        self.musts: set[str] = set()
        self.touches: set[str] = set()
        self.draws: dict[str, bool] = {}
        self.seeds: set[str] = set()
        self.links: list[frozenset[str]] = []
        self.carried: list[fx.Body] = []
        self.outside = ""
        self.opaque = effects.opaque
        self.is_steady = False
        self.is_iterator = effects.makes_iterator
        self._known = known
        self._own = effects
        self._active: list[int] = []
        self._add(effects, {}, sure=True)
        self.binds |= {place: effects.binds[place] for place in effects.binds}

    def _add(self, effects: fx.Effects, scope: Scope, *, sure: bool) -> None:
        called = {call.dotted: call.sure for call in effects.calls}
        if sure:
            self.musts |= effects.musts
        for place, is_sure in effects.reads.items():
            name = fx.root_of(place)
            is_held = name in self._known.bodies and name not in called
            # A function that is handed on may not be called.
            is_handed = is_held and not any(body.carries for body in self._known.bodies[name])
            self._read(place, is_sure and sure and not is_handed)
            if is_held:
                self._hold(name, called)
        touched = effects.touches | (effects.iterates & self._known.iterators)
        self.touches |= _mapped(touched, scope)
        self.outside += effects.outside
        self.opaque = self.opaque or effects.opaque
        for call in effects.calls:
            self._call(call, scope, sure=sure and call.sure)

    def _read(self, place: str, sure: bool) -> None:
        self.reads[place] = self.reads.get(place, False) or sure

    def _hold(self, name: str, called: Mapping[str, bool]) -> None:
        """A function of the notebook is handed on, or a method of what holds one is called."""
        bodies = self._known.bodies[name]
        is_used = any(one.startswith(f"{name}.") for one in called)
        if not is_used:
            self.carried += bodies
        given = frozenset({name})
        for body in bodies:
            self._enter(body, body.scope(dict.fromkeys(body.parameters, given)), sure=False)
        if is_used and any(body.effects.touches for body in bodies):
            self.touches.add(name)

    def _enter(self, body: fx.Body, scope: Scope, *, sure: bool) -> None:
        if id(body) in self._active or len(self._active) >= MAX_DEPTH:
            return
        self._active.append(id(body))
        for place in body.effects.binds:
            self.binds.setdefault(place, False)
        self._add(body.effects, scope, sure=sure)
        self._active.pop()

    def _call(self, call: fx.Call, scope: Scope, *, sure: bool) -> None:
        dotted = self._canonical(call, scope)
        bodies = self._known.bodies.get(call.dotted, ()) if call.dotted not in scope else ()
        for body in bodies:
            is_run = sure and len(bodies) == 1 and not body.is_generator
            self._enter(body, _bind_parameters(body, call, scope), sure=is_run)
            self.is_iterator |= body.is_generator and not self._active
            if body.carries and not self._active:
                self.carried.append(body)
        if any(body.keeps for body in bodies) and call.root not in self._known.defined:
            self.touches |= _mapped({call.root}, scope)
        if not bodies:
            self._change(call, dotted, scope)
        self._draw(call, dotted, sure=sure)
        self._reach_outside(call, dotted)

    def _canonical(self, call: fx.Call, scope: Scope) -> str:
        """The dotted name as its library has it: ``numpy.random.rand`` of ``np.random.rand``."""
        origin = "" if call.root in scope else self._known.modules.get(call.root, "")
        return origin + call.dotted[len(call.root) :] if origin else call.dotted

    def _change(self, call: fx.Call, dotted: str, scope: Scope) -> None:
        receiver = _mapped(call.receiver, scope) - set(self._known.modules)
        arguments = _mapped(call.arguments, scope) - set(self._known.modules)
        last = call.last
        if call.inplace:
            self.touches |= receiver | {
                one for key, names in call.keywords if key == "out" for one in _mapped(names, scope)
            }
        if call.root in self._known.modules and call.root not in scope:
            if not self._is_harmless(dotted, last):
                self.touches |= arguments
        elif call.receiver or call.makers or "." in call.dotted:
            self._call_method(last, receiver, arguments)
        elif last not in knowledge.PURE_FUNCTIONS and not last[:1].isupper():
            # The name may be a method of an object: ``add = rows.append``.
            self.touches |= arguments | _mapped({call.root}, scope)

    def _is_harmless(self, dotted: str, last: str) -> bool:
        if last in knowledge.CHANGING_FUNCTIONS:
            return False
        return dotted.split(".", 1)[0] in knowledge.LIBRARIES or last[:1].isupper()

    def _call_method(self, last: str, receiver: set[str], arguments: set[str]) -> None:
        if last in knowledge.PURE_METHODS:
            return
        self.touches |= receiver
        if last in knowledge.KEEPS_ARGUMENTS:
            return
        if last in knowledge.LIST_CHANGES or last in ("update", "setdefault", "setattr"):
            self.links.append(frozenset(receiver | arguments))
        else:
            self.touches |= arguments

    def _draw(self, call: fx.Call, dotted: str, *, sure: bool) -> None:
        last = call.last
        if call.seeded or last in knowledge.STEADY_CLASSES or last in ("default_rng", "Generator"):
            self.is_steady = True
            return
        if dotted in knowledge.SEEDING or last in knowledge.SEEDING_ALL:
            if call.positional or call.keywords:
                self.seeds |= set(knowledge.SEEDING.get(dotted, knowledge.GENERATORS))
            return
        generator = knowledge.sure_draw(dotted)
        if generator:
            self.draws[generator] = self.draws.get(generator, False) or sure
        elif knowledge.may_draw(last) and not self._is_steady(call):
            for one in ("numpy", "python", "torch"):
                self.draws.setdefault(one, False)

    def _is_steady(self, call: fx.Call) -> bool:
        if call.makers & knowledge.STEADY_CLASSES:
            return True
        return bool(call.receiver) and call.receiver <= self._known.steady

    def _reach_outside(self, call: fx.Call, dotted: str) -> None:
        last = call.last
        is_function = dotted != call.dotted or not call.receiver or call.root == dotted
        if knowledge.WRITES_OUTSIDE.match(last) or (
            is_function and knowledge.FUNCTIONS_WRITING_OUTSIDE.match(last)
        ):
            self.outside += "w"
        if knowledge.READS_OUTSIDE.match(last):
            self.outside += "r"


def _mapped(names: Iterable[str], scope: Scope) -> set[str]:
    """Names outside a function that its names stand for."""
    return set().union(*(scope.get(name, {name}) for name in names))


def _bind_parameters(body: fx.Body, call: fx.Call, scope: Scope) -> dict[str, frozenset[str]]:
    """What the parameters of a called function share state with."""
    bound: dict[str, set[str]] = {name: set() for name in body.parameters}
    everything = _mapped(call.arguments, scope)
    if body.carries or len(call.positional) > len(body.parameters):
        return body.scope(dict.fromkeys(body.parameters, frozenset(everything)))
    for name, names in zip(body.parameters, call.positional, strict=False):
        bound[name] |= _mapped(names, scope)
    for key, names in call.keywords:
        bound.setdefault(key, set()).update(_mapped(names, scope))
    return body.scope({name: frozenset(names) for name, names in bound.items()})
