"""Text to tree: syntax by the grammar, everything else checked against the tables."""

from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.search.direction import greater_is_better
from jupyter_mltrack.search.grammar import filter_error, parse_text
from jupyter_mltrack.search.identifiers import (
    ALIASES,
    ATTRIBUTES,
    DATASET_KEYS,
    KINDS,
    PREFIXES,
    Attribute,
    Domain,
    domain_of,
)
from jupyter_mltrack.search.operators import BY_RULE, OPERATORS, Operator
from jupyter_mltrack.search.spelling import EXAMPLES, spell, takes_words
from jupyter_mltrack.search.tree import And, Comparison, Identifier, Literal, Node, Not, Or, OrderBy

# Lark's, untyped here: a tree has ``data`` and ``children``; a token is a str with a ``type``.
Tree = Any
Token = Any

MAX_LENGTH: Final = 10_000
"""Characters of one filter or order."""
MAX_CLAUSES: Final = 100
"""Comparisons of one filter, keys of one order."""
MAX_NESTING: Final = 50
"""Levels of AND, OR and NOT within each other."""
MAX_VALUES: Final = 1_000
"""Values of all IN lists of a filter together."""

_JOINS: Final[dict[str, type[And] | type[Or]]] = {"disjunction": Or, "conjunction": And}
_INNER: Final = {*_JOINS, "inversion"}


def parse_filter(text: str | None) -> Node:
    """Parse a filter; an empty one holds for every run.

    Raises
    ------
    FilterError
        The text is no filter or exceeds a limit; the message says where and what to do.
    """
    text = "" if text is None else text
    _check_text(text, "filter")
    tree = parse_text(text, "filter")
    _check_size(tree, text)
    root = tree.children[0]
    return And() if root is None else _build(root, text)


def listed_orders(orders: Any) -> Sequence[str]:
    """The orders asked for, or none.

    Raises
    ------
    FilterError
        They are no list or tuple.
    """
    if orders is None or isinstance(orders, list | tuple):
        return orders or ()
    if isinstance(orders, str):
        raise FilterError(f"Invalid order: give a list, as in [{orders[:200]!r}], not text alone.")
    raise FilterError(
        "Invalid order: give a list, as in ['metrics.accuracy DESC'], "
        f"not {type(orders).__name__} {repr(orders)[:80]}."
    )


def parse_order_by(orders: Sequence[str] | None) -> list[OrderBy]:
    """Parse a list of orders such as ``metrics.accuracy DESC``; ASC when not said.

    Raises
    ------
    FilterError
        As :func:`parse_filter` does.
    """
    orders = listed_orders(orders)
    if len(orders) > MAX_CLAUSES:
        raise FilterError(f"Invalid order: {len(orders)} keys; give at most {MAX_CLAUSES}.")
    return [_parse_order(text) for text in orders]


def _parse_order(text: str) -> OrderBy:
    _check_text(text, "order")
    name, direction = parse_text(text, "order").children
    identifier = _identifier(name, text, "order")
    attribute = _attribute(identifier)
    if identifier.kind == "dataset" or (attribute and attribute.several):
        step = "order by a metric, param, tag or another attribute"
        name = "dataset" if identifier.kind == "dataset" else identifier.key
        problem = f"a run can have several {name}s, so no order"
        raise filter_error(problem, step, text, 0, "order")
    return OrderBy(identifier, descending=str(direction).upper() == "DESC")


def _check_text(text: object, start: str) -> None:
    if not isinstance(text, str):
        step = "write it as in: metrics.accuracy" + (" DESC" if start == "order" else " > 0.9")
        raise FilterError(f"Invalid {start}: text expected, not {type(text).__name__}; {step}.")
    if len(text) > MAX_LENGTH:
        problem, step = f"{len(text)} characters", f"shorten it to {MAX_LENGTH}"
        raise FilterError(f"Invalid {start}: {problem}; {step}.", text=text, position=MAX_LENGTH)
    for position, character in enumerate(text):
        if character == "\0" or "\ud800" <= character <= "\udfff":
            raise filter_error(
                "a character no database can keep", "remove it", text, position, start
            )


def _check_size(tree: Tree, text: str) -> None:
    """Check the limits without recursion, before anything recurses into the tree."""
    level, depth = [tree.children[0]], 0
    leaves: list[Tree] = []
    while level := [node for node in level if hasattr(node, "children")]:
        inner = [node for node in level if node.data in _INNER]
        leaves += [node for node in level if node.data not in _INNER]
        depth += bool(inner)
        if depth > MAX_NESTING:
            raise _too_many(f"more than {MAX_NESTING} levels of nesting", inner[0], text)
        level = [child for node in inner for child in node.children]
    leaves.sort(key=lambda leaf: leaf.meta.start_pos)
    if len(leaves) > MAX_CLAUSES:
        raise _too_many(f"{len(leaves)} comparisons", leaves[MAX_CLAUSES], text)
    sizes = [len(leaf.children) for leaf in leaves]
    if sum(sizes) > MAX_VALUES:
        raise _too_many(f"{sum(sizes)} values", leaves[sizes.index(max(sizes))], text)


def _too_many(problem: str, place: Tree, text: str) -> FilterError:
    step = f"split the filter; at most {MAX_CLAUSES} comparisons, {MAX_NESTING} levels of nesting"
    return filter_error(problem, f"{step}, {MAX_VALUES} values", text, place.meta.start_pos)


def _build(tree: Tree, text: str) -> Node:
    if tree.data in _JOINS:
        return _JOINS[tree.data](tuple(_build(child, text) for child in tree.children))
    if tree.data == "inversion":
        return Not(_build(tree.children[0], text))
    return _comparison(tree, text)


def _comparison(tree: Tree, text: str) -> Node:
    name, *rest = tree.children
    identifier = _identifier(name, text, "filter")
    operator = BY_RULE.get(tree.data) or OPERATORS[str(rest.pop(0)).upper()]
    if _has_words(identifier, operator, rest):
        return _spelled(identifier, operator, rest, text)
    values = tuple(_literal(token, identifier, operator, text) for token in rest)
    return Comparison(identifier, operator.symbol, values)


def _has_words(identifier: Identifier, operator: Operator, tokens: Sequence[Token]) -> bool:
    """Whether values are written as people write them, not as the store keeps them."""
    attribute = _attribute(identifier)
    if attribute is None or not takes_words(attribute.spelling, operator.symbol):
        return False
    are_text = [token.type != "NUMBER" for token in tokens]
    return any(are_text) and (attribute.domain is Domain.NUMBER or all(are_text))


def _spelled(
    identifier: Identifier, operator: Operator, tokens: Sequence[Token], text: str
) -> Node:
    if len(tokens) > MAX_CLAUSES:
        step = f"give at most {MAX_CLAUSES}"
        raise filter_error(f"{len(tokens)} values in words", step, text, tokens[0].start_pos or 0)
    spelling = ATTRIBUTES[identifier.key].spelling
    values = [_value(token) for token in tokens]
    for token, value in zip(tokens, values, strict=True):
        try:
            spell(spelling, identifier, "=", (value,))
        except ValueError:
            problem = f"{identifier.key} {operator.symbol} cannot take {token}"
            step = f"write {EXAMPLES[spelling]}"
            raise filter_error(problem, step, text, token.start_pos or 0) from None
    return spell(spelling, identifier, operator.symbol, tuple(values))


def _attribute(identifier: Identifier) -> Attribute | None:
    return ATTRIBUTES[identifier.key] if identifier.kind == "attribute" else None


def _identifier(name: Tree | Token, text: str, start: str) -> Identifier:
    """Read a name, or a function of one: a tree of two tokens."""
    function, token = name.children if hasattr(name, "children") else ("", name)
    identifier = _plain_identifier(token, text, start)
    aggregate = str(function).lower()
    if not aggregate:
        return identifier
    if identifier.kind != "metric":
        step = f"write {aggregate}(metrics.NAME)"
        problem = f"{aggregate}() is of a metric, not of {token}"
        raise filter_error(problem, step, text, token.start_pos or 0, start)
    if aggregate == "best":
        aggregate = "min" if greater_is_better(identifier.key) is False else "max"
    return Identifier("metric", identifier.key, "" if aggregate == "last" else aggregate)


def _plain_identifier(token: Token, text: str, start: str) -> Identifier:
    prefix, key = _split(str(token))
    position = token.start_pos or 0
    kind = KINDS.get(prefix.lower())
    if kind is None:
        step = (
            "use "
            + ", ".join(dict.fromkeys(KINDS.values()))
            + f"; a key with a dot: tags.`{token}`"
        )
        raise filter_error(f"unknown kind {prefix!r}", step, text, position, start)
    key = ALIASES.get(key, key) if kind == "attribute" else key
    known: Sequence[str] | None = {"attribute": list(ATTRIBUTES), "dataset": DATASET_KEYS}.get(kind)
    if not key or (known and key not in known):
        step = f"use one of {', '.join(known)}" if known else f"write {PREFIXES[kind]}NAME"
        step += f", or {_guesses(key)}" if kind == "attribute" else ""
        problem = f"unknown {kind} {key!r}" if key else "no key"
        raise filter_error(problem, step, text, position, start)
    return Identifier(kind, key)


def _guesses(key: str) -> str:
    """Name what a bare word was probably meant to be."""
    return " or ".join(f"{prefix}{key}" for prefix in ("metrics.", "params.", "tags."))


def _split(name: str) -> tuple[str, str]:
    """Split a name at its first dot outside quotes, and take the quotes off the key."""
    prefix, dot, key = name.partition(".")
    if dot and prefix[0] in '`"' and prefix[-1] == prefix[0]:
        prefix = _unquote(prefix)
    elif not dot or name[0] in '`"':
        prefix, key = "attribute", name
    if key[:1] in ("`", '"'):
        key = _unquote(key)
    return prefix, key


def _unquote(quoted: str) -> str:
    mark = quoted[0]
    return quoted[1:-1].replace(mark * 2, mark)


def _literal(token: Token, identifier: Identifier, operator: Operator, text: str) -> Literal:
    is_number = token.type == "NUMBER"
    domain = domain_of(identifier.kind, identifier.key)
    fits = operator.numbers if is_number else operator.texts
    if fits and domain is not (Domain.TEXT if is_number else Domain.NUMBER):
        return _value(token)
    name = f"{PREFIXES[identifier.kind]}{identifier.key} {operator.symbol}"
    wanted = _wanted(domain, operator)
    step = f"write {wanted}" if wanted else "use another operator: " + _fitting(domain)
    raise filter_error(f"{name} cannot take {token}", step, text, token.start_pos or 0)


def _wanted(domain: Domain, operator: Operator) -> str:
    if operator.numbers and domain is not Domain.TEXT:
        return "a number without quotes"
    if operator.texts and domain is not Domain.NUMBER:
        return "text in quotes"
    return ""


def _fitting(domain: Domain) -> str:
    return " ".join(
        entry.symbol
        for entry in OPERATORS.values()
        if (entry.numbers if domain is Domain.NUMBER else entry.texts)
    )


def _value(token: Token) -> Literal:
    return _number(str(token)) if token.type == "NUMBER" else _unquote(str(token))


def _number(digits: str) -> int | float:
    """Read a number; whole ones of up to 18 digits exactly, for they fit a database's integers."""
    whole = digits.lstrip("+-").isdecimal() and len(digits) <= 18
    return int(digits) if whole else float(digits)
