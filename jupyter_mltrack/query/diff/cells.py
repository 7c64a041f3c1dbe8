"""Cells of two notebooks beside each other."""

import difflib
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.entities.diff_views import CellDiff
from jupyter_mltrack.entities.notebook import is_not_stored
from jupyter_mltrack.query.cells import title_of
from jupyter_mltrack.query.diff.alignment import Item, Pair, align, normalise
from jupyter_mltrack.query.diff.phrases import describe_change

SAME: Final = "same"
CHANGED: Final = "changed"
ADDED: Final = "added"
REMOVED: Final = "removed"
UNKNOWN: Final = "unknown"
MAX_LINES: Final = 600


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """The cells of one side: parallel lists; ``numbers`` count code cells of the notebook."""

    items: list[Item]
    numbers: list[int | None]
    executions: list[CellExecution | None]

    @property
    def code(self) -> list[str]:
        """Sources of the code cells."""
        return [item.source for item in self.items if item.cell_type == "code"]


def pair_cells(base: Side, run: Side) -> list[Pair]:
    """Which cell is which."""
    return align(base.items, run.items)


def diff_cells(
    base: Side, run: Side, pairs: Sequence[Pair], behind: Collection[str]
) -> list[CellDiff]:
    """Each pair as it is shown; ``behind`` are ids of cells that made a run."""
    return [_diff_pair(base, run, pair, behind) for pair in pairs]


def _diff_pair(base: Side, run: Side, pair: Pair, behind: Collection[str]) -> CellDiff:
    old = None if pair.base is None else base.items[pair.base]
    new = None if pair.run is None else run.items[pair.run]
    shown = new or old
    assert shown is not None
    status = _status(old, new)
    sources = (old.source if old else "", new.source if new else "")
    is_code = shown.cell_type == "code"
    return CellDiff(
        status=status,
        moved=pair.moved,
        is_behind=any(item is not None and item.cell_id in behind for item in (old, new)),
        cell_type=shown.cell_type,
        base_cell_id=old.cell_id if old else "",
        cell_id=new.cell_id if new else "",
        base_number=None if pair.base is None else base.numbers[pair.base],
        number=None if pair.run is None else run.numbers[pair.run],
        title=title_of(shown.source),
        phrases=describe_change(*sources) if status == CHANGED and is_code else [],
        diff="" if status in (SAME, UNKNOWN) else _lines(*sources),
    )


def _status(old: Item | None, new: Item | None) -> str:
    if old is None or new is None:
        return ADDED if old is None else REMOVED
    if is_not_stored(old.source) or is_not_stored(new.source):
        return UNKNOWN
    return SAME if normalise(old.source) == normalise(new.source) else CHANGED


def _lines(old: str, new: str) -> str:
    before, after = normalise(old).split("\n"), normalise(new).split("\n")
    if not old or not new:
        mark, lines = ("+", after) if not old else ("-", before)
        found = [f"{mark}{line}" for line in lines]
    else:
        found = list(difflib.unified_diff(before, after, lineterm="", n=3))[2:]
    if len(found) > MAX_LINES:
        found = [*found[:MAX_LINES], f"… {len(found) - MAX_LINES} more lines"]
    return "\n".join(found)
