"""Certificates of the notebooks beside this file, executed as their metadata say.

``example`` in a notebook's metadata has the ``order`` in which its cells are executed, what is
``edited`` before the last of them, the ``verdict``, and part of the first ``reason``.
"""

import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest

from jupyter_mltrack.entities.lineage_views import CertificateView
from jupyter_mltrack.query.certificate import get_certificate
from jupyter_mltrack.query.runs import resolve_run
from tests.conftest import open_drained
from tests.magics.kernels import open_kernel

HERE = Path(__file__).parent
FLUSH = "import jupyter_mltrack; assert jupyter_mltrack.flush(20)"
PARAMETERS = HERE / "parameters_that_papermill_injects_belong_to_the_notebook.ipynb"
EXAMPLES = [
    path
    for path in sorted(HERE.glob("*.ipynb"))
    if path != PARAMETERS and "example" in json.loads(path.read_text())["metadata"]
]


def certify() -> CertificateView:
    store = open_drained(os.environ["MLTRACK_STORE"])
    try:
        return get_certificate(store, resolve_run(store, "last"))
    finally:
        store.close()


def execute(store: Path, path: Path, notebook: Any) -> None:
    example = notebook.metadata["example"]
    cells = {cell.id: cell for cell in notebook.cells}
    with open_kernel(store, path.parent, drains=True, MLTRACK_NOTEBOOK=str(path)) as kernel:
        for number, key in enumerate(example["order"], 1):
            if number == len(example["order"]):
                for edited, source in example["edited"].items():
                    cells[edited].source = source
                nbformat.write(notebook, path)
            kernel.run(cells[key].source, cellId=key)
        kernel.run(FLUSH, silent=True)


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_what_certificates_say(example: Path, store_path: Path, tmp_path: Path) -> None:
    path = tmp_path / example.name
    path.write_text(example.read_text())
    notebook = nbformat.read(path, as_version=4)
    execute(store_path, path, notebook)
    wanted = notebook.metadata["example"]
    found = certify()
    assert found.verdict == wanted["verdict"], found
    assert wanted["reason"] in "".join(one.text for one in found.reasons[:1])


def test_there_are_examples_of_each_verdict() -> None:
    found = {json.loads(p.read_text())["metadata"]["example"]["verdict"] for p in EXAMPLES}
    assert found == {"yes", "no", "unknown"}


@pytest.mark.parametrize("place", ["parameters", "no parameters cell", "start below"])
def test_parameters_of_papermill(
    place: str, store_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papermill = pytest.importorskip("papermill")
    notebook = nbformat.read(PARAMETERS, as_version=4)
    if place != "parameters":
        # Papermill then puts its cell on top, above where tracking begins.
        notebook.cells[2].metadata["tags"] = []
        del notebook.cells[2]
    if place == "start below":
        notebook.cells[1:3] = [notebook.cells[2], notebook.cells[1]]
    notebook.cells.append(nbformat.v4.new_code_cell(FLUSH))
    path = tmp_path / "in.ipynb"
    nbformat.write(notebook, path)
    for name in [n for n in os.environ if n.startswith(("JPY_", "VSC"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLTRACK_NOTEBOOK", str(path))
    papermill.execute_notebook(
        str(path),
        str(tmp_path / "out.ipynb"),
        parameters={"depth": 1},
        cwd=str(tmp_path),
        progress_bar=False,
    )
    found = certify()
    assert found.verdict == "yes", found
