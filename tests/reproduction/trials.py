"""Notebooks used as people use them: cells run again, late, never; edited or deleted afterwards."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
import nbformat

from tests.reproduction.certificates import find_certificate, find_untruth
from tests.reproduction.exports import Exports
from tests.reproduction.kernels import Place, Step, execute, read_steps
from tests.reproduction.recorded import Recorded, read_store
from tests.reproduction.report import TrialResult

_NUMBER: Final = re.compile(r"(?<![\w.\[])([1-9]\d{0,2})(?![\w.\]])")

Use = Callable[[random.Random, Any], tuple[str, list[Step]]]


def use_notebook(file: Path, scratch: Path, seed: str) -> TrialResult:
    """Use a notebook in one of the ways, drawn by the seed, and judge exports and certificates."""
    notebook = nbformat.read(file, as_version=4)
    _identify(notebook)
    draw = random.Random(f"{seed} {file.name}")
    use = draw.choice(USES)
    what, steps = use(draw, notebook)
    place = Place(directory=file.parent, notebook=scratch / file.name)
    place.notebook.write_text(nbformat.writes(notebook))

    def record(name: str) -> Recorded:
        place.notebook.write_text(nbformat.writes(notebook))
        execute(steps, place, store=scratch / name, identified=True)
        return read_store(scratch / name)

    return _judge(record, place, scratch, f"trial {seed}, {what}")


def _judge(
    record: Callable[[str], Recorded], place: Place, scratch: Path, what: str
) -> TrialResult:
    recorded = record("used")
    trial = TrialResult(what=what, runs=[])
    exports = Exports(place, scratch / "exports")
    stood = Exports(place, scratch / "stood")
    second: list[Recorded] = []

    def twice() -> Recorded:
        if not second:
            second.append(record("used-twice"))
        return second[0]

    for run in recorded.runs:
        found = exports.examine(recorded, run, twice)
        said = find_certificate(recorded.store, run.run.info.run_id)
        found.certificate = said.answer
        trial.runs.append(found)
        trial.certificates.append(said.answer)
        if found.verdict == "reproduced":
            untruth = find_untruth(recorded, run, said, stood)
            trial.wrong += [f"run {found.name} of cell {found.cell}: {untruth}"] if untruth else []
    return trial


def _run_again(draw: random.Random, notebook: Any) -> tuple[str, list[Step]]:
    """All cells, then some of them again, in any order."""
    steps = read_steps(notebook)
    again = [draw.randrange(len(steps)) for _ in range(draw.randint(1, 5))]
    return f"cells {again} run again", steps + [steps[n] for n in again]


def _run_late(draw: random.Random, notebook: Any) -> tuple[str, list[Step]]:
    """A cell is run some cells later than it stands."""
    steps = read_steps(notebook)
    place = draw.randrange(len(steps))
    later = min(len(steps) - 1, place + draw.randint(1, 4))
    moved = [*steps[:place], *steps[place + 1 : later + 1], steps[place], *steps[later + 1 :]]
    return f"cell {place} run after cell {later}", moved


def _leave_out(draw: random.Random, notebook: Any) -> tuple[str, list[Step]]:
    """A cell is never run."""
    steps = read_steps(notebook)
    place = draw.randrange(len(steps))
    return f"cell {place} never run", steps[:place] + steps[place + 1 :]


def _edit_after(draw: random.Random, notebook: Any) -> tuple[str, list[Step]]:
    """A number in a cell is changed after it ran; cells below run again, the changed one does not.

    The other way around half of the time: the changed cell runs, but none that it matters to.
    """
    steps = read_steps(notebook)
    places = [n for n, step in enumerate(steps) if _NUMBER.search(step.source)]
    if not places:
        return _run_again(draw, notebook)
    place = draw.choice(places)
    source = _with_another_number(draw, steps[place].source)
    again = sorted(draw.sample(range(place, len(steps)), min(3, len(steps) - place)))
    changed = Step(cell_id=steps[place].cell_id, source=source)
    if draw.random() < 0.5:
        again = [n for n in again if n != place]
    more = [changed if n == place else steps[n] for n in again]
    what = f"cell {place} edited, cells {again} run again"
    return what, steps + _after(_edited(notebook, changed), more)


def _delete_after(draw: random.Random, notebook: Any) -> tuple[str, list[Step]]:
    """A cell is deleted after it ran; cells below run again."""
    steps = read_steps(notebook)
    place = draw.randrange(len(steps) - 1)
    below = range(place + 1, len(steps))
    again = sorted(draw.sample(below, min(3, len(below))))
    rest = nbformat.from_dict(notebook)
    rest.cells = [cell for cell in rest.cells if cell.id != steps[place].cell_id]
    what = f"cell {place} deleted, cells {again} run again"
    return what, steps + _after(rest, [steps[n] for n in again])


USES: Final[list[Use]] = [_run_again, _run_late, _leave_out, _edit_after, _delete_after]


def _with_another_number(draw: random.Random, source: str) -> str:
    found = draw.choice(list(_NUMBER.finditer(source)))
    other = str(int(found[1]) + draw.choice([1, 2, 3]))
    return source[: found.start(1)] + other + source[found.end(1) :]


def _edited(notebook: Any, changed: Step) -> Any:
    edited = nbformat.from_dict(notebook)
    for cell in edited.cells:
        if cell.id == changed.cell_id:
            cell.source = changed.source
    return edited


def _after(document: Any, steps: list[Step]) -> list[Step]:
    """The steps, the first of which finds the notebook's file changed."""
    text = nbformat.writes(document)
    return [msgspec.structs.replace(step, document=text) for step in steps[:1]] + steps[1:]


def _identify(notebook: Any) -> None:
    """Give cells of notebooks older than cell ids theirs."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        if not cell.get("id"):
            cell["id"] = f"cell-{number}"
