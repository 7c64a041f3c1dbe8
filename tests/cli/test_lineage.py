"""``mltrack show RUN --cells``."""

import json

import pytest

from jupyter_mltrack.cli import main

# The same small notebook world. Each test that takes an imported fixture names it again: F811.
from tests.query.conftest import two_runs, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("store")


def test_the_cells_of_a_run(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert main(["show", "small", "--cells"]) == 0
    shown = capsys.readouterr().out
    assert "needs `fit`, which nothing in the notebook makes" in shown
    assert "made the run" in shown
    assert "2 params: C, penalty" in shown
    assert "curve (3 points)" in shown
    assert "1 plot" in shown
    assert main(["show", "small", "--cells", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["run_id"], found["certificate"]["verdict"]) == (two_runs[0], "unknown")


def test_a_run_says_whether_its_notebook_leads_to_it(
    capsys: pytest.CaptureFixture[str],
    two_runs: tuple[str, str],  # noqa: F811
) -> None:
    assert main(["show", "small"]) == 0
    shown = capsys.readouterr().out
    assert "Whether the notebook leads here is not known: cell [2] (Fit the model)" in shown
