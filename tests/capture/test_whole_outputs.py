"""What a cell shows is kept as the front end shows it, in the cell it came from."""

import json
from typing import Any

import pytest

from tests.capture.notebooks import Executed, execute


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Executed:
    with pytest.MonkeyPatch.context() as patch:
        directory = tmp_path_factory.mktemp("whole")
        return execute("everything_a_cell_shows_is_kept", directory, patch)


AS_SHOWN = (
    "figure",
    "figure-error",
    "figure-async",
    "figure-mid",
    "frame",
    "plotly",
    "altair",
    "streams",
    "error",
    "updates",
    "cleared",
    "captured",
    "thread",
    "script",
    "timed",
    "nested",
    "warning",
    "after",
)


def described(outputs: list[Any]) -> list[Any]:
    """Outputs without the metadata of their displays; a thread's prints and displays may change
    places, as they go through different threads of the kernel."""
    return [describe(output) for output in outputs]


def describe(output: Any) -> Any:
    if output["output_type"] == "stream":
        return (output["name"], output["text"])
    if output["output_type"] == "error":
        return ("error", output["ename"], "\n".join(output["traceback"]))
    plain = {mime: content_of(mime, value) for mime, value in output["data"].items()}
    return (output["output_type"], json.dumps(plain, sort_keys=True))


def content_of(mime: str, value: Any) -> Any:
    return value.strip() if mime.startswith("image/") else value


@pytest.mark.parametrize("cell_id", AS_SHOWN)
def test_stored_as_shown(executed, cell_id):
    stored, shown = described(executed.outputs(cell_id)), described(executed.shown(cell_id))
    if cell_id == "thread":
        stored, shown = sorted(stored), sorted(shown)
    assert stored == shown


@pytest.mark.parametrize(
    ("cell_id", "pictures"),
    [
        ("figure", 1),
        ("figure-error", 1),
        ("figure-async", 1),
        ("figure-last", 1),
        ("figure-mid", 2),
        ("captured", 0),
        ("after", 0),
    ],
)
def test_figures_are_in_their_cell_and_once(executed, cell_id, pictures):
    outputs = executed.outputs(cell_id)
    assert sum("image/png" in output.get("data", {}) for output in outputs) == pictures


def test_figure_as_last_expression_is_the_result(executed):
    assert len(executed.shown("figure-last")) == 2
    assert executed.outputs("figure-last")[0]["output_type"] == "execute_result"


def test_updates_are_folded_to_the_last(executed):
    assert [output["data"] for output in executed.outputs("updates")] == [{"text/plain": "'100 %'"}]


def test_what_a_widget_holds_and_what_stands_beside_it(executed):
    assert "outside\n" in "".join(o.get("text", "") for o in executed.outputs("widget"))


def test_a_result_after_timing_is_kept(executed):
    kinds = [output["output_type"] for output in executed.outputs("timed")]
    assert kinds.count("execute_result") == 1


def test_every_cell_is_there_once(executed):
    code = [cell.id for cell in executed.notebook.cells if cell.cell_type == "code"]
    assert [cell.cell_id for cell in executed.cells] == code
