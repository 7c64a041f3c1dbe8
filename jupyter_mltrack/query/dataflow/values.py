"""Symbolic values: what a location holds, as the statement that made it and what that read.

Equal values are one object, in whichever program they were made; so comparing two programs is
comparing identities, and running a statement again on the same inputs makes nothing new.
"""

from typing import Final, NamedTuple

GIVEN: Final = "given"
"""Not made by any statement: a builtin, or a name that nothing makes."""
BOUND: Final = "bound"
"""Surely made by the statement."""
MAYBE: Final = "maybe"
"""Made by the statement, or the previous value still: a branch, a cell that broke off."""
TOUCHED: Final = "touched"
"""The previous value, which the statement may have changed in place."""
OPAQUE: Final = "opaque"
"""After a statement that may do anything."""


class Input(NamedTuple):
    """Something a statement read; ``sure`` as in :class:`~.effects.Effects`."""

    place: str
    value: "Value"
    sure: bool


class Value:
    """A symbolic value; ``previous`` is what it was made from in the same place, if it was read.

    ``counts`` says that making it once more from itself surely gives another value.
    """

    __slots__ = ("counts", "inputs", "kind", "number", "place", "previous", "text")

    def __init__(
        self,
        number: int,
        kind: str,
        text: str,
        place: str,
        inputs: tuple[Input, ...],
        previous: "Value | None",
        counts: bool,
    ) -> None:
        self.number = number
        self.kind = kind
        self.text = text
        self.place = place
        self.inputs = inputs
        self.previous = previous
        self.counts = counts

    def chain(self) -> "list[Value]":
        """What the value was made from in its place, the oldest first, and itself."""
        found: list[Value] = []
        value: Value | None = self
        while value is not None:
            found.append(value)
            value = value.previous
        return found[::-1]


class Values:
    """Makes each value once."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Value] = {}

    def given(self, place: str, world: Value | None = None) -> Value:
        """What a location holds that no statement made."""
        return self.make(GIVEN, "", place, (), world)

    def make(
        self,
        kind: str,
        text: str,
        place: str,
        inputs: tuple[Input, ...],
        previous: Value | None = None,
        counts: bool = False,
    ) -> Value:
        """The value of a location after a statement."""
        if kind == MAYBE and previous is not None and _is_same_try(previous, text, inputs):
            # The same code on the same inputs takes the same branch.
            return previous
        read = tuple((place, value.number, sure) for place, value, sure in inputs)
        key = (kind, text, place, read, -1 if previous is None else previous.number)
        value = self._known.get(key)
        if value is None:
            number = len(self._known)
            value = self._known[key] = Value(number, kind, text, place, inputs, previous, counts)
        return value


def _is_same_try(previous: Value, text: str, inputs: tuple[Input, ...]) -> bool:
    return previous.kind == MAYBE and previous.text == text and previous.inputs == inputs
