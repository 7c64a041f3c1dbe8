"""What people write for a number or a digest, as comparisons of what the store keeps.

A date stands for its beginning; ``=`` and ``<=`` take the whole of it. A digest may be cut short.
"""

import re
from collections.abc import Callable
from typing import Final

from jupyter_mltrack.search.identifiers import Spelling
from jupyter_mltrack.search.times import parse_duration, parse_moment
from jupyter_mltrack.search.tree import And, Comparison, Identifier, Literal, Node, Not, Or

MIN_DIGEST: Final = 7
_DIGEST_LENGTH: Final = 64
_HEXADECIMAL: Final = re.compile(rf"[0-9a-f]{{{MIN_DIGEST},{_DIGEST_LENGTH}}}\Z")

_Speller = Callable[[Identifier, str, Literal], Node]

EXAMPLES: Final = {
    Spelling.MOMENT: "a date such as '2026-11-01', '2026-11-01 14:30', 'yesterday', '2 hours ago', "
    "or milliseconds without quotes",
    Spelling.DURATION: "a duration such as '5 min', '1h 30m', or seconds without quotes",
    Spelling.DIGEST: f"{MIN_DIGEST} hexadecimal digits or more",
}
"""What each spelling takes, for messages."""


def takes_words(spelling: Spelling, operator: str) -> bool:
    """Whether text as people write it can follow the operator."""
    if spelling is Spelling.DIGEST:
        return operator in ("=", "!=", "IN", "NOT IN")
    return spelling is not Spelling.PLAIN and not operator.endswith(("LIKE", "CONTAINS"))


def spell(
    spelling: Spelling, identifier: Identifier, operator: str, values: tuple[Literal, ...]
) -> Node:
    """Write a comparison with words as one without.

    Raises
    ------
    ValueError
        A word is not of the spelling.
    """
    speller = _SPELLERS[spelling]
    if operator == "IN":
        return _join(Or, [speller(identifier, "=", value) for value in values])
    if operator == "NOT IN":
        return _join(And, [speller(identifier, "!=", value) for value in values])
    return speller(identifier, operator, values[0])


def _join(join: type[And] | type[Or], clauses: list[Node]) -> Node:
    return clauses[0] if len(clauses) == 1 else join(tuple(clauses))


def _spell_moment(identifier: Identifier, operator: str, value: Literal) -> Node:
    if not isinstance(value, str):
        return Comparison(identifier, operator, (value,))
    begin, end = parse_moment(value)
    before = Comparison(identifier, "<", (begin,))
    within = Comparison(identifier, "<", (end,))
    match operator:
        case "=":
            return And((Comparison(identifier, ">=", (begin,)), within))
        case "!=":
            return Or((before, Comparison(identifier, ">=", (end,))))
        case "<=":
            return within
    return Comparison(identifier, operator, (begin,))


def _spell_duration(identifier: Identifier, operator: str, value: Literal) -> Node:
    seconds = parse_duration(value) if isinstance(value, str) else value
    return Comparison(identifier, operator, (seconds,))


def _spell_digest(identifier: Identifier, operator: str, value: Literal) -> Node:
    digest = str(value).lower()
    if not _HEXADECIMAL.match(digest):
        raise ValueError(f"{digest!r} is no digest")
    if len(digest) == _DIGEST_LENGTH:
        return Comparison(identifier, operator, (digest,))
    begins = Comparison(identifier, "LIKE", (f"{digest}%",))
    if operator == "=":
        return begins
    return And((Comparison(identifier, "IS NOT NULL"), Not(begins)))


_SPELLERS: Final[dict[Spelling, _Speller]] = {
    Spelling.MOMENT: _spell_moment,
    Spelling.DURATION: _spell_duration,
    Spelling.DIGEST: _spell_digest,
}
