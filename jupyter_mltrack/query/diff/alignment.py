"""Which cell of one notebook is which of another.

By id where both have it, then by equal source, then by likeness, the likest first; cells that keep
their order among the others are anchors, the rest have moved. (nbdime aligns likewise, but by order
alone, so that a cell moved is one removed and one added; and it brings a web server along.)
"""

import bisect
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

MIN_LIKENESS: Final = 0.5
MAX_COMPARED: Final = 4000
MAX_PAIRS: Final = 5_000
"""Pairs of cells looked at for likeness; beyond, neighbours alone."""
_TOKEN: Final = re.compile(r"\w+|[^\w\s]")
_NO_IDENTITY: Final = re.compile(r"[xn]-\d+\Z|\Z")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A cell to align. Ids that only number executions or places (``x-3``) identify nothing."""

    cell_id: str
    cell_type: str
    source: str


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Indices into both sequences; one may be None."""

    base: int | None
    run: int | None
    moved: bool = False


def align(base: Sequence[Item], run: Sequence[Item]) -> list[Pair]:
    """Pair two sequences of cells; in the order of the second, what it lacks where it was."""
    matched: dict[int, int] = {}
    taken: set[int] = set()
    for pairs in (_by_id, _by_source, _by_likeness):
        for old, new in pairs(base, run, matched, taken):
            if old not in matched and new not in taken:
                matched[old] = new
                taken.add(new)
    kept = _longest_in_order(matched)
    return list(_merge(len(base), len(run), matched, kept))


def normalise(source: str) -> str:
    """A source without what does not show: spaces at the ends of lines, empty lines around."""
    return "\n".join(line.rstrip() for line in source.strip("\n").split("\n")).rstrip()


Pairs = Iterator[tuple[int, int]]


def _by_id(
    base: Sequence[Item], run: Sequence[Item], _matched: dict[int, int], _taken: set[int]
) -> Pairs:
    places: dict[tuple[str, str], list[int]] = {}
    for new, item in enumerate(run):
        if not _NO_IDENTITY.match(item.cell_id):
            places.setdefault((item.cell_id, item.cell_type), []).append(new)
    # Of a cell that ran more than once the last are paired: they are nearest to the result.
    for old in reversed(range(len(base))):
        found = places.get((base[old].cell_id, base[old].cell_type), [])
        if found:
            yield old, found.pop()


def _by_source(
    base: Sequence[Item], run: Sequence[Item], matched: dict[int, int], taken: set[int]
) -> Pairs:
    places: dict[tuple[str, str], list[int]] = {}
    for new, item in enumerate(run):
        if new not in taken:
            places.setdefault((normalise(item.source), item.cell_type), []).append(new)
    for old, item in enumerate(base):
        found = places.get((normalise(item.source), item.cell_type), [])
        if old not in matched and found:
            yield old, found.pop(0)


def _by_likeness(
    base: Sequence[Item], run: Sequence[Item], matched: dict[int, int], taken: set[int]
) -> Pairs:
    olds = [old for old in range(len(base)) if old not in matched]
    news = [new for new in range(len(run)) if new not in taken]
    reach = len(run) if len(olds) * len(news) <= MAX_PAIRS else MAX_PAIRS // (len(olds) + 1)
    bags = {old: _bag(base[old].source) for old in olds}
    found = []
    for new in news:
        bag = _bag(run[new].source)
        for old in olds:
            if abs(old - new) <= reach and base[old].cell_type == run[new].cell_type:
                likeness = _likeness(bags[old], bag)
                if likeness >= MIN_LIKENESS:
                    found.append((-likeness, abs(old - new), old, new))
    for _, _, old, new in sorted(found):
        yield old, new


def _bag(source: str) -> "Counter[str]":
    return Counter(_TOKEN.findall(source[:MAX_COMPARED]))


def _likeness(one: "Counter[str]", other: "Counter[str]") -> float:
    """The share of words and signs that both have: by letters it takes minutes for large ones."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _longest_in_order(matched: dict[int, int]) -> set[int]:
    """Indices of the first sequence whose partners grow, as many as can be: patience sorting."""
    tails: list[int] = []
    owners: list[int] = []
    previous: dict[int, int | None] = {}
    for old in sorted(matched):
        place = bisect.bisect_left(tails, matched[old])
        previous[old] = owners[place - 1] if place else None
        tails[place : place + 1] = [matched[old]]
        owners[place : place + 1] = [old]
    kept: set[int] = set()
    current: int | None = owners[-1] if owners else None
    while current is not None:
        kept.add(current)
        current = previous[current]
    return kept


def _merge(count: int, new_count: int, matched: dict[int, int], kept: set[int]) -> Iterator[Pair]:
    partner = {new: old for old, new in matched.items()}
    gone = iter(old for old in range(count) if old not in matched)
    waiting = next(gone, None)
    for new in range(new_count):
        old = partner.get(new)
        if old in kept:
            while waiting is not None and waiting < (old or 0):
                yield Pair(base=waiting, run=None)
                waiting = next(gone, None)
        yield Pair(base=old, run=new, moved=old is not None and old not in kept)
    while waiting is not None:
        yield Pair(base=waiting, run=None)
        waiting = next(gone, None)
