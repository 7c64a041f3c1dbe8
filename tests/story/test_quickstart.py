"""The quickstart without JupyterLab: run it headless, export its runs, run the exports again."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_mltrack.entities import Run
from jupyter_mltrack.projects.metrics import is_duration
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.conftest import open_drained

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "example_notebooks" / "quickstart.ipynb"


def execute(notebook: nbformat.NotebookNode, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLTRACK_STORE", str(store))
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()


def runs_of(store: Store) -> list[Run]:
    return store.search_runs(RunSearch())


def measured(run: Run) -> dict[str, str]:
    """What must come out again: every metric but what the execution took of time and memory."""
    metrics = run.data.metrics.items()
    return {key: repr(value) for key, value in metrics if not is_duration(key)}


def identity(run: Run) -> tuple[str, str]:
    return run.info.run_name, repr(sorted(run.data.params.items()))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The store after the quickstart was executed with nobody looking."""
    path = tmp_path_factory.mktemp("story") / "store"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLTRACK_NOTEBOOK", str(QUICKSTART))
        execute(nbformat.read(QUICKSTART, as_version=4), path, patch)
    return open_drained(path)


def test_every_fit_and_the_loop_by_hand_became_runs(story: Store) -> None:
    runs = runs_of(story)
    names = [run.info.run_name for run in runs if not run.info.parent_run_id]
    assert names[0] == "step by step"
    assert sum("LogisticRegression" in name for name in names) == 4
    assert sum(name.startswith("GridSearchCV") for name in names) == 1
    assert sum(name.startswith("RandomForest") for name in names) == 1
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len({run.info.experiment_id for run in runs}) == 1


def test_what_is_on_a_run(story: Store) -> None:
    forest = next(run for run in runs_of(story) if run.info.run_name.startswith("RandomForest"))
    assert forest.data.params["max_depth"] == "6"
    assert {"training_accuracy_score", "accuracy_score_X_test"} <= set(forest.data.metrics)
    assert [model.status for model in story.list_models(forest.info.run_id)] == ["READY"]
    assert {item.path for item in story.list_artifacts(forest.info.run_id)} >= {"model/MLmodel"}
    assert [given.context for given in forest.inputs.dataset_inputs] == ["train", "eval"]
    cells = story.list_run_cells(forest.info.run_id)
    assert [cell.cell_id for cell in cells] == ["forest", "confusion"]
    outputs = [output for cell in cells for output in story.list_outputs(cell.execution_id)]
    assert any("image/png" in output.blobs for output in outputs)
    revision = story.get_revision(cells[0].revision)
    assert [cell.cell_type for cell in revision.cells[:3]] == ["markdown", "code", "markdown"]
    assert next(cell.origin for cell in revision.cells if cell.cell_id == "search") == "never"


def test_exported_notebooks_give_the_same_metrics(
    story: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each cell that made runs is exported by its last run; what it leads to covers the others."""
    originals = {identity(run): measured(run) for run in runs_of(story)}
    last_of_cell = {
        run.info.execution_id: run for run in reversed(runs_of(story)) if not run.info.parent_run_id
    }
    compared = 0
    for number, run in enumerate(last_of_cell.values()):
        notebook = nbformat.from_dict(export_notebook(story, run.info.run_id))
        nbformat.validate(notebook)
        again = tmp_path / str(number)
        execute(notebook, again, monkeypatch)
        runs_again = runs_of(open_drained(again))
        for repeated in runs_again:
            assert measured(repeated) == originals[identity(repeated)]
            compared += 1
        assert identity(run) in {identity(repeated) for repeated in runs_again}
    assert compared > len(last_of_cell)


def test_the_same_under_papermill(tmp_path: Path) -> None:
    store = tmp_path / "store"
    subprocess.run(
        [sys.executable, "-m", "papermill", QUICKSTART, tmp_path / "out.ipynb", "-k", "python3"],
        env={**os.environ, "MLTRACK_STORE": str(store)},
        check=True,
        capture_output=True,
        timeout=170,
    )
    runs = runs_of(open_drained(store))
    assert len(runs) >= 12
    assert {run.info.status for run in runs} == {"FINISHED"}
