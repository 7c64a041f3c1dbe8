"""Outputs have a limit, and what is beyond it is counted and said."""

import pytest

from jupyter_mltrack.capture.budget import VARIABLE, OutputBudget
from jupyter_mltrack.query.cells import to_nbformat_output
from jupyter_mltrack.store.contract import StoredOutput
from tests.capture.notebooks import Executed, execute


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Executed:
    """A megabyte for the session, 125 kB for a cell."""
    with pytest.MonkeyPatch.context() as patch:
        directory = tmp_path_factory.mktemp("budget")
        return execute("outputs_beyond_the_limit_are_counted", directory, patch)


def test_cell_beyond_its_share_says_how_much_is_missing(executed):
    assert executed.outputs("small")[0]["data"]["image/png"]
    (shown,) = executed.outputs("large")
    assert "image/png" not in shown["data"]
    assert shown["metadata"] == {"jupyter_mltrack": {"truncated": 200_013}}
    assert "200,013 more characters were shown, not stored" in shown["data"]["text/plain"]
    assert len(executed.shown("large")[0].data["image/png"]) == 200_000


def test_session_beyond_its_limit_stores_no_more(executed):
    stored = [
        "image/png" in output["data"]
        for number in range(1, 13)
        for output in executed.outputs(f"picture-{number}")
    ]
    assert stored == [True] * 9 + [False] * 3


def test_text_beyond_the_cap_is_said(executed):
    text = executed.outputs("text")[0]["text"]
    assert text.endswith("more characters were shown, not stored]\n")


def test_status_says_what_is_kept_where_and_what_is_not(executed):
    text = executed.shown("status")[0].data["text/plain"]
    for words in (
        "of at most 1.0 MB",
        "beyond the limit",
        "1 private cell",
        "secrets are replaced",
    ):
        assert words in text, words
    assert str(executed.path) in text
    assert "journal" in text
    assert text.count("--max-output-mb") == 1


def test_replacing_an_output_costs_the_difference():
    budget = OutputBudget()
    budget.set_megabytes(0.000_8)
    assert budget.admit(60, 0, 0)
    assert budget.admit(90, 60, 60)
    assert not budget.admit(101, 90, 90)
    assert budget.admit(10, 90, 90)
    assert (budget.used, budget.dropped, budget.outputs) == (10, 101, 1)


@pytest.mark.parametrize(("value", "limit"), [("3", 3_000_000), ("", 2 << 30), ("x", 2 << 30)])
def test_limit_from_the_environment(monkeypatch, value, limit):
    monkeypatch.setenv(VARIABLE, value)
    assert OutputBudget().limit == limit


def test_text_that_is_missing_whole():
    output = StoredOutput(
        output_type="stream", name="stdout", display_id="", truncated=5, data={}, blobs={}
    )
    # An output without blobs asks nothing of the store.
    text = to_nbformat_output(None, output)["text"]
    assert text == "[mltrack: 5 more characters were shown, not stored]\n"
