"""One sentence on what changed and why, true in every part.

``accuracy +0.021: cell 7 changed (max_depth 4 → 8); data, seed and scikit-learn the same.`` What is
not known is not said to be the same: it is left out.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from jupyter_mltrack.entities.diff_views import (
    CellDiff,
    DatasetDiff,
    MetricChange,
    ValueDiff,
)
from jupyter_mltrack.query.diff.cells import ADDED, CHANGED, REMOVED, SAME, UNKNOWN
from jupyter_mltrack.query.diff.libraries import MODELLING
from jupyter_mltrack.query.diff.phrases import MORE, NO_CODE
from jupyter_mltrack.query.judgement import interest, is_object
from jupyter_mltrack.query.text import format_number

MAX_REASONS: Final = 5
MAX_CELLS: Final = 3


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentence is made of.

    ``makers`` are the ids of the cells that made the runs, empty when none did; ``is_code_known``
    when nothing of the code is hidden.
    """

    metrics: list[MetricChange]
    cells: list[CellDiff]
    makers: tuple[str, str]
    params: list[ValueDiff]
    datasets: list[DatasetDiff]
    seeds: list[ValueDiff]
    packages: list[ValueDiff]
    environment: list[ValueDiff]
    imported: Collection[str]
    is_code_known: bool


def summarise_runs(evidence: Evidence) -> str:
    """The sentence on two runs."""
    reasons = list_reasons(evidence)
    same = list_same(evidence)
    head = _what_changed(evidence.metrics)
    parts = [f"{head}: {listed(reasons)}" if reasons else head]
    if same:
        parts.append(f"{listed(same)} the same")
    if not reasons and not same:
        parts.append("nothing is known of why")
    elif not reasons and evidence.is_code_known and evidence.cells and not evidence.seeds:
        parts.append("no seed is set")
    return "; ".join(parts) + "."


def summarise_since(cells: Sequence[CellDiff], run_name: str, *, is_code_known: bool) -> str:
    """The sentence on a run and the notebook as it is now."""
    code = [cell for cell in cells if cell.cell_type == "code" and cell.status != UNKNOWN]
    reasons = _cell_reasons(code, since=True)
    behind = [cell for cell in code if cell.is_behind and _is_real(cell)]
    known = "" if is_code_known else ", as far as it is stored"
    if not reasons:
        texts = any(cell.status != SAME for cell in cells if cell.cell_type != "code")
        also = ", but for its text" if texts else ""
        return f"The code is as it was when {run_name} was made{also}{known}."
    made = f"{_numbered(behind)} made it" if behind else f"none of what made it changed{known}"
    return f"Since {run_name}: {listed(reasons)}; {made}."


def list_reasons(evidence: Evidence) -> list[str]:
    """What changed that may be why, code first."""
    reasons = _cell_reasons(evidence.cells, evidence.makers)
    said = " ".join(phrase for cell in evidence.cells for phrase in cell.phrases)
    for value in filter(_is_setting, evidence.params):
        change = f"{value.key} {_cut(value.base)} → {_cut(value.run)}"
        if change not in said and change not in reasons:
            reasons.append(change)
    reasons += [_describe_data(one) for one in evidence.datasets if one.status == CHANGED]
    for value in evidence.packages:
        if value.status == CHANGED and value.key in evidence.imported:
            reasons.append(f"{value.key} {value.base} → {value.run}")
    python = [value for value in evidence.environment if value.key == "Python"]
    reasons += [f"Python {one.base} → {one.run}" for one in python if one.status == CHANGED]
    if len(reasons) > MAX_REASONS:
        return [*reasons[:MAX_REASONS], f"{len(reasons) - MAX_REASONS} more"]
    return reasons


def list_same(evidence: Evidence) -> list[str]:
    """What is known to be the same on both sides."""
    same = []
    cells = evidence.cells
    if cells and evidence.is_code_known and not any(map(_is_real, cells)):
        same.append("code")
    if _all_same(evidence.params):
        same.append("params")
    if evidence.datasets and all(one.status == SAME for one in evidence.datasets):
        sampled = any(one.sampled for one in evidence.datasets)
        same.append("data (as far as it was sampled)" if sampled else "data")
    if _all_same(evidence.seeds):
        same.append("seed" if len({seed.run for seed in evidence.seeds}) == 1 else "seeds")
    return [*same, *_same_packages(evidence)]


def listed(words: Sequence[str]) -> str:
    """Words as people list them."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def label(cell: CellDiff) -> str:
    """A cell by its number, and by its title where it has none."""
    number = cell.base_number if cell.number is None else cell.number
    return f"cell {number}" if number is not None else f"cell “{_cut(cell.title)}”"


def _what_changed(metrics: Sequence[MetricChange]) -> str:
    shared = [metric for metric in metrics if metric.base is not None and metric.run is not None]
    if not shared:
        return "No metric in common" if metrics else "No metrics"
    level = min(interest(metric.key) for metric in shared)
    telling = [metric for metric in shared if interest(metric.key) == level]
    changed = next((metric for metric in telling if metric.status == CHANGED), None)
    if changed is None:
        return f"{telling[0].key} the same"
    if changed.difference is None:
        return f"{changed.key} {format_number(changed.base)} → {format_number(changed.run)}"
    sign = "+" if changed.difference >= 0 else "-"
    return f"{changed.key} {sign}{format_number(abs(changed.difference))}"


def _cell_reasons(
    cells: Sequence[CellDiff], makers: tuple[str, str] = ("", ""), *, since: bool = False
) -> list[str]:
    changed = [cell for cell in cells if cell.status == CHANGED and _is_real(cell)]
    reasons = [_describe_cell(cell) for cell in changed[:MAX_CELLS]]
    if len(changed) > MAX_CELLS:
        reasons.append(f"{_numbered(changed[MAX_CELLS:])} changed")
    made = _find_makers(cells, makers)
    if made:
        reasons.append(f"made by {label(made[1])}, not {label(made[0])}")
    reasons += _presence_reasons([cell for cell in cells if cell not in made], since=since)
    if any(cell.moved for cell in cells):
        reasons.append("another order of cells")
    return reasons


def _find_makers(cells: Sequence[CellDiff], makers: tuple[str, str]) -> list[CellDiff]:
    """The cells that made the runs, where they are two different ones; else none."""
    old = next((cell for cell in cells if cell.base_cell_id == makers[0] != ""), None)
    new = next((cell for cell in cells if cell.cell_id == makers[1] != ""), None)
    if old is None or new is None or old is new or new.status != ADDED:
        return []
    return [old, new]


def _presence_reasons(cells: Sequence[CellDiff], *, since: bool) -> list[str]:
    reasons = []
    both = {
        key
        for cell in cells
        if cell.status not in (ADDED, REMOVED)
        for key in (cell.cell_id, cell.base_cell_id)
    }
    for status, word, often in ((ADDED, "with", "more"), (REMOVED, "without", "less")):
        found = [cell for cell in cells if cell.status == status]
        once = [cell for cell in found if not {cell.cell_id, cell.base_cell_id} & both]
        again = [cell for cell in found if cell not in once]
        if once and since:
            be = "are" if len(once) > 1 else "is"
            reasons.append(f"{_numbered(once)} {be} {'new' if status == ADDED else 'gone'}")
        elif once:
            reasons.append(f"{word} {_numbered(once)}")
        reasons += [f"{_numbered(again)} run {often} often"] if again else []
    return reasons


def _describe_cell(cell: CellDiff) -> str:
    phrases = [phrase for phrase in cell.phrases if phrase != MORE]
    more = [", …"] if MORE in cell.phrases else []
    words = ", ".join(phrases) + "".join(more)
    return f"{label(cell)} changed ({words})" if words else f"{label(cell)} changed"


def _numbered(cells: Sequence[CellDiff]) -> str:
    if len(cells) == 1:
        return label(cells[0])
    numbers = [cell.base_number if cell.number is None else cell.number for cell in cells]
    if None in numbers or len(numbers) > 2 * MAX_CELLS:
        return f"{len(cells)} cells"
    return f"cells {listed([str(number) for number in numbers])}"


def _is_real(cell: CellDiff) -> bool:
    """Whether what the cell does may have changed."""
    return (cell.status != SAME or cell.moved) and cell.phrases != [NO_CODE]


def _is_setting(value: ValueDiff) -> bool:
    return value.status == CHANGED and not is_object([value.base, value.run])


def _describe_data(data: DatasetDiff) -> str:
    if data.base_shape and data.shape and data.base_shape != data.shape:
        return f"data changed ({data.name} {data.base_shape} → {data.shape})"
    return f"data changed ({data.name})"


def _same_packages(evidence: Evidence) -> list[str]:
    versions = {value.key: value.status for value in evidence.packages}
    used = [name for name in MODELLING if name in evidence.imported and name in versions]
    if used and all(versions[name] == SAME for name in used):
        return used
    return ["packages"] if versions and set(versions.values()) == {SAME} else []


def _all_same(values: Sequence[ValueDiff]) -> bool:
    return bool(values) and all(value.status == SAME for value in values)


def _cut(value: str | None, limit: int = 40) -> str:
    text = " ".join((value or "").split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
