"""The harness finds what it is for: changed outputs, metrics that do not come out, false words."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.reproduction.exports import has_no_seed, tell
from tests.reproduction.kernels import TEST_SECONDS, Place, Ran, Step, execute
from tests.reproduction.likeness import find_differences
from tests.reproduction.recorded import Recorded, RecordedRun, find_mismatches, read_store

pytestmark = pytest.mark.timeout(TEST_SECONDS)


def ran(*outputs: dict[str, Any], count: int = 1, **states: str) -> Ran:
    cell = nbformat.v4.new_code_cell("x", outputs=list(outputs), execution_count=count)
    return Ran(cells=[nbformat.from_dict(cell)], random_states=states)


def text(text: str, name: str = "stdout") -> dict[str, Any]:
    return nbformat.v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    "changed",
    [
        ran(text("a\nc\n")),
        ran(text("a\nb\nc\n")),
        ran(text("a\nb\n"), text("warning", "stderr")),
        ran(text("a\nb\n"), nbformat.v4.new_output("display_data", {"text/plain": "more"})),
        ran(text("a\nb\n"), count=2),
        ran(text("a\nb\n"), random="other"),
        ran(),
    ],
)
def test_what_tracking_changes_is_found(changed: Ran) -> None:
    assert find_differences([ran(text("a\nb\n"), random="one")], changed)


def test_what_untracked_executions_do_not_agree_on_is_no_difference() -> None:
    untracked = [ran(text("a\n1 s\n")), ran(text("a\n2 s\n"))]
    assert find_differences(untracked, ran(text("a\n3 s\n"))) == []
    assert find_differences(untracked, ran(text("b\n3 s\n"))) != []
    lengths = [ran(text("a\n")), ran(text("a\nb\n"))]
    assert find_differences(lengths, ran(text("c\nd\ne\n"))) == []


def test_metrics_that_do_not_come_out_again_are_named() -> None:
    expected = {"a": 1.0, "b": float("nan"), "r2_X-2": 2.0, "c": 3.0}
    assert find_mismatches(expected, {**expected, "more": 1.0}) == {}
    assert find_mismatches({"r2_X-2": 2.0}, {"r2_X": 2.0}) == {}
    missing = find_mismatches(expected, {"a": 1.5, "b": float("nan"), "r2_X": 2.0})
    assert tell(missing) == "a 1.0 → 1.5; c is missing"


def test_tries_drawn_anew_each_time_have_no_seed() -> None:
    def record(*tries: str, score: float) -> Recorded:
        runs = [
            RecordedRun(run=Any, execution=Any, place=0, made=made, number=0, metrics={"m": score})
            for made in tries
        ]
        return Recorded(store=Any, cells=[], runs=runs)

    first = record("k=3", "k=5", score=1.0)
    (run, _), missing = first.runs, "no such run when executed again"
    assert has_no_seed(first, run, missing, lambda: record("k=3", "k=9", score=1.0))
    assert not has_no_seed(first, run, missing, lambda: record("k=3", score=1.0)), "one is lost"
    assert not has_no_seed(first, run, missing, lambda: record("k=3", "k=5", score=2.0))
    assert has_no_seed(first, run, "m 1.0 → 2.0", lambda: record("k=3", "k=5", score=2.0))


def test_a_tracked_execution_is_recorded_cell_by_cell(tmp_path: Path) -> None:
    notebook = tmp_path / "n.ipynb"
    code = "from sklearn.linear_model import Ridge\nRidge(alpha={}).fit([[0], [1], [2]], [0, 1, 3])"
    steps = [Step(cell_id=f"c{n}", source=code.format(n)) for n in (1, 2)]
    cells = [nbformat.v4.new_code_cell(step.source, id=step.cell_id) for step in steps]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    place = Place(directory=tmp_path, notebook=notebook)
    shown = execute([*steps, steps[0]], place, store=tmp_path / "store", identified=True)
    recorded = read_store(tmp_path / "store")
    assert [cell.execution_count for cell in shown.cells] == [1, 2, 3]
    assert [cell.cell_id for cell in recorded.cells] == ["c1", "c2", "c1"]
    assert [run.place for run in recorded.runs] == [0, 1, 2]
    first, second, again = recorded.runs
    assert recorded.find_like(first, 2) == again
    assert second.metrics != first.metrics == again.metrics
    assert set(shown.random_states) == {"random", "numpy"}


def test_a_cell_that_hangs_is_told_with_where_its_threads_are(tmp_path: Path) -> None:
    source = "import time\ndef wait_for_ever():\n    time.sleep(1000)\nwait_for_ever()"
    steps = [Step(cell_id="a", source="1"), Step(cell_id="b", source=source)]
    place = Place(directory=tmp_path, notebook=tmp_path / "n.ipynb")
    shown = execute([*steps, steps[0]], place, store=None, timeout=5)
    assert len(shown.cells) == 2
    assert shown.find_error().startswith("CellTimeoutError in 'import time")
    assert "in wait_for_ever" in shown.failure
    assert "ipykernel/iostream.py" in shown.failure
