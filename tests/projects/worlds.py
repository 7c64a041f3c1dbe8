"""Small notebooks executed in real kernels, as a person would have, and their runs."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbformat import v4

from jupyter_mltrack.entities import Run
from jupyter_mltrack.query.runs import resolve_run
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.drainer import drain_orphans

START = "%load_ext jupyter_mltrack\n%mltrack start --no-autolog\nimport jupyter_mltrack as mltrack"


class Project:
    """A directory with a notebook, and the store that its kernel writes to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "project"
        self.directory.mkdir()
        self.notebook = self.directory / "study.ipynb"
        self.store: Store = open_store(str(directory / "store"))

    def execute(
        self,
        *sources: str,
        tags: Mapping[int, Sequence[str]] | None = None,
        again: Sequence[int] = (),
    ) -> None:
        """Write the notebook and execute it from top to bottom; a cell that raises is no matter.

        The cells of the numbers ``again`` (that of the first source is 1) run once more after it.
        """
        cells = [
            v4.new_code_cell(source, id=f"cell-{number}", metadata=_metadata(number, tags))
            for number, source in enumerate([START, *sources])
        ]
        document = v4.new_notebook(cells=cells)
        nbformat.write(document, self.notebook)
        repeated = [v4.new_code_cell(cells[number].source) for number in again]
        document = v4.new_notebook(cells=[*cells, *repeated])
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "MLTRACK_"))},
            "MLTRACK_STORE": self.store.uri,
            "MLTRACK_NOTEBOOK": str(self.notebook),
        }
        resources = {"metadata": {"path": str(self.directory)}}
        client = NotebookClient(
            document, timeout=120, kernel_name="python3", allow_errors=True, resources=resources
        )
        client.execute(env=environment)
        self.take_in()

    def take_in(self) -> None:
        """A busy machine's process may leave before the store has everything; readers take it."""
        self.store.prepare()
        drain_orphans(self.store, self.store.uri)

    def run(self, name: str = "last") -> Run:
        return self.store.get_run(resolve_run(self.store, name))

    def run_id(self, name: str = "last") -> str:
        return resolve_run(self.store, name)

    def runs(self) -> list[Run]:
        return self.store.search_runs(RunSearch())

    def artifact(self, run_id: str, path: str) -> Any:
        found = {one.path: one.digest for one in self.store.list_artifacts(run_id)}
        return json.loads(self.store.read_blob(found[path]))


def _metadata(number: int, tags: Mapping[int, Sequence[str]] | None) -> dict[str, Any]:
    found = (tags or {}).get(number)
    return {"tags": list(found)} if found else {}


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
