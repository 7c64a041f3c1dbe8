"""A private cell is not stored: not its source, outputs or error, then or later."""

import pytest

from jupyter_mltrack.capture.document import DocumentCell
from jupyter_mltrack.capture.private import find_switch, list_private_ids, says_private
from jupyter_mltrack.entities import NOT_STORED, is_not_stored
from jupyter_mltrack.store.contract import RunSearch
from tests.capture.notebooks import Executed, execute

STORED = ["start", "open", "after"]


@pytest.fixture(scope="module")
def executed(tmp_path_factory) -> Executed:
    with pytest.MonkeyPatch.context() as patch:
        return execute("private_cells_leave_no_trace", tmp_path_factory.mktemp("private"), patch)


def test_private_cells_run_and_show_as_ever(executed):
    assert executed.shown("line")[0].text == "hush one\n"
    assert executed.shown("magic")[0].data["text/plain"] == "'hush two'"
    assert executed.shown("error")[0].evalue == "hush four"
    assert executed.shown("thread")[0].text == "hush seven\n"


def test_nothing_of_them_is_anywhere_in_the_store(executed):
    content = executed.everything()
    assert b"stored again" in content
    # The title of the notebook has the word in quotes.
    assert content.replace(b"`hush`", b"").count(b"hush") == 0


def test_the_other_cells_are_stored(executed):
    assert [cell.cell_id for cell in executed.cells] == STORED
    assert executed.outputs("open")[0]["data"]["text/plain"] == "'to be replaced'"


def test_revisions_say_that_a_cell_is_private(executed):
    for cell_id in STORED:
        revision = executed.store.get_revision(executed.cell(cell_id).revision)
        hidden = [cell.cell_id for cell in revision.cells if is_not_stored(cell.source)]
        code = [cell.cell_id for cell in revision.cells if cell.cell_type == "code"]
        assert hidden == [cell_id for cell_id in code if cell_id not in STORED]
        assert {cell.source for cell in revision.cells if cell.cell_id in hidden} == {NOT_STORED}


def test_execution_counts_tell_of_the_gap(executed):
    counts = [cell.execution_count for cell in executed.cells]
    assert counts == [1, 7, 14]


def test_metric_logged_on_purpose_is_kept_without_its_cell(executed):
    (run,) = executed.store.search_runs(RunSearch())
    assert run.data.metrics == {"wished_for": 1.5}
    assert (run.info.execution_id, run.info.status) == ("", "FINISHED")
    assert executed.store.list_run_cells(run.info.run_id) == []


@pytest.mark.parametrize(
    ("source", "private", "switch"),
    [
        ("x = 1", False, None),
        ("%mltrack private", True, None),
        ("if x:\n    %mltrack private  # why", True, None),
        ("%%mltrack private\nx", True, None),
        ("%mltrack private on\nx", True, True),
        ("x\n%mltrack private off", False, False),
        ("%mltrack private off\n%mltrack private", True, False),
        ("%mltrack private of", True, None),
        ("%mltrack privately", False, None),
        ("print('%mltrack private')", False, None),
        ("# about %mltrack private", False, None),
    ],
)
def test_what_a_cell_says_of_itself(source, private, switch):
    assert (says_private(source), find_switch(source)) == (private, switch)


def test_cells_of_a_document_that_stand_below_the_switch_are_private():
    cells = [
        DocumentCell("a", "code", "x"),
        DocumentCell("b", "code", "%mltrack private on"),
        DocumentCell("m", "markdown", "%mltrack private off"),
        DocumentCell("c", "code", "y"),
        DocumentCell("d", "code", "%mltrack private off"),
        DocumentCell("e", "code", "z"),
        DocumentCell("t", "markdown", "text", ("mltrack-ignore",)),
    ]
    assert list_private_ids(cells) == {"b", "c", "d", "t"}


def test_autolog_rests_in_a_private_cell(tmp_path, monkeypatch):
    import nbformat

    fit = "DecisionTreeClassifier(max_depth={}).fit([[0], [1]], [0, 1]);"
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("%load_ext jupyter_mltrack\n%mltrack start"),
            nbformat.v4.new_code_cell("from sklearn.tree import DecisionTreeClassifier"),
            nbformat.v4.new_code_cell("%mltrack private\n" + fit.format(3)),
            nbformat.v4.new_code_cell(fit.format(4)),
        ]
    )
    nbformat.write(notebook, tmp_path / "fits.ipynb")
    executed = execute("", tmp_path, monkeypatch, tmp_path / "fits.ipynb")
    (run,) = executed.store.search_runs(RunSearch())
    assert run.data.params["max_depth"] == "4"
