"""The grammar, and what a syntax error is called in words."""

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.search.identifiers import AGGREGATES

if TYPE_CHECKING:
    import lark

GRAMMAR: Final = r"""
filter: [disjunction]
?disjunction: conjunction (_OR conjunction)*
?conjunction: negation (_AND negation)*
?negation: _NOT negation -> inversion
    | "(" disjunction ")"
    | comparison
?comparison: name OPERATOR _literal -> binary
    | name _IN _list -> is_in
    | name _NOT _IN _list -> not_in
    | name _IS _NULL -> is_null
    | name _IS _NOT _NULL -> is_not_null
?name: IDENTIFIER
    | FUNCTION "(" IDENTIFIER ")" -> call
_list: "(" _literal ("," _literal)* ")"
_literal: NUMBER | TEXT

order: name [DIRECTION]

FUNCTION.3: /FUNCTIONS(?=\s*\()/i
OPERATOR.2: /!=|>=|<=|=|>|<|(like|ilike|contains)\b/i
DIRECTION.2: /(asc|desc)\b/i
_AND.2: /and\b/i
_OR.2: /or\b/i
_NOT.2: /not\b(?!\.)/i
_IN.2: /in\b/i
_IS.2: /is\b/i
_NULL.2: /null\b/i
NUMBER: /[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?(?![\w.])/i
TEXT: /'([^']|'')*'|"([^"]|"")*"/
IDENTIFIER: /(([a-z]\w*|`[a-z]\w*`|"[a-z]\w*")\.)?(`([^`]|``)+`|"([^"]|"")+"|\w[\w.\/:@+-]*)/i

%ignore /\s+/
""".replace("FUNCTIONS", f"({'|'.join(AGGREGATES)})")

WORDS: Final = {
    "IDENTIFIER": "a name such as metrics.accuracy, params.lr, tags.team or status",
    "FUNCTION": "a value of one such as max(metrics.accuracy)",
    "OPERATOR": "a comparison (= != > >= < <= LIKE ILIKE CONTAINS)",
    "NUMBER": "a number",
    "TEXT": "text in quotes",
    "DIRECTION": "ASC or DESC",
    "LPAR": "(",
    "RPAR": ")",
    "COMMA": "a comma",
    "$END": "the end",
}
"""What each terminal is called in a message; keywords are called by their name."""

_FOREIGN: Final = {"filter": {"DIRECTION"}, "order": {"OPERATOR", "_IN", "_NOT", "_IS"}}
"""Terminals that are of the other start only."""


def parse_text(text: str, start: str) -> Any:
    """Parse ``text`` as a ``filter`` or an ``order``; raise FilterError where it is neither."""
    from lark.exceptions import UnexpectedInput

    try:
        return _parser().parse(text, start=start)
    except UnexpectedInput as error:
        raise _syntax_error(error, text, start) from None


@functools.cache
def _parser() -> "lark.Lark":
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", start=["filter", "order"], propagate_positions=True)


def _syntax_error(error: Any, text: str, start: str) -> FilterError:
    position = _position(error, text)
    expected = getattr(error, "accepts", None) or getattr(error, "expected", None) or error.allowed
    # One state of the parser serves both: what comes after a name.
    expected = set(expected) - _FOREIGN[start]
    step = _next_step(text, position, expected, start)
    return filter_error(f"expected {_in_words(expected)}", step, text, position, start)


def _position(error: Any, text: str) -> int:
    """Return where the unexpected is; Lark says -1 or None for the end."""
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        return len(text)
    position = error.pos_in_stream
    return len(text) if position is None or position < 0 else position


def _in_words(terminals: Iterable[str]) -> str:
    order = list(WORDS)
    known = sorted(terminals, key=lambda name: order.index(name) if name in order else -1)
    words = [WORDS.get(name, name.lstrip("_")) for name in known]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _next_step(text: str, position: int, expected: set[str], start: str) -> str:
    rest, before = text[position:], text[:position]
    if rest[:1] == "(" and re.search(r"\w\s*\Z", before):
        return f"a metric has {', '.join(AGGREGATES)}, as in max(metrics.accuracy)"
    if start == "order":
        return "write it as in: metrics.accuracy DESC"
    if rest[:1] in ("'", '"', "`"):
        return "close the quote"
    if (before[-1:] + rest[:1]) in ("==", "<>"):
        return "write = for equal and != for different"
    if rest[:1].isalpha() and "TEXT" in expected:
        return "put text in quotes, as in params.model = 'tree'"
    if rest and "_AND" in expected:
        return "join comparisons with AND or OR"
    return "write it as in: metrics.accuracy > 0.9 AND params.model = 'tree'"


def filter_error(
    problem: str, step: str, text: str, position: int, start: str = "filter"
) -> FilterError:
    """Build the one shape of our messages: what is wrong, where, and what to do."""
    found = text[position : position + 20]
    place = f"at position {position}, at {found!r}" if found else "at the end"
    return FilterError(f"Invalid {start}: {problem} {place}; {step}.", text=text, position=position)
