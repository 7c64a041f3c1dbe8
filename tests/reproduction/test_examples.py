"""The notebooks of this repository are left alone by tracking, and their exports run again."""

from pathlib import Path

import pytest

from tests.reproduction.examine import examine
from tests.reproduction.kernels import TEST_SECONDS

pytestmark = pytest.mark.timeout(TEST_SECONDS)

ROOT = Path(__file__).parents[2]
# What is private is not stored, so it cannot be exported.
PRIVATE = "private_cells_leave_no_trace"
FOLDERS = (ROOT / "example_notebooks", ROOT / "tests" / "notebooks")
NOTEBOOKS = [
    file for folder in FOLDERS for file in sorted(folder.glob("*.ipynb")) if file.stem != PRIVATE
]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_tracking_changes_nothing_and_exports_give_the_same_metrics(notebook: Path) -> None:
    result = examine(notebook, notebook.name)
    assert not result.left_out
    assert not result.trouble
    assert result.differences == []
    assert [run for run in result.runs if run.verdict != "reproduced"] == []
    assert [run for run in result.runs if run.certificate == "no"] == []
