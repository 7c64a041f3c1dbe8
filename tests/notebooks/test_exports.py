"""Exported notebooks and scripts executed for real, and diffs in a kernel."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

import jupyter_mltrack as mltrack
from tests.conftest import open_drained

NOTEBOOK = Path(__file__).parent / "an_export_executes_again_with_the_same_numbers.ipynb"


class World:
    """A directory with the notebook, a store, and kernels that execute in it."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = place
        self.monkeypatch = monkeypatch
        self.file = place / "trees.ipynb"
        self.file.write_text(NOTEBOOK.read_text())

    def execute(self, file: Path, more: Sequence[str] = ()) -> Any:
        """Execute a notebook's file, then more cells as if typed below; the notebook."""
        self.monkeypatch.setenv("MLTRACK_NOTEBOOK", str(file))
        notebook = nbformat.read(file, as_version=4)
        notebook.cells += [new_code_cell(source) for source in more]
        resources = {"metadata": {"path": self.place}}
        NotebookClient(notebook, timeout=120, resources=resources).execute()
        return notebook

    def runs(self) -> list[Any]:
        """Runs, the newest first."""
        store = open_drained(os.environ["MLTRACK_STORE"])
        found = mltrack.search_runs(output_format="list", search_all_experiments=True)
        store.close()
        return list(found)


@pytest.fixture
def world(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    for name in [n for n in os.environ if n.startswith(("MLTRACK_N", "MLTRACK_SERVER", "JPY_"))]:
        monkeypatch.delenv(name)
    return World(tmp_path, monkeypatch)


def accuracies(runs: Sequence[Any]) -> list[float]:
    return [
        value
        for run in runs
        for key, value in sorted(run.data.metrics.items())
        if key.startswith("accuracy_score")
    ]


def test_exports_execute_again_with_the_same_numbers(world: World) -> None:
    world.execute(world.file)
    (run,) = world.runs()
    assert len(accuracies([run])) == 1
    for kind in ("order", "stood"):
        path = mltrack.export_notebook(run, world.place / f"{kind}.ipynb", kind=kind)
        exported = nbformat.read(path, as_version=4)
        nbformat.validate(exported)
        # Up to the measurement; the figure's cell used the model too, what came later did not.
        assert ("later" in [cell.id for cell in exported.cells]) == (kind == "stood")
        figure = next(cell for cell in exported.cells if cell.id == "figure")
        assert any("image/png" in output.get("data", {}) for output in figure.outputs)
        world.execute(path)
    runs = world.runs()
    assert len(runs) == 3
    assert len(set(accuracies(runs))) == 1
    again = mltrack.diff_runs(run, runs[0])
    assert "the same" in again.summary
    assert {cell.status for cell in again.executed} == {"same"}


def test_parameters_reach_the_model(world: World) -> None:
    world.execute(world.file)
    (run,) = world.runs()
    path = mltrack.export_notebook(
        run, world.place / "deep.ipynb", parameters={"depth": "7", "label": "9"}
    )
    executed = world.execute(path)
    deep = world.runs()[0]
    assert deep.data.params["max_depth"] == "7"
    assert any("9 0." in str(cell.get("outputs")) for cell in executed.cells)
    assert "max_depth 2 → 7" in mltrack.diff_runs(run, deep).summary


def test_a_script_gives_the_same_numbers_without_ipython(world: World) -> None:
    notebook = world.execute(world.file)
    printed = next(cell for cell in notebook.cells if cell.id == "fit").outputs
    (run,) = world.runs()
    path = mltrack.export_notebook(run, world.place / "trees.py", kind="script")
    code = f"import sys; sys.modules['IPython'] = None; import runpy; runpy.run_path({str(path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=world.place
    )
    assert done.returncode == 0, done.stderr
    shown = "".join(o.text for o in printed if o.output_type == "stream" and o.name == "stdout")
    assert done.stdout.strip() == shown.strip().split("\n")[-1]


def test_a_run_beside_the_notebook_in_its_own_kernel(world: World) -> None:
    notebook = world.execute(world.file, ["%mltrack diff last"])
    (shown,) = notebook.cells[-1].outputs
    assert shown.data["text/plain"].startswith("The code is as it was when Decision")
    edited = world.file.read_text().replace("noise=0.3", "noise=0.4")
    world.file.write_text(edited)
    (run,) = world.runs()
    world.monkeypatch.chdir(world.place)
    since = mltrack.diff_runs(run)
    assert "cell 3 changed (noise 0.3 → 0.4); cell 3 made it." in since.summary
