"""Filters and orders of experiments: MLflow's small language for them, in memory."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from jupyter_mltrack.entities import Experiment
from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.search.operators import OPERATORS
from jupyter_mltrack.search.parse import MAX_LENGTH, listed_orders

_NUMBERS: Final = ("creation_time", "last_update_time")
_TEXTS: Final = ("name", "experiment_id")
_CLAUSE: Final = re.compile(
    r"""\s*(?:[`"]?attr(?:ibutes?)?[`"]?\.)?
    (?P<key>[`"]?tags?[`"]?\.(?:`[^`]+`|"[^"]+"|[\w.\-]+)|`\w+`|"\w+"|\w+)
    (?:\s+(?P<null>IS\s+(?:NOT\s+)?NULL\b)
    |\s*(?P<operator>!=|>=|<=|=|>|<|I?LIKE\b)
    \s*(?P<value>'(?:[^']|'')*'|"(?:[^"]|"")*"|[+-]?\d+(?:\.\d+)?))\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_AND: Final = re.compile(r"AND\b", re.IGNORECASE)
_ORDER: Final = re.compile(
    r"""\s*(?:[`"]?attr(?:ibutes?)?[`"]?\.)?(\w+|`\w+`|"\w+")(?:\s+(ASC|DESC))?\s*$""",
    re.IGNORECASE,
)


def choose_experiments(
    experiments: Iterable[Experiment],
    filter_string: str | None = None,
    order_by: Sequence[str] | None = None,
) -> list[Experiment]:
    """Those of the experiments that the filter holds for, ordered; clauses are joined by AND.

    Raises
    ------
    FilterError
        The filter or an order does not parse.
    """
    orders = listed_orders(order_by)
    for text in (filter_string or "", *orders):
        if not isinstance(text, str) or len(text) > MAX_LENGTH:
            raise FilterError(
                f"An experiment filter or order has at most {MAX_LENGTH} characters, such as "
                f"name LIKE 'churn%', not {repr(text)[:80]}."
            )
    clauses = _parse(filter_string or "")
    found = [one for one in experiments if all(_holds(one, *clause) for clause in clauses)]
    for order in reversed(orders):
        match = _ORDER.match(order)
        key = match.group(1).strip('`"') if match else ""
        if match is None or key not in (*_NUMBERS, *_TEXTS):
            known = ", ".join((*_TEXTS, *_NUMBERS))
            raise FilterError(f"Invalid order {order!r}: use one of {known}, then ASC or DESC.")
        descending = (match.group(2) or "").upper() == "DESC"
        found.sort(key=lambda one: getattr(one, key), reverse=descending)
    return found


def _parse(text: str) -> list[tuple[str, str, Any]]:
    clauses: list[tuple[str, str, Any]] = []
    position = 0
    while text[position:].strip():
        if clauses:
            joint = _AND.match(text, position)
            if joint is None:
                raise _error("expected AND", text, position)
            position = joint.end()
        match = _CLAUSE.match(text, position)
        if match is None:
            raise _error("expected a comparison such as name LIKE 'churn%'", text, position)
        clauses.append(_clause(match, text))
        position = match.end()
    return clauses


def _clause(match: re.Match[str], text: str) -> tuple[str, str, Any]:
    prefix, dot, name = match["key"].partition(".")
    key = prefix.strip('`"')
    is_tag = bool(dot) and key.lower() in ("tag", "tags")
    if is_tag:
        key = "tags." + (name[1:-1] if name[0] in '`"' else name)
    elif key not in (*_TEXTS, *_NUMBERS):
        raise _error(f"unknown attribute {key!r}", text, match.start("key"))
    if match["null"]:
        if not is_tag:
            raise _error("IS NULL and IS NOT NULL are of tags", text, match.start("null"))
        return key, " ".join(match["null"].upper().split()), None
    symbol, literal = match["operator"].upper(), match["value"]
    is_text = literal[0] in "'\""
    if is_text != (is_tag or key in _TEXTS) or (symbol in ("<", ">", "<=", ">=") and is_text):
        raise _error(f"{key} {symbol} cannot take {literal}", text, match.start("value"))
    mark = literal[0]
    value = literal[1:-1].replace(mark * 2, mark) if is_text else float(literal)
    return key, symbol, value


def _holds(experiment: Experiment, key: str, symbol: str, value: Any) -> bool:
    prefix, dot, name = key.partition(".")
    if not dot:
        return OPERATORS[symbol].test(getattr(experiment, prefix), (value,))
    if value is None:
        return (name in experiment.tags) == (symbol == "IS NOT NULL")
    return name in experiment.tags and OPERATORS[symbol].test(experiment.tags[name], (value,))


def _error(problem: str, text: str, position: int) -> FilterError:
    found = text[position : position + 20]
    place = f"at position {position}, at {found!r}" if found else "at the end"
    return FilterError(f"Invalid filter: {problem} {place}.", text=text, position=position)
