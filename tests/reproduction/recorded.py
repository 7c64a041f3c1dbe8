"""The runs of a store, each known by the cell execution that made it and its number there."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from jupyter_mltrack.entities import CellExecution, CellOutcome, Run
from jupyter_mltrack.projects.metrics import is_duration
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.drainer import drain_orphans

_ADDRESS: Final = re.compile(r"0x[0-9a-f]+")
_NUMBERED: Final = re.compile(r"-\d+(?=_|$)")


class RecordedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run and its metrics but the times.

    It is known by the ``place`` of the cell execution that made it among all of them, by what was
    made (its params) and by its ``number`` among those of the same params there.
    """

    run: Run
    execution: CellExecution
    place: int
    made: str
    number: int
    metrics: Mapping[str, float]


class Recorded(msgspec.Struct, kw_only=True):
    """A store after its session ended; ``cells`` in the order they ran."""

    store: Store
    cells: list[CellExecution]
    runs: list[RecordedRun]

    def find_like(self, run: RecordedRun, place: int) -> RecordedRun | None:
        """The run that the cell execution at a place made as ``run`` was made where it was."""
        there = [other for other in self.runs if other.place == place]
        alike = [other for other in there if other.made == run.made] or there
        return next((other for other in alike if other.number == run.number), None)


def read_store(path: Path) -> Recorded:
    """Read what one kernel recorded; runs made outside of cells are left out."""
    store = open_store(str(path))
    # A kernel that was busy to its last moment leaves some of it in its journal.
    store.prepare()
    drain_orphans(store, store.uri)
    sessions = store.list_sessions() if path.exists() else []
    cells = store.list_session_cells(sessions[0].session_id) if sessions else []
    cells = [cell for cell in cells if cell.outcome != CellOutcome.UNSEEN and cell.source.strip()]
    places = {cell.execution_id: place for place, cell in enumerate(cells)}
    counts: Counter[tuple[int, str]] = Counter()
    runs = []
    for run in sorted(_all_runs(store), key=lambda run: run.info.start_time):
        place = places.get(run.info.execution_id)
        if place is None:
            continue
        made = _made(run)
        runs.append(
            RecordedRun(
                run=run,
                execution=cells[place],
                place=place,
                made=made,
                number=counts[place, made],
                metrics=_measured(run),
            )
        )
        counts[place, made] += 1
    return Recorded(store=store, cells=cells, runs=runs)


def _all_runs(store: Store) -> list[Run]:
    return store.search_runs(RunSearch(limit=100_000))


def _made(run: Run) -> str:
    return _ADDRESS.sub("", repr((bool(run.info.parent_run_id), sorted(run.data.params.items()))))


def find_mismatches(expected: Mapping[str, float], found: Mapping[str, float]) -> dict[str, str]:
    """Metrics that did not come out again, with what came instead.

    A metric of data that a variable named second is ``accuracy_score_X-2``; where what named it
    first had no part in it and did not run again, it is ``accuracy_score_X``.
    """
    plain = {_NUMBERED.sub("", key): value for key, value in found.items()}
    mismatches = {}
    for key, value in expected.items():
        again = found.get(key, plain.get(_NUMBERED.sub("", key)))
        if again is None:
            mismatches[key] = "is missing"
        elif not _same(value, again):
            mismatches[key] = f"{value!r} → {again!r}"
    return mismatches


def _measured(run: Run) -> dict[str, float]:
    return {key: value for key, value in run.data.metrics.items() if not is_duration(key)}


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
