"""Where each cell of a revision is from, at any execution that names it."""

import pytest

from jupyter_mltrack.entities import CellExecution, RevisionCell
from jupyter_mltrack.query.revisions import as_of
from jupyter_mltrack.store import open_store
from tests.magics import kernels


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A notebook of four cells and a private one: run in order, out of order, and edited."""
    path = tmp_path_factory.mktemp("revisions")
    cells = {"t": "# Title", "a": "x = 1", "b": "y = x", "c": "print(y)", "p": "%mltrack private"}

    def send() -> dict[str, object]:
        kinds = {"t": "markdown"}
        listed = [
            {"id": key, "type": kinds.get(key, "code"), "source": source}
            for key, source in cells.items()
        ]
        return {"path": "nb.ipynb", "dirty": True, "cells": listed}

    with pytest.MonkeyPatch.context() as patch:
        # The store is read here, not the journal.
        patch.setattr(kernels, "KEEP_JOURNAL", "pass")
        executed(path, cells, send)
    return open_store(str(path))


def executed(path, cells, send) -> None:
    with kernels.open_kernel(path) as kernel:
        kernel.run(kernels.START)
        for step in ("a", "b", "p", "a", "b=y = x + 1", "c", "~a=x = 2", "c"):
            key, _, source = step.removeprefix("~").partition("=")
            cells[key] = source or cells[key]
            if not step.startswith("~"):
                kernel.run(cells[key], cellId=key, jupyter_mltrack=send())
        kernel.run("import jupyter_mltrack as m; m.flush(20)", silent=True)


@pytest.fixture(scope="module")
def cells(store) -> list[CellExecution]:
    return store.list_session_cells(store.list_sessions(None, 1)[0].session_id)[1:]


def origins(revision) -> list[str]:
    return [cell.origin for cell in revision.cells]


def test_origins_are_those_of_each_execution(store, cells):
    found = {
        n: origins(as_of(store.get_revision(cell.revision), cells, cell))
        for n, cell in enumerate(cells)
    }
    #                title   a           b           c           p
    assert found == {
        0: ["text", "executed", "never", "never", "never"],
        1: ["text", "earlier", "executed", "never", "never"],
        2: ["text", "executed", "earlier", "never", "never"],
        3: ["text", "earlier", "executed", "never", "earlier"],
        4: ["text", "earlier", "earlier", "executed", "earlier"],
        5: ["text", "edited", "earlier", "executed", "earlier"],
    }


def test_unchanged_notebook_is_one_revision_with_other_origins(cells):
    assert cells[0].revision == cells[1].revision == cells[2].revision
    assert len({cell.revision for cell in cells}) == 3


def test_later_executions_do_not_count(store, cells):
    revision = store.get_revision(cells[0].revision)
    assert origins(as_of(revision, cells, cells[0])) == origins(
        as_of(revision, cells[:1], cells[0])
    )
    assert isinstance(revision.cells[0], RevisionCell)
