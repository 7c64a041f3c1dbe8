"""What a parsed filter is: comparisons joined by AND, OR and NOT. Values, no behaviour."""

import msgspec

Literal = int | float | str
"""A value as written: a number bare, text in quotes. Integers fit in 64 bits, others are floats."""


class Identifier(msgspec.Struct, frozen=True):
    """What is compared: ``kind`` is a value of :data:`.identifiers.KINDS`, ``key`` the name in it.

    ``aggregate`` is what is asked of a metric's points: min, max, first or count; empty for the
    last value.
    """

    kind: str
    key: str
    aggregate: str = ""


class Comparison(msgspec.Struct, frozen=True):
    """One clause; ``operator`` is a key of :data:`.operators.OPERATORS`.

    ``values`` are its operands: none for IS NULL, one for most, any number for IN.
    """

    identifier: Identifier
    operator: str
    values: tuple[Literal, ...] = ()


class Not(msgspec.Struct, frozen=True):
    """True where ``clause`` is not."""

    clause: "Node"


class And(msgspec.Struct, frozen=True):
    """True where all clauses are; without clauses (the empty filter) everywhere."""

    clauses: "tuple[Node, ...]" = ()


class Or(msgspec.Struct, frozen=True):
    """True where any of the clauses is."""

    clauses: "tuple[Node, ...]"


Node = Comparison | Not | And | Or


class OrderBy(msgspec.Struct, frozen=True):
    """One key to sort by; runs that lack it come last either way."""

    identifier: Identifier
    descending: bool = False
