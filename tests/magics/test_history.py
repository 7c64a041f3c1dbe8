"""What ran before tracking began is in the exported notebook."""

import nbformat
import nbformat.v4 as nbf
from nbclient import NotebookClient

from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.store.contract import RunSearch
from tests.conftest import open_drained

CELLS = [
    "from sklearn.datasets import load_iris\nfrom sklearn.svm import SVC",
    "alpha = 5.0",
    "1 / 0",
    "%load_ext jupyter_mltrack\n%mltrack start",
    "SVC(C=alpha).fit(*load_iris(return_X_y=True))",
]


def execute(cells, store, monkeypatch):
    monkeypatch.setenv("MLTRACK_STORE", str(store))
    notebook = nbf.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=100, kernel_name="python3").execute()
    return open_drained(store)


def test_cells_before_the_start_are_exported(tmp_path, monkeypatch):
    cells = [nbf.new_code_cell(source) for source in CELLS]
    cells[2].metadata["tags"] = ["raises-exception"]
    store = execute(cells, tmp_path / "one", monkeypatch)
    (run,) = store.search_runs(RunSearch())
    exported = nbformat.from_dict(export_notebook(store, run.info.run_id))
    assert [cell.source for cell in exported.cells] == CELLS
    again = execute(exported.cells, tmp_path / "two", monkeypatch)
    (repeated,) = again.search_runs(RunSearch())
    assert repeated.data.params == run.data.params
    assert repeated.data.metrics["training_score"] == run.data.metrics["training_score"]
