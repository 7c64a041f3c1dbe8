"""What a filter means, for a run in memory."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import Run, from_number
from jupyter_mltrack.search.identifiers import ATTRIBUTES
from jupyter_mltrack.search.operators import OPERATORS
from jupyter_mltrack.search.tree import And, Comparison, Identifier, Node, Not, Or


class Facts(msgspec.Struct, frozen=True):
    """A run, with params, tags, metrics, their summaries and dataset inputs, and what made it.

    ``cell`` is the id of the cell that made the run, ``revision`` the digest of the notebook then,
    ``sources`` are those of all cells that made or measured it.
    """

    run: Run
    cell: str = ""
    revision: str = ""
    sources: tuple[str, ...] = ()


def match(tree: Node, facts: Facts) -> bool:
    """Tell whether a filter of :func:`.parse_filter` holds for a run."""
    if isinstance(tree, And):
        return all(match(clause, facts) for clause in tree.clauses)
    if isinstance(tree, Or):
        return any(match(clause, facts) for clause in tree.clauses)
    if isinstance(tree, Not):
        return not match(tree.clause, facts)
    return _compares(tree, facts)


def _compares(comparison: Comparison, facts: Facts) -> bool:
    values = read(comparison.identifier, facts)
    if comparison.operator == "IS NULL":
        return not values
    test = OPERATORS[comparison.operator].test
    return any(test(value, comparison.values) for value in values)


def read(identifier: Identifier, facts: Facts) -> Sequence[Any]:
    """Return the values that a run has for the identifier: none, one, or several."""
    if identifier.aggregate:
        return _aggregate(facts, identifier)
    return _READERS[identifier.kind](facts, identifier.key)


def _aggregate(facts: Facts, identifier: Identifier) -> Sequence[Any]:
    summary = facts.run.data.summaries.get(identifier.key)
    return () if summary is None else (from_number(getattr(summary, identifier.aggregate)),)


def _attribute(facts: Facts, key: str) -> Sequence[Any]:
    value = ATTRIBUTE_READERS[key](facts)
    if ATTRIBUTES[key].several:
        return tuple(value)
    absent = value is None or (value == "" and ATTRIBUTES[key].optional)
    return () if absent else (value,)


def _entry(name: str) -> Callable[[Facts, str], Sequence[Any]]:
    def read_entry(facts: Facts, key: str) -> Sequence[Any]:
        entries = getattr(facts.run.data, name)
        return (entries[key],) if key in entries else ()

    return read_entry


def _datasets(facts: Facts, key: str) -> Sequence[Any]:
    inputs = facts.run.inputs.dataset_inputs
    return [one.context if key == "context" else getattr(one.dataset, key) for one in inputs]


def _info(name: str) -> Callable[[Facts], Any]:
    return lambda facts: getattr(facts.run.info, name)


def _duration(facts: Facts) -> float | None:
    info = facts.run.info
    return None if info.end_time is None else (info.end_time - info.start_time) / 1000


_OWN: Final[dict[str, Callable[[Facts], Any]]] = {
    "duration": _duration,
    "notebook": _info("notebook_path"),
    "cell": lambda facts: facts.cell,
    "revision": lambda facts: facts.revision,
    "source": lambda facts: facts.sources,
}

ATTRIBUTE_READERS: Final = {name: _OWN.get(name) or _info(name) for name in ATTRIBUTES}
"""How each attribute is read; most are fields of ``RunInfo``."""

_READERS: Final = {
    "metric": _entry("metrics"),
    "param": _entry("params"),
    "tag": _entry("tags"),
    "attribute": _attribute,
    "dataset": _datasets,
}
