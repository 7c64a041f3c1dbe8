"""Revisions: what the notebook was when a cell ran, and where each cell's source is from."""

import json
import os
from pathlib import Path

import pytest

from jupyter_mltrack.capture.document import Document, DocumentCell, DocumentFiles, read_live
from jupyter_mltrack.capture.revision import (
    MAX_EXECUTED_CELLS,
    Execution,
    RevisionBuilder,
)
from jupyter_mltrack.entities import NOT_STORED, Revision


def live(*cells: tuple[str, str], layer: str = "live", saved_at: int = 0) -> Document:
    made = [
        DocumentCell(cell_id, "markdown" if cell_id.startswith("m") else "code", source)
        for cell_id, source in cells
    ]
    return Document(layer, "nb.ipynb", made, saved_at)


class Notebook:
    def __init__(self) -> None:
        self.builder = RevisionBuilder(lambda text: text)
        self.count = 0

    def run(
        self,
        source: str,
        document: Document | None,
        cell_id: str = "",
        time: int = 0,
        private: bool = False,
    ) -> Revision:
        self.count += 1
        execution = Execution(
            source=source, cell_id=cell_id, execution_count=self.count, time=time, private=private
        )
        found, _ = self.builder.identify(execution, document)
        self.ran = found
        revision = self.builder.build(found, execution, document)
        assert revision is not None
        return revision


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def origins(revision: Revision) -> dict[str, str]:
    return {cell.cell_id: cell.origin for cell in revision.cells}


def test_origin_of_every_cell(notebook):
    before = live(("a", "x = 1"), ("m", "# text"), ("b", "y = 2"), ("c", "z"))
    notebook.run("x = 1", before, "a")
    after = live(("a", "x = 10"), ("m", "# text"), ("b", "y = 2"), ("c", "z"))
    revision = notebook.run("y = 2", after, "b")
    assert origins(revision) == {"a": "edited", "m": "text", "b": "executed", "c": "never"}
    assert revision.cells[0].source == "x = 10"
    grown = live(("a", "x = 10"), ("m", "# text"), ("b", "y = 2"), ("c", "z"), ("d", "new"))
    revision = notebook.run("z", grown, "c")
    assert origins(revision)["b"] == "earlier"


def test_unchanged_notebook_is_the_same_revision(notebook):
    document = live(("a", "x"), ("b", "y"))
    first = notebook.run("x", document, "a")
    second = notebook.run("y", live(("a", "x"), ("b", "y")), "b")
    assert first.digest == second.digest
    assert notebook.run("y", live(("b", "y"), ("a", "x")), "b").digest != first.digest
    assert notebook.run("y", live(("a", "x"), ("b", "y ")), "b").digest == first.digest


def test_digest_keeps_cells_apart(notebook):
    one = notebook.run("x", live(("a", "x"), ("b", "yz")), "a")
    assert notebook.run("x", live(("a", "x"), ("by", "z")), "a").digest != one.digest


def test_what_ran_wins_over_an_older_file(notebook):
    file = live(("a", "old"), ("b", "y"), layer="file", saved_at=100)
    revision = notebook.run("new", file, "a", time=200)
    assert revision.cells[0].source == "new"
    revision = notebook.run("y", file, "b", time=300)
    assert (revision.cells[0].source, revision.cells[0].origin) == ("new", "earlier")
    saved = live(("a", "newer"), ("b", "y"), layer="file", saved_at=400)
    revision = notebook.run("y", saved, "b", time=500)
    assert (revision.cells[0].source, revision.cells[0].origin) == ("newer", "edited")


def test_cells_without_ids_are_found_by_source(notebook):
    document = live(("m", "# t"), ("a", "x = 1"), ("b", "show()"), ("c", "y = 2"), ("d", "show()"))
    ran = []
    for source in ("x = 1", "show()", "y  =  2\n", "show()"):
        notebook.run(source, document)
        ran.append(notebook.ran)
    assert ran == ["a", "b", "c", "d"]


def test_edited_cell_is_the_next_one_when_it_is_alike(notebook):
    document = live(("a", "x = 1"), ("b", "model.fit(X, y, depth=4)"))
    notebook.run("x = 1", document)
    notebook.run("model.fit(X, y, depth=8)", document)
    assert notebook.ran == "b"


def test_injected_cell_is_nobody_elses(notebook):
    document = live(("p", "depth = 4"), ("a", "import pandas as pd\nframe = pd.read_csv('x')"))
    notebook.run("depth = 4", document)
    revision = notebook.run("# Parameters\ndepth = 8\n", document)
    assert notebook.ran == "x-2"
    assert [cell.cell_id for cell in revision.cells] == ["p", "x-2", "a"]
    notebook.run("import pandas as pd\nframe = pd.read_csv('x')", document)
    assert notebook.ran == "a"


def test_injected_cell_has_the_tag_that_nobody_sent(notebook):
    document = live(("p", "depth = 4"), ("a", "print(depth)"))
    notebook.run("depth = 4", document)
    revision = notebook.run("# Parameters\ndepth = 8\n", document)
    assert [cell.tags for cell in revision.cells] == [(), ("injected-parameters",), ()]
    # A cell that is no such one, and one of a notebook that is not known, are left alone.
    revision = notebook.run("# Parameters\nprint(depth)\n", document)
    assert {cell.tags for cell in revision.cells} == {()}
    revision = notebook.run("# Parameters\ndepth = 8\n", None)
    assert {cell.tags for cell in revision.cells} == {()}


def test_without_a_document_what_ran_is_all(notebook):
    notebook.run("x = 1", None)
    revision = notebook.run("y = 2", None)
    assert revision.layer == "executed"
    assert origins(revision) == {"x-1": "earlier", "x-2": "executed"}


def test_endless_executions_stop_making_revisions():
    builder = RevisionBuilder(lambda text: text)
    for number in range(MAX_EXECUTED_CELLS + 5):
        execution = Execution(source=f"x = {number}", execution_count=number)
        revision = builder.build(builder.identify(execution, None)[0], execution, None)
    assert revision is None


def test_ignored_cell_is_blank_in_every_revision(notebook):
    document = live(("a", "secret plan"), ("b", "y"))
    revision = notebook.run("secret plan", document, "a", private=True)
    assert revision.cells[0].source == NOT_STORED
    assert notebook.run("y", document, "b").cells[0].source == NOT_STORED


def test_what_the_front_end_sends_may_be_malformed():
    assert read_live({"path": "x"}) is None
    assert read_live({"path": "x", "cells": "no"}) is None
    document = read_live({"cells": [{"id": "a", "type": "code", "source": "x"}, 7, {}]})
    assert document is not None
    assert [cell.cell_id for cell in document.cells] == ["a", ""]


def write_notebook(path: Path, *sources: str, ids: bool = True) -> None:
    cells = [
        {
            "cell_type": "code",
            "metadata": {"tags": ["mltrack-ignore"] if "hide" in source else []},
            "source": source.splitlines(keepends=True),
            "outputs": [{"output_type": "stream", "name": "stdout", "text": ["big"]}],
            "execution_count": None,
            **({"id": f"id{n}"} if ids else {}),
        }
        for n, source in enumerate(sources)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content))


def test_file_is_read_again_only_when_it_changed(tmp_path):
    path = tmp_path / "a.ipynb"
    write_notebook(path, "x = 1\ny = 2", "hide = 1")
    files = DocumentFiles()
    document = files.find(path, "a.ipynb")
    assert document is not None
    assert [(c.cell_id, c.source) for c in document.cells] == [
        ("id0", "x = 1\ny = 2"),
        ("id1", "hide = 1"),
    ]
    assert document.cells[1].tags == ("mltrack-ignore",)
    assert files.find(path, "a.ipynb") is document
    write_notebook(path, "x = 3", ids=False)
    os.utime(path, (1, 1))
    changed = files.find(path, "a.ipynb")
    assert changed is not None
    assert [cell.cell_id for cell in changed.cells] == ["n-0"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": 3}'])
def test_broken_file_is_no_document(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    assert DocumentFiles().find(path, "a.ipynb") is None
    assert DocumentFiles().find(tmp_path / "absent.ipynb", "x") is None


def test_repeated_executions_of_an_unchanged_document_are_one_revision(notebook):
    document = live(("a", "x"), ("b", "y"))
    first = notebook.run("x", document, "a")
    assert notebook.run("y", document, "b").digest == first.digest
    assert notebook.run("x", document, "a").digest == first.digest
    assert notebook.run("x + 1", document, "a").digest != first.digest
    assert notebook.run("y", document, "b").digest == first.digest
    assert notebook.run("x", document, "a").digest == first.digest


def test_tag_put_on_and_taken_off(notebook):
    document = live(("a", "x"), ("b", "y"))
    first = notebook.run("x", document, "a")
    assert notebook.run("x", document, "a", private=True).digest != first.digest
    assert notebook.run("y", document, "b").digest != first.digest
    assert notebook.run("x", document, "a").digest == first.digest


def test_tags_come_along_and_are_no_part_of_the_digest(notebook):
    plain = Document("live", "nb.ipynb", [DocumentCell("a", "code", "x = 1")])
    tagged = Document("live", "nb.ipynb", [DocumentCell("a", "code", "x = 1", ("parameters",))])
    first = notebook.run("x = 1", plain, "a")
    second = notebook.run("x = 1", tagged, "a")
    assert first.cells[0].tags == ()
    assert second.cells[0].tags == ("parameters",)
    assert second.digest == first.digest
