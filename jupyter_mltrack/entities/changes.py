"""What changed from one list of cells to the next, as splices: a revision costs what was edited.

A splice (start, stop, items) says that what stood at start:stop of the list before is now items.
Splices are in order and do not overlap; their positions are those of the list before.
"""

import difflib
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Splice = tuple[int, int, list[Item]]


def diff_items(
    before: Sequence[Item], after: Sequence[Item], key: Callable[[Item], str]
) -> list[Splice[Item]]:
    """The splices that turn ``before`` into ``after``; items are told apart by ``key``."""
    old, new = [key(item) for item in before], [key(item) for item in after]
    if old == new:
        changed = [n for n, item in enumerate(after) if item != before[n]]
        return [(n, n + 1, [after[n]]) for n in changed]
    splices: list[Splice[Item]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, start, stop, new_start, new_stop in matcher.get_opcodes():
        if tag == "equal":
            splices += [
                (start + n, start + n + 1, [after[new_start + n]])
                for n in range(stop - start)
                if before[start + n] != after[new_start + n]
            ]
        else:
            splices.append((start, stop, list(after[new_start:new_stop])))
    return splices


def apply_splices(before: Sequence[Item], splices: Sequence[Splice[Item]]) -> list[Item]:
    """The list after the splices.

    Raises
    ------
    ValueError
        They do not fit: they overlap, or reach beyond the list.
    """
    after: list[Item] = []
    position = 0
    for start, stop, items in splices:
        if not position <= start <= stop <= len(before):
            raise ValueError(f"the change {start}:{stop} does not fit {len(before)} cells")
        after += before[position:start]
        after += items
        position = stop
    return [*after, *before[position:]]
