"""Runs a program symbolically: statement after statement, what each location holds."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from jupyter_mltrack.query.dataflow import effects as fx
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow import values as kinds
from jupyter_mltrack.query.dataflow.calls import Deeds, Known
from jupyter_mltrack.query.dataflow.reading import Statement
from jupyter_mltrack.query.dataflow.values import Input, Value, Values

OUTSIDE: Final = "<outside>"
"""Files, processes and the environment, as one location."""
_NOBODY: Final[frozenset[int]] = frozenset()


def generator_place(name: str) -> str:
    """The location that stands for the state of a global generator."""
    return f"<{name} random state>"


def is_generator_place(place: str) -> bool:
    """Whether a location stands for the state of a global generator."""
    return place.endswith(" random state>")


class Trace(NamedTuple):
    """One statement as it ran.

    ``depends`` are the steps that made what it read or built on; ``missing`` names that it surely
    read and nothing made; ``changed`` whether any location holds another value than before;
    ``remade`` the steps that had made just the same of locations that it bound.
    """

    statement: Statement
    inputs: tuple[Input, ...]
    depends: frozenset[int]
    missing: tuple[str, ...]
    changed: bool
    remade: frozenset[int]


class Machine:
    """The state of a program.

    A *step* is a number the caller gives to what it runs, such as an execution's position.
    ``makers`` has by the number of a value the last step that made it. ``seeded`` says that global
    generators are seeded somewhere, so that their states matter.
    """

    def __init__(self, values: Values, *, seeded: bool) -> None:
        self.makers: dict[int, int] = {}
        self._values = values
        self._seeded = seeded
        self._holds: dict[str, Value] = {}
        self._entries: dict[str, dict[str, None]] = {}
        self._shared: dict[str, set[str]] = {}
        self._writers: dict[str, frozenset[int]] = {}
        self._known = Known()
        self._world: Value | None = None
        self._world_writers = _NOBODY

    def run(self, statement: Statement, step: int, *, certain: bool = True) -> Trace:
        """Run a statement; when it is not ``certain`` that it ran, what it does is not either."""
        effects = statement.effects
        if effects.looped is not None and all(map(self._is_filled, effects.needs)):
            statement = statement._replace(effects=effects.looped)
        deeds = Deeds(self._known, statement.effects)
        inputs, depends = self._read(deeds)
        missing = self._missing(deeds) if certain else ()
        move = _Move(statement, deeds, inputs, step, certain)
        if deeds.opaque or statement.effects.star:
            depends |= self._lose_sight(move, everything=bool(deeds.opaque))
        changed = self._use_hidden(move)
        changed |= self._touch(move)
        changed |= self._bind(move)
        depends |= move.depends
        for name in statement.effects.deletes:
            self._delete(name)
        changed |= bool(deeds.opaque)
        remade = move.remade - {step}
        return Trace(statement, move.inputs, depends - {step}, missing, changed, remade)

    def _is_filled(self, name: str) -> bool:
        held = self._holds.get(name)
        # Not any more when it was changed in place.
        return name in self._known.filled and held is not None and held.kind == kinds.BOUND

    # Reading

    def _read(self, deeds: Deeds) -> tuple[tuple[Input, ...], frozenset[int]]:
        inputs: dict[str, Input] = {}
        depends: set[int] = set()
        for place, sure in deeds.reads.items():
            for one, is_sure in self._places(place, sure):
                known = inputs.get(one)
                value = self._value(one)
                inputs[one] = Input(one, value, is_sure or (known is not None and known.sure))
                depends |= self._writers.get(one, _NOBODY)
                if value.kind == kinds.GIVEN and value.previous is not None:
                    depends |= self._world_writers
        return tuple(inputs.values()), frozenset(depends)

    def _places(self, place: str, sure: bool) -> Iterable[tuple[str, bool]]:
        """A location with what it is part of, or what is part of it."""
        name = fx.root_of(place)
        yield name, sure
        if place == name:
            # Of a whole table a statement may use these columns, or others.
            yield from ((entry, False) for entry in self._entries.get(name, ()))
        elif place in self._holds:
            yield place, sure

    def _value(self, place: str) -> Value:
        value = self._holds.get(place)
        if value is not None:
            return value
        world = None if knowledge.is_given(place) else self._world
        return self._values.given(place, world)

    def _missing(self, deeds: Deeds) -> tuple[str, ...]:
        if self._world is not None:
            return ()
        names = (fx.root_of(place) for place in deeds.reads if place in deeds.musts)
        return tuple(
            dict.fromkeys(
                name for name in names if name not in self._holds and not knowledge.is_given(name)
            )
        )

    # Writing

    def _hold(self, move: "_Move", kind: str, place: str, value: Value) -> bool:
        before = self._holds.get(place)
        if value is before:
            if kind == kinds.BOUND:
                # Made anew just the same: what was done before is not needed for it any more.
                move.remade |= self._writers.get(place, _NOBODY)
                self._writers[place] = frozenset({move.step})
            return False
        old = _NOBODY if kind == kinds.BOUND else self._writers.get(place, _NOBODY)
        self._holds[place] = value
        self._writers[place] = old | {move.step}
        if value.text in (move.statement.text, *move.statement.effects.literals.values()):
            self.makers[value.number] = move.step
        if "[" in place:
            self._entries.setdefault(fx.root_of(place), {})[place] = None
        return True

    def _bind(self, move: "_Move") -> bool:
        changed = False
        shared = self._sharers(move.statement.effects.shares)
        for place, sure in move.deeds.binds.items():
            sure = sure and move.certain
            kind = kinds.BOUND if sure else kinds.MAYBE
            previous = self._value(place) if not sure or place in move.read else None
            source = move.statement.effects.copies.get(place, "")
            copied = self._holds.get(source)
            # The entries of a table that gets another name.
            held = self._entries.get(source, ()) if copied and sure and "[" not in place else ()
            entries = {place + one.removeprefix(source): self._holds[one] for one in held}
            value = (
                copied if copied is not None and sure else self._make(move, kind, place, previous)
            )
            was_plain = place in self._known.plain
            if place == fx.root_of(place):
                # Another object from here on, for those that shared the old one; with no entries.
                was_used = self._shared.get(place) or self._entries.get(place)
                changed |= bool(sure and was_used)
                self._forget(place, bool(sure))
            changed |= self._hold(move, kind, place, value)
            for entry, value in entries.items():
                changed |= self._hold(move, kind, entry, value)
            self._learn(move, place, shared, was_plain)
        return changed

    def _make(self, move: "_Move", kind: str, place: str, previous: Value | None) -> Value:
        effects = move.statement.effects
        text = effects.literals.get(place)
        inputs = () if text and kind == kinds.BOUND else move.inputs
        counts = place in effects.counting
        text = text or move.statement.text
        return self._values.make(kind, text, place, inputs, previous, counts)

    def _learn(self, move: "_Move", place: str, shared: set[str], was_plain: bool) -> None:
        """What is known of a name that was just bound."""
        name, effects, known = fx.root_of(place), move.statement.effects, self._known
        self._share({name}, shared)
        bodies = effects.bodies.get(place)
        carried = [bodies] if bodies else move.deeds.carried
        if carried and place not in effects.modules:
            every = {id(body): body for body in (*known.bodies.get(name, ()), *carried)}
            known.bodies[name] = tuple(every.values())
        if bodies and place == name:
            known.defined.add(name)
        if place in effects.modules:
            known.modules[name] = effects.modules[place]
        if place in effects.plain or (was_plain and place in effects.counting):
            known.plain.add(name)
        if place in effects.filled:
            known.filled.add(name)
        if move.deeds.is_steady:
            known.steady.add(name)
        if move.deeds.is_iterator:
            known.iterators.add(name)

    def _touch(self, move: "_Move") -> bool:
        changed = False
        again = move.statement.effects.again
        # What holds a table too sees its new entry.
        tables = {fx.root_of(place) for place in move.deeds.binds if "[" in place}
        seen = self._sharers(move.deeds.touches) | (self._sharers(tables) - tables)
        for name in sorted(seen):
            if name not in self._holds or move.deeds.binds.get(name) or self._known.is_fixed(name):
                continue
            for place in (name, *self._entries.get(name, ())):
                value = self._values.make(
                    kinds.TOUCHED,
                    move.statement.text,
                    place,
                    move.inputs,
                    self._value(place),
                    name in again,
                )
                changed |= self._hold(move, kinds.TOUCHED, place, value)
        for names in move.deeds.links:
            self._share(set(names), set(names))
        return changed

    def _use_hidden(self, move: "_Move") -> bool:
        """Global generators, and what is outside the kernel."""
        changed = False
        if self._seeded:
            for name in sorted(move.deeds.seeds):
                changed |= self._reseed(move, generator_place(name))
            for name, sure in sorted(move.deeds.draws.items()):
                changed |= self._draw(move, generator_place(name), sure and move.certain)
        if "r" in move.deeds.outside and OUTSIDE in self._holds:
            move.add_input(Input(OUTSIDE, self._holds[OUTSIDE], False), self._writers[OUTSIDE])
        if "w" in move.deeds.outside:
            move.depends |= self._writers.get(OUTSIDE, _NOBODY)
            changed |= self._change(move, kinds.TOUCHED, OUTSIDE, self._value(OUTSIDE))
        return changed

    def _reseed(self, move: "_Move", place: str) -> bool:
        return self._change(move, kinds.BOUND, place, None)

    def _draw(self, move: "_Move", place: str, sure: bool) -> bool:
        state = self._value(place)
        if state.kind == kinds.GIVEN:
            # Never seeded: no run of it gives these numbers again.
            return False
        move.add_input(Input(place, state, sure), self._writers.get(place, _NOBODY))
        kind = kinds.BOUND if sure else kinds.TOUCHED
        return self._change(move, kind, place, state, counts=sure)

    def _change(
        self, move: "_Move", kind: str, place: str, previous: Value | None, counts: bool = False
    ) -> bool:
        text = move.statement.text
        value = self._values.make(kind, text, place, move.inputs, previous, counts)
        return self._hold(move, kind, place, value)

    def _lose_sight(self, move: "_Move", *, everything: bool) -> frozenset[int]:
        """Run what may bind any name, and (``everything``) do anything else.

        Returns the steps it depends on.
        """
        text, depends = move.statement.text, self._world_writers
        inputs: tuple[Input, ...] = ()
        if everything:
            inputs = tuple(Input(place, value, False) for place, value in self._holds.items())
            depends = depends.union(*self._writers.values())
        self._world = self._values.make(kinds.OPAQUE, text, "<any name>", inputs, self._world)
        self._world_writers = self._world_writers | {move.step}
        kind = kinds.OPAQUE if everything else kinds.MAYBE
        world = (Input("<any name>", self._world, False),) if everything else ()
        for place, value in list(self._holds.items()):
            self._hold(move, kind, place, self._values.make(kind, text, place, world, value))
        return depends

    def _forget(self, name: str, sure: bool = True) -> None:
        if not sure:
            self._known.plain.discard(name)
            self._known.filled.discard(name)
            return
        self._known.forget(name)
        for other in self._shared.pop(name, set()):
            self._shared.get(other, set()).discard(name)
        for place in self._entries.pop(name, {}):
            self._holds.pop(place, None)
            self._writers.pop(place, None)

    def _delete(self, name: str) -> None:
        self._forget(name)
        self._holds.pop(name, None)

    def _sharers(self, names: Iterable[str]) -> set[str]:
        """These names, and those that may share state with them."""
        found = set(names)
        return found.union(*(self._shared.get(name, ()) for name in found))

    def _share(self, names: set[str], others: set[str]) -> None:
        fixed = self._known.is_fixed
        for name in names:
            for other in others:
                if name != other and not fixed(name) and not fixed(other):
                    self._shared.setdefault(name, set()).add(other)
                    self._shared.setdefault(other, set()).add(name)


class _Move:
    """A statement under way."""

    def __init__(
        self,
        statement: Statement,
        deeds: Deeds,
        inputs: tuple[Input, ...],
        step: int,
        certain: bool,
    ) -> None:
        self.statement = statement
        self.deeds = deeds
        self.inputs = inputs
        self.step = step
        self.certain = certain
        self.depends: frozenset[int] = _NOBODY
        self.remade: frozenset[int] = _NOBODY
        self.read = {one.place for one in inputs}

    def add_input(self, one: Input, writers: frozenset[int]) -> None:
        """The statement reads something that its code does not name."""
        self.inputs = (*self.inputs, one)
        self.depends |= writers
