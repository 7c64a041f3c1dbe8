"""What two executions of the same cells show, compared; all that is not fit for it, masked."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import nbformat

from jupyter_mltrack.query.cells import to_nbformat_output
from tests.reproduction.kernels import Ran
from tests.reproduction.recorded import Recorded

_PASSING: Final = [
    (re.compile(r"ipykernel_\d+"), "ipykernel_PID"),
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
]
"""What names the process: no two kernels agree on it."""

Item = tuple[int, str, int]
"""Where something is shown: number of the cell, what it is, its place in the cell."""


def list_items(ran: Ran) -> dict[Item, str]:
    """Everything an execution shows, line by line where it is text, pictures as digests."""
    items: dict[Item, str] = {}
    for number, cell in enumerate(ran.cells):
        items[number, "execution count", 0] = str(cell.execution_count)
        for kind, lines in _parts(cell.outputs).items():
            items[number, f"{kind} (length)", 0] = str(len(lines))
            for place, line in enumerate(lines):
                items[number, kind, place] = line
    for name, state in ran.random_states.items():
        items[-1, f"random state of {name}", 0] = state
    items[-1, "failure", 0] = ran.failure
    return items


def find_differences(untracked: Sequence[Ran], tracked: Ran) -> list[str]:
    """Where the tracked execution differs from what all untracked ones agree on."""
    agreed = agreement([list_items(ran) for ran in untracked])
    other = list_items(tracked)
    lengths = {(n, kind) for n, kind, _ in agreed if kind.endswith("(length)")}
    differences = []
    for (number, kind, place), text in agreed.items():
        if not kind.endswith("(length)") and _is_moving(number, kind, lengths):
            continue
        found = other.get((number, kind, place), "(nothing)")
        if found != text:
            differences.append(f"cell {number}, {kind} {place}: {text[:200]!r} → {found[:200]!r}")
    shown = {(number, kind) for number, kind, _ in list_items(untracked[0])}
    more = {(number, kind) for number, kind, _ in other} - shown
    return differences + [f"cell {number}, {kind}: only when tracked" for number, kind in more]


def find_lost(ran: Ran, recorded: Recorded) -> list[str]:
    """What cells showed that is not in the store as they showed it; each picture once a cell."""
    if len(recorded.cells) != len(ran.cells):
        return [f"{len(ran.cells)} cells ran, {len(recorded.cells)} are recorded"]
    lost = []
    for number, (shown, cell) in enumerate(zip(ran.cells, recorded.cells, strict=True)):
        kept = [
            nbformat.from_dict(to_nbformat_output(recorded.store, output))
            for output in recorded.store.list_outputs(cell.execution_id)
        ]
        there = {line for lines in _parts(kept).values() for line in lines}
        for kind, lines in _parts(shown.outputs).items():
            missing = [line for line in lines if line not in there]
            if missing:
                lost.append(f"cell {number}, {kind}: {missing[0][:200]!r} is not in the store")
    return lost


def agreement(all_items: Sequence[Mapping[Item, str]]) -> dict[Item, str]:
    """The items that are in all and the same in all."""
    first, *others = all_items
    return {
        item: text
        for item, text in first.items()
        if all(items.get(item) == text for items in others)
    }


def _is_moving(number: int, kind: str, stable_lengths: set[tuple[int, str]]) -> bool:
    """Whether lines are not at the same places in each execution."""
    with_lines = number >= 0 and kind != "execution count"
    return with_lines and (number, f"{kind} (length)") not in stable_lengths


def _parts(outputs: Sequence[Any]) -> dict[str, list[str]]:
    # The two streams reach the front end in an order of their own each, so they are taken apart.
    parts: dict[str, list[str]] = {}
    for output in outputs:
        if output.output_type == "stream":
            parts.setdefault(output.name, []).append(output.text)
        elif output.output_type == "error":
            parts.setdefault("error", []).append("\n".join([output.ename, *output.traceback]))
        else:
            for mime, data in output.data.items():
                text = data if isinstance(data, str) else repr(data)
                if mime.startswith("image/") and mime != "image/svg+xml":
                    text = hashlib.sha256(text.encode()).hexdigest()
                parts.setdefault(f"{output.output_type} {mime}", []).append(text + "\n")
    return {kind: _plain("".join(texts)).splitlines() for kind, texts in parts.items()}


def _plain(text: str) -> str:
    for pattern, replacement in _PASSING:
        text = pattern.sub(replacement, text)
    return text
