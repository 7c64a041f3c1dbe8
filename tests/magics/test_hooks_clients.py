"""The hooks under nbclient, papermill and a front end that sends the notebook along."""

import json
import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_mltrack.entities import events as ev
from tests.magics.kernels import (
    KEEP_JOURNAL,
    START,
    find_cell,
    open_kernel,
    read_cells,
    read_events,
    read_revisions,
)

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "same_outputs_tracked_or_not.ipynb"
TRACKED = f"{KEEP_JOURNAL}\n{START};\ntracked = False"


def read_notebook() -> Any:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    # Not in the file, which is linted.
    broken = nbformat.v4.new_code_cell("x = (1,", id="syntax")
    broken.metadata["tags"] = ["raises-exception"]
    notebook.cells.insert(-1, broken)
    return notebook


def execute(notebook: Any, directory: Path) -> Any:
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute(cwd=str(directory))
    return notebook


def comparable(notebook: Any) -> list[Any]:
    """Outputs as stored, without what differs from run to run: addresses, colours, process ids."""
    cells = []
    for cell in notebook.cells[2:]:
        text = json.dumps([cell.get("execution_count"), cell.get("outputs")], sort_keys=True)
        cells.append(re.sub(r"ipykernel_\d+|0x[0-9a-f]+|/\d+\.py", "*", text))
    return cells


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [n for n in os.environ if n.startswith(("JPY_", "MLTRACK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLTRACK_STORE", str(tmp_path / "store"))
    return tmp_path / "store"


def test_outputs_counts_errors_and_random_numbers_are_the_same_tracked_or_not(
    environment, monkeypatch, tmp_path
):
    plain = execute(read_notebook(), tmp_path)
    tracked = read_notebook()
    file = tmp_path / "tracked.ipynb"
    tracked.cells[1].source = TRACKED
    nbformat.write(tracked, file)
    monkeypatch.setenv("MLTRACK_NOTEBOOK", "tracked.ipynb")
    execute(tracked, tmp_path)
    assert comparable(tracked) == comparable(plain)
    check_cells(environment, tracked)


def check_cells(store: Path, executed: Any) -> None:
    cells = {cell.cell_id: cell for cell in read_cells(store)}
    assert list(cells) == [cell.id for cell in executed.cells if cell.cell_type == "code"]
    assert cells["error"].error == "ZeroDivisionError: division by zero"
    assert cells["captured"].listed() == []
    for cell in executed.cells[3:]:
        assert shown(cells[cell.id].listed()) == stored(cell.outputs), cell.id
    revision = read_revisions(store)[cells["after"].started.revision]
    assert revision.layer == "file"
    assert [cell.cell_id for cell in revision.cells] == [cell.id for cell in executed.cells]
    assert cells["after"].started.notebook_path == "tracked.ipynb"
    experiments = [e.name for e in read_events(store) if isinstance(e, ev.ExperimentSet)]
    assert experiments == ["tracked"]


def shown(outputs: list[Any]) -> list[Any]:
    """Our outputs: type, name and MIME types, with the text of streams."""
    return [
        (
            o.output_type,
            o.name,
            o.data["text/plain"] if o.output_type == "stream" else sorted(o.data),
        )
        for o in outputs
    ]


def stored(outputs: list[Any]) -> list[Any]:
    """The notebook's outputs in the same shape; a figure shown twice counts once."""
    described: list[Any] = []
    images = set()
    for output in outputs:
        if output.output_type == "stream":
            described.append(("stream", output.name, output.text))
        elif output.output_type == "error":
            described.append(("error", output.ename, ["text/plain"]))
        elif output.data.get("image/png") not in images:
            images |= {output.data["image/png"]} if "image/png" in output.data else set()
            described.append((output.output_type, "", sorted(output.data)))
    return described


def test_papermill_parameters_are_a_cell_of_their_own(environment, monkeypatch, tmp_path):
    papermill = pytest.importorskip("papermill")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells[1].source = TRACKED
    notebook.cells = notebook.cells[:5]
    nbformat.write(notebook, tmp_path / "in.ipynb")
    monkeypatch.setenv("MLTRACK_NOTEBOOK", "in.ipynb")
    papermill.execute_notebook(
        str(tmp_path / "in.ipynb"),
        str(tmp_path / "out.ipynb"),
        parameters={"seed": 5},
        cwd=str(tmp_path),
        progress_bar=False,
    )
    injected = find_cell(environment, "seed = 5")
    assert injected.cell_id.startswith("x-")
    revision = read_revisions(environment)[find_cell(environment, "print(n)").started.revision]
    known = [cell.cell_id for cell in revision.cells]
    assert [cell_id for cell_id in known if not cell_id.startswith("x-")] == [
        cell.id for cell in notebook.cells
    ]
    assert injected.cell_id in known
    with_injected = read_revisions(environment)[injected.started.revision]
    assert injected.cell_id in [cell.cell_id for cell in with_injected.cells]
    last = [e.session for e in read_events(environment) if isinstance(e, ev.SessionStarted)][-1]
    assert (last.front_end, last.notebook_source) == ("nbclient", "environment")


def sent(path: str, *cells: tuple[str, str, str]) -> dict[str, Any]:
    described = [{"id": i, "type": t, "source": s} for i, t, s in cells]
    return {"jupyter_mltrack": {"path": path, "dirty": True, "cells": described}}


def test_live_notebook_of_the_front_end_is_the_revision(tmp_path):
    cells = [("m", "markdown", "# hi"), ("a", "code", START), ("b", "code", "y = 2")]
    with open_kernel(tmp_path) as kernel:
        kernel.run(START, cellId="a", **sent("work/one.ipynb", *cells))
        cells[2] = ("b", "code", "y = 3")
        kernel.run("y = 3", cellId="b", **sent("work/one.ipynb", *cells))
        kernel.run("y = 3", cellId="b", **sent("work/one.ipynb", *cells))
        kernel.run("y = 3", cellId="b", **sent("work/renamed.ipynb", *cells))
        kernel.run("z = 1  # from a console")
    first, second, again, renamed, console = read_cells(tmp_path)
    revisions = read_revisions(tmp_path)
    assert revisions[first.started.revision].layer == "live"
    assert [c.origin for c in revisions[first.started.revision].cells] == [
        "text",
        "executed",
        "never",
    ]
    assert [c.source for c in revisions[second.started.revision].cells] == ["# hi", START, "y = 3"]
    assert second.started.revision == again.started.revision == renamed.started.revision
    assert renamed.started.notebook_path == console.started.notebook_path == "work/renamed.ipynb"
    events = read_events(tmp_path)
    assert [e.name for e in events if isinstance(e, ev.ExperimentSet)] == ["work/one"]
    last = [e.session for e in events if isinstance(e, ev.SessionStarted)][-1]
    assert (last.notebook_path, last.front_end) == ("work/renamed.ipynb", "jupyterlab")
