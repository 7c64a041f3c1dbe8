"""Which notebook it is: renamed, moved, copied, or new under an old name."""

import random
import shutil
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.document import DocumentFiles
from jupyter_mltrack.magics.identity import NotebookIdentity
from jupyter_mltrack.query.notebooks import find_origin, notebook_paths
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking import session as sessions

pytestmark = pytest.mark.usefixtures("no_problems")


class Desk:
    """Notebooks in a directory, run one after the other, each time in a session of its own."""

    def __init__(self, store: Store, directory: Path) -> None:
        self.store = store
        self.directory = directory

    def write(self, name: str, *sources: str, minor: int = 5) -> Path:
        cells = [new_markdown_cell(f"# {sources[0]}"), *map(new_code_cell, sources)]
        content = new_notebook(cells=cells)
        if minor < 5:
            content["nbformat_minor"] = minor
            for cell in content["cells"]:
                del cell["id"]
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(content, file)
        return file

    def run(self, path: str, name: str, *, session: Any = None) -> Any:
        """Log a run in the notebook at ``path``; returns the session, to go on in."""
        if session is None:
            sessions.close_session()
            sessions.use_store(self.store.uri)
            session = sessions.get_session()
            session.identity = NotebookIdentity()
        file = self.directory / path
        document = DocumentFiles().find(file, path) if file.is_file() else None
        session.update_facts(notebook_path=path)
        session.identity.see(session, path, document)
        session.identity.settle(20)
        with mltrack.start_run(run_name=name):
            pass
        assert session.flush(20)
        return session

    def runs(self, path: str) -> set[str]:
        """Names of the runs of the notebook that is at ``path``."""
        root = str((self.directory / path).resolve())
        found = self.store.search_runs(RunSearch(notebook_paths=[path, root]))
        return {run.info.run_name for run in found}


@pytest.fixture
def desk(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    directory = tmp_path / "desk"
    directory.mkdir()
    monkeypatch.setenv("MLTRACK_SERVER_ROOT", str(directory))
    monkeypatch.chdir(directory)
    return Desk(store, directory)


def test_a_notebook_renamed_while_it_runs_keeps_its_runs(desk: Desk) -> None:
    file = desk.write("Untitled.ipynb", "a = 1", "b = 2")
    session = desk.run("Untitled.ipynb", "before")
    file.rename(desk.directory / "churn.ipynb")
    desk.run("churn.ipynb", "after", session=session)
    assert desk.runs("churn.ipynb") == {"before", "after"}
    assert notebook_paths(desk.store, "churn.ipynb") == ["churn.ipynb", "Untitled.ipynb"]
    assert find_origin(desk.store, "churn.ipynb") is None


def test_a_notebook_moved_between_sessions_and_edited_since_keeps_its_runs(desk: Desk) -> None:
    file = desk.write("draft.ipynb", "a = 1", "b = 2")
    desk.run("draft.ipynb", "before")
    content = nbformat.read(file, as_version=4)
    content.cells[1].source = "a = 3"
    content.cells += [new_code_cell(f"more{number} = 1") for number in range(9)]
    (desk.directory / "deep").mkdir()
    nbformat.write(content, desk.directory / "deep" / "model.ipynb")
    file.unlink()
    desk.run("deep/model.ipynb", "after")
    assert desk.runs("deep/model.ipynb") == {"before", "after"}


def test_a_copy_begins_anew_and_says_where_it_is_from(desk: Desk) -> None:
    file = desk.write("train.ipynb", "a = 1", "b = 2")
    desk.run("train.ipynb", "original")
    shutil.copy(file, desk.directory / "train-Copy1.ipynb")
    session = desk.run("train-Copy1.ipynb", "copy")
    assert desk.runs("train-Copy1.ipynb") == {"copy"}
    assert desk.runs("train.ipynb") == {"original"}
    origin = find_origin(desk.store, "train-Copy1.ipynb")
    assert origin is not None
    assert origin.path == "train.ipynb"
    # And goes its own way.
    (desk.directory / "train-Copy1.ipynb").rename(desk.directory / "other.ipynb")
    desk.run("other.ipynb", "renamed copy", session=session)
    assert desk.runs("other.ipynb") == {"copy", "renamed copy"}
    desk.run("train.ipynb", "original again")
    assert desk.runs("train.ipynb") == {"original", "original again"}


def test_saved_under_another_name_while_the_first_file_stays_is_a_copy(desk: Desk) -> None:
    file = desk.write("train.ipynb", "a = 1", "b = 2")
    session = desk.run("train.ipynb", "original")
    shutil.copy(file, desk.directory / "saved-as.ipynb")
    desk.run("saved-as.ipynb", "fork", session=session)
    assert desk.runs("saved-as.ipynb") == {"fork"}
    assert desk.runs("train.ipynb") == {"original"}


def test_a_new_notebook_under_an_old_name_begins_anew(desk: Desk) -> None:
    desk.write("Untitled.ipynb", "a = 1", "b = 2")
    desk.run("Untitled.ipynb", "old")
    desk.write("Untitled.ipynb", "import this", "c = 3")
    desk.run("Untitled.ipynb", "new")
    assert desk.runs("Untitled.ipynb") == {"new"}


def test_a_notebook_rewritten_cell_by_cell_stays_the_same(desk: Desk) -> None:
    file = desk.write("train.ipynb", "a = 1", "b = 2")
    desk.run("train.ipynb", "before")
    content = nbformat.read(file, as_version=4)
    for cell in content.cells:
        cell.source += "\n# rewritten"
    nbformat.write(content, file)
    desk.run("train.ipynb", "after")
    assert desk.runs("train.ipynb") == {"before", "after"}


def test_a_notebook_without_cell_ids_is_recognised_by_its_sources(desk: Desk) -> None:
    sources = ("a = 1", "b = 2", "c = a + b", "print(c)")
    file = desk.write("old.ipynb", *sources, minor=4)
    desk.run("old.ipynb", "before")
    file.rename(desk.directory / "renamed.ipynb")
    desk.run("renamed.ipynb", "after")
    assert desk.runs("renamed.ipynb") == {"before", "after"}
    # Saved in the newer format it is given ids, and is the same.
    desk.write("renamed.ipynb", *sources)
    desk.run("renamed.ipynb", "upgraded")
    assert desk.runs("renamed.ipynb") == {"before", "after", "upgraded"}


def test_notebooks_that_begin_alike_are_not_taken_for_each_other(desk: Desk) -> None:
    usual = ("%load_ext jupyter_mltrack", "%mltrack start", "import numpy as np")
    file = desk.write("one.ipynb", *usual, minor=4)
    desk.run("one.ipynb", "one")
    file.unlink()
    desk.write("two.ipynb", *usual, "np.zeros(3)", minor=4)
    desk.run("two.ipynb", "two")
    assert desk.runs("two.ipynb") == {"two"}


def test_the_same_path_below_two_roots_is_two_notebooks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [desk.directory / "first", desk.directory / "second"]
    for number, root in enumerate((*roots, roots[0])):
        desk.directory = root
        monkeypatch.setenv("MLTRACK_SERVER_ROOT", str(root))
        monkeypatch.chdir(desk.directory.parent)
        if not root.exists():
            desk.write("train.ipynb", f"a = {number}", "b = 2")
        monkeypatch.chdir(root)
        desk.run("train.ipynb", f"run {number}")
    desk.directory = roots[0]
    assert desk.runs("train.ipynb") == {"run 0", "run 2"}
    desk.directory = roots[1]
    assert desk.runs("train.ipynb") == {"run 1"}


def test_a_file_named_whole_and_below_the_root_is_one_notebook(desk: Desk) -> None:
    file = desk.write("train.ipynb", "a = 1", "b = 2")
    desk.run("train.ipynb", "in the server")
    desk.run(str(file.resolve()), "headless")
    assert desk.runs("train.ipynb") == {"in the server", "headless"}


def test_two_notebooks_on_one_kernel_stay_two(desk: Desk) -> None:
    desk.write("one.ipynb", "a = 1", "b = 2")
    desk.write("two.ipynb", "c = 3", "d = 4")
    session = desk.run("one.ipynb", "first")
    for path, name in (("two.ipynb", "second"), ("one.ipynb", "third"), ("two.ipynb", "fourth")):
        desk.run(path, name, session=session)
    assert desk.runs("one.ipynb") == {"first", "third"}
    assert desk.runs("two.ipynb") == {"second", "fourth"}


def test_a_notebook_without_a_file_here_is_followed_within_its_session(desk: Desk) -> None:
    session = desk.run("remote/a.ipynb", "before")
    desk.run("remote/b.ipynb", "after", session=session)
    assert desk.runs("remote/b.ipynb") == {"before", "after"}


def test_recognising_a_notebook_draws_no_random_numbers(desk: Desk) -> None:
    desk.write("train.ipynb", "a = 1")
    random.seed(1)
    np.random.seed(1)
    states = random.getstate(), np.random.get_state()[1].tolist()
    desk.run("train.ipynb", "run")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states


def test_a_copy_says_so_from_its_first_cells_on(
    store_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        "%load_ext jupyter_mltrack\n%mltrack start --no-autolog",
        "%mltrack status",
        "%mltrack runs",
        "import jupyter_mltrack as mltrack\nwith mltrack.start_run():\n    pass",
    )
    notebook = new_notebook(cells=[new_code_cell(line) for line in lines])
    shown = {}
    for name in ("a.ipynb", "b.ipynb"):
        nbformat.write(notebook, tmp_path / name)
        monkeypatch.setenv("MLTRACK_NOTEBOOK", str(tmp_path / name))
        client = NotebookClient(nbformat.read(tmp_path / name, 4), timeout=120)
        cells = client.execute(cwd=str(tmp_path)).cells
        shown[name] = [cell.outputs[0].data["text/plain"] for cell in cells[1:3]]
    assert "copied from" not in shown["a.ipynb"][0]
    assert f"copied from {tmp_path / 'a.ipynb'}" in shown["b.ipynb"][0]
    assert "While capturing" not in shown["b.ipynb"][0]
    assert f"a copy of {tmp_path / 'a.ipynb'}, which keeps its runs" in shown["b.ipynb"][1]
