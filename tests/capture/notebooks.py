"""One-behaviour notebooks, executed in real kernels, and what the store then holds."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.query.cells import to_nbformat_output
from jupyter_mltrack.store.contract import Store
from tests.conftest import open_drained
from tests.magics.kernels import KEEP_JOURNAL

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


class Executed:
    """A notebook that was executed: as the front end has it, and as the store has it."""

    def __init__(self, notebook: Any, path: Path) -> None:
        self.notebook = notebook
        self.path = path
        self.left = _file_contents(path)
        self.store: Store = open_drained(path)
        session = self.store.list_sessions(None, 1)[0]
        self.cells = self.store.list_session_cells(session.session_id)

    def cell(self, cell_id: str) -> CellExecution:
        return next(cell for cell in self.cells if cell.cell_id == cell_id)

    def outputs(self, cell_id: str) -> list[Any]:
        """A cell's outputs as stored, in nbformat's shape."""
        cell = self.cell(cell_id)
        outputs = self.store.list_outputs(cell.execution_id)
        return [to_nbformat_output(self.store, output, cell.execution_count) for output in outputs]

    def shown(self, cell_id: str) -> list[Any]:
        """A cell's outputs as the front end got them."""
        return next(cell.outputs for cell in self.notebook.cells if cell.id == cell_id)

    def everything(self) -> bytes:
        """Every byte the store ever held: its journals as they were, its files, its tables."""
        return self.left + _file_contents(self.path) + _tables(self.path)


def execute(
    name: str, directory: Path, monkeypatch: pytest.MonkeyPatch, file: Path | None = None
) -> Executed:
    """Execute ``tests/notebooks/NAME.ipynb``, or a file, as nbclient does."""
    for variable in [n for n in os.environ if n.startswith(("JPY_", "MLTRACK_"))]:
        monkeypatch.delenv(variable)
    file = file or NOTEBOOKS / f"{name}.ipynb"
    monkeypatch.setenv("MLTRACK_STORE", str(directory / "store"))
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if "%mltrack start" in cell.source:
            # So that what passed the journal can be looked through before it is deleted.
            cell.source += f"\n{KEEP_JOURNAL}"
    own = directory / file.name
    nbformat.write(notebook, own)
    monkeypatch.setenv("MLTRACK_NOTEBOOK", str(own))
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute(cwd=str(directory))
    return Executed(notebook, directory / "store")


def _file_contents(path: Path) -> bytes:
    return b"\n".join(file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file())


def _tables(path: Path) -> bytes:
    import sqlite3

    connection = sqlite3.connect(path / "mltrack.db")
    try:
        return "\n".join(connection.iterdump()).encode("utf-8", "surrogatepass")
    finally:
        connection.close()
