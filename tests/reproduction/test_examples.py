"""The notebooks of this repository are left alone by tracking, and their exports run again."""

from pathlib import Path

import pytest

from tests.reproduction.examine import examine

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(
    [*(ROOT / "example_notebooks").glob("*.ipynb"), *(ROOT / "tests" / "notebooks").glob("*.ipynb")]
)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_tracking_changes_nothing_and_exports_give_the_same_metrics(notebook: Path) -> None:
    result = examine(notebook, notebook.name)
    assert not result.left_out
    assert not result.trouble
    assert result.differences == []
    assert [run for run in result.runs if run.verdict != "reproduced"] == []
    assert [run for run in result.runs if run.certificate == "no"] == []
