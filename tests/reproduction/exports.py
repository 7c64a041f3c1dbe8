"""Exports every run in the order it ran, executes the exports, and compares what comes out."""

import itertools
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from jupyter_mltrack.query.export import export_notebook
from tests.reproduction.kernels import Place, Step, execute, read_steps
from tests.reproduction.recorded import Recorded, RecordedRun, find_mismatches, read_store
from tests.reproduction.report import RunResult


class Again(NamedTuple):
    """Cells that were executed again: what went wrong, in which of them, and what was recorded."""

    failure: str
    stop: int | None
    recorded: Recorded


class Exports:
    """Executes exports below a directory, those of equal cells once."""

    def __init__(self, place: Place, scratch: Path) -> None:
        self.place = place
        self.scratch = scratch
        self.executed: dict[tuple[str, ...], Again] = {}
        scratch.mkdir(parents=True, exist_ok=True)
        self._numbers = itertools.count()

    def execute(self, steps: list[Step]) -> Again:
        """Execute cells, tracked, in the notebook's directory."""
        key = tuple(step.source for step in steps)
        if key not in self.executed:
            number = next(self._numbers)
            store = self.scratch / f"again-{number}"
            file = self.scratch / f"again-{number}.ipynb"
            cells = [nbformat.v4.new_code_cell(step.source) for step in steps]
            nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
            place = Place(directory=self.place.directory, notebook=file)
            ran = execute(steps, place, store=store)
            self.executed[key] = Again(ran.find_error(), ran.find_stop(), read_store(store))
        return self.executed[key]

    def examine(
        self, recorded: Recorded, run: RecordedRun, twice: Callable[[], Recorded]
    ) -> RunResult:
        """Export a run, execute it and compare; ``twice`` executes the whole another time."""
        result = RunResult(
            name=run.run.info.run_name,
            cell=run.place,
            metrics=len(run.metrics),
            verdict="reproduced",
        )
        try:
            exported = nbformat.from_dict(export_notebook(recorded.store, run.run.info.run_id))
            nbformat.validate(exported)
            result.reason = self._compare(run, exported)
        except Exception:
            result.reason = traceback.format_exc(limit=-3)
        if result.reason:
            result.verdict = (
                "no seed" if has_no_seed(recorded, run, result.reason, twice) else "failed"
            )
        return result

    def _compare(self, run: RecordedRun, exported: Any) -> str:
        """Why the export is not what it should be; empty when all metrics came out again."""
        again = self.execute(read_steps(exported))
        if again.failure:
            return f"executed again: {again.failure}"
        place = find_place(run, exported)
        if place is None:
            return "the cell that made the run is not in the export"
        found = again.recorded.find_like(run, place)
        if found is None:
            return "no such run when executed again"
        return tell(find_mismatches(run.metrics, found.metrics))


def find_place(run: RecordedRun, exported: Any) -> int | None:
    """Which code cell of an export is the execution that made the run."""
    cells = [c for c in exported.cells if c.cell_type == "code" and c.source.strip()]
    same = [n for n, cell in enumerate(cells) if cell.source == run.execution.source]
    exact = [n for n in same if cells[n].execution_count == run.execution.execution_count]
    return next(iter([*exact, *reversed(same)]), None)


def tell(mismatches: Mapping[str, str]) -> str:
    """Mismatches in one line."""
    return "; ".join(f"{key} {text}" for key, text in mismatches.items())


def has_no_seed(
    first: Recorded, run: RecordedRun, reason: str, twice: Callable[[], Recorded]
) -> bool:
    """Whether the run does not come out again when the whole is executed again either.

    Where the cell makes other runs each time (the tries of a search by chance), as many as before,
    none of them has its like.
    """
    made, again = ([r.made for r in one.runs if r.place == run.place] for one in (first, twice()))
    if len(made) == len(again) and Counter(made) != Counter(again):
        return True
    second = twice().find_like(run, run.place)
    if second is None:
        return False
    unstable = find_mismatches(run.metrics, second.metrics)
    return any(" → " in text for text in unstable.values()) and " → " in reason
