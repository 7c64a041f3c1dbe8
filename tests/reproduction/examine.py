"""Everything that is asked of one notebook."""

import functools
import re
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nbformat

from tests.reproduction.certificates import find_certificate
from tests.reproduction.exports import Exports
from tests.reproduction.kernels import Place, Step, execute, read_steps
from tests.reproduction.likeness import agreement, find_differences, find_lost, list_items
from tests.reproduction.recorded import Recorded, read_store
from tests.reproduction.report import NotebookResult
from tests.reproduction.trials import use_notebook

MOST_UNTRACKED: Final = 4
"""A difference counts when so many untracked executions agree on what is different."""
_OURS: Final = re.compile(r"mltrack|mlflow")


def examine(file: Path, name: str, *, trials: int = 0, seed: int = 0) -> NotebookResult:
    """Execute a notebook untracked and tracked, and its exports; never raises."""
    result = NotebookResult(name=name)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
            _examine(file, result, Path(scratch), trials, seed)
    except Exception:
        result.trouble = traceback.format_exc()
    result.seconds = time.monotonic() - started
    return result


def _examine(file: Path, result: NotebookResult, scratch: Path, trials: int, seed: int) -> None:
    file = file.resolve()
    place = Place(directory=file.parent, notebook=file)
    steps = read_steps(nbformat.read(file, as_version=4))
    result.cells = len(steps)
    recorded = _compare_tracked(steps, place, result, scratch)
    if recorded is None:
        return
    twice = functools.cache(lambda: _record(steps, place, scratch / "twice"))
    exports = Exports(place, scratch)
    for run in recorded.runs:
        found = exports.examine(recorded, run, twice)
        found.certificate = find_certificate(recorded.store, run.run.info.run_id).answer
        result.runs.append(found)
    result.exports = len(exports.executed)
    for number in range(trials if recorded.runs else 0):
        trial_scratch = scratch / f"trial-{number}"
        trial_scratch.mkdir()
        result.trials.append(use_notebook(file, trial_scratch, f"{seed}-{number}"))


def _compare_tracked(
    steps: Sequence[Step], place: Place, result: NotebookResult, scratch: Path
) -> Recorded | None:
    """Compare what is shown with tracking off and on, and return what is recorded of all cells.

    Cells that are about tracking are left out of the comparison. None when the notebook fails.
    """
    plain = [step for step in steps if not _OURS.search(step.source)]
    untracked = [execute(plain, place, store=None)]
    if len(plain) == len(steps) and untracked[0].find_error():
        result.left_out = untracked[0].find_error()
        return None
    tracked = execute(plain, place, store=scratch / "tracked")
    result.trouble = "; ".join(filter(None, [tracked.failure, *tracked.problems]))
    result.differences = find_differences(untracked, tracked)
    while result.differences and len(untracked) < MOST_UNTRACKED:
        # What the untracked ones do not agree on says nothing of tracking.
        untracked.append(execute(plain, place, store=None))
        result.differences = find_differences(untracked, tracked)
    result.items = len(agreement([list_items(ran) for ran in untracked]))
    recorded = read_store(scratch / "tracked")
    result.lost = find_lost(tracked, recorded)
    if len(plain) == len(steps):
        return recorded
    whole = execute(steps, place, store=scratch / "whole")
    result.trouble = "; ".join(filter(None, [result.trouble, whole.failure]))
    return read_store(scratch / "whole")


def _record(steps: Sequence[Step], place: Place, store: Path) -> Recorded:
    execute(steps, place, store=store)
    return read_store(store)
