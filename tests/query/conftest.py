"""A small notebook world: three cells, two of which made runs."""

import base64
import copy
from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import Output, Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import Cell, begin_cell, end_cell
from jupyter_mltrack.tracking.session import get_session
from tests.conftest import on_both_databases

store_uri = on_both_databases


@pytest.fixture(autouse=True, scope="module")
def same_examples_whatever_ran_before() -> Iterator[None]:
    """Hypothesis draws constants from the modules that are loaded: other tests would decide."""
    with pytest.MonkeyPatch.context() as patch:
        none = copy.deepcopy(providers._local_constants)
        for kind in ("integers", "floats", "bytes", "strings"):
            getattr(none, kind).clear()
        patch.setattr(providers, "_get_local_constants", lambda: none)
        yield


PNG = base64.b64encode(b"\x89PNG\r\n\x1a\npicture").decode()
SOURCES = {
    "a": "import numpy as np",
    "b": "# Fit the model\nC = 0.1\nfit(C)",
    "c": "fit(C * 10)",
    "d": "not_run_yet()",
}


class World:
    """A session that runs cells of one notebook."""

    def __init__(self) -> None:
        self.session = get_session()
        self.sources = dict(SOURCES)
        self.count = 0

    def begin(self, cell_id: str) -> Cell:
        self.count += 1
        text = RevisionCell(cell_id="t", cell_type="markdown", source="# Title", origin="text")
        code = [
            RevisionCell(cell_id=key, cell_type="code", source=source)
            for key, source in self.sources.items()
        ]
        digest = f"{abs(hash(tuple(self.sources.items()))):x}"
        revision = Revision(
            digest=digest,
            notebook_path="a.ipynb",
            layer="live",
            language="python",
            cells=[text, *code],
        )
        self.session.write(ev.RevisionSeen(revision))
        return begin_cell(
            self.session,
            cell_id=cell_id,
            source=self.sources[cell_id],
            execution_count=self.count,
            revision=digest,
            notebook_path="a.ipynb",
        )

    def run_cell(self, cell_id: str) -> None:
        end_cell(self.begin(cell_id))

    def fit(self, cell_id: str, name: str, c: float, accuracy: float) -> ActiveRun:
        cell = self.begin(cell_id)
        run = ActiveRun(self.session, name=name)
        run.log_params({"C": c, "penalty": "l2"})
        run.log_metrics({"accuracy": accuracy, "log_loss": 1 - accuracy})
        for step in range(3):
            run.log_metric("curve", accuracy * step, step=step)
        cell.add_output(Output(output_type="stream", name="stdout", data={"text/plain": "fit\n"}))
        cell.add_output(Output(output_type="display_data", data={"image/png": PNG}))
        cell.add_output(Output(output_type="execute_result", data={"text/plain": "Model()"}))
        run.end()
        end_cell(cell)
        return run


@pytest.fixture
def world(store: Store) -> World:
    """The world, before anything ran."""
    return World()


@pytest.fixture
def two_runs(world: World) -> tuple[str, str]:
    """Ids of two runs, the second the better one."""
    world.run_cell("a")
    first = world.fit("b", "small", 0.1, 0.8)
    second = world.fit("c", "large", 1.0, 0.9)
    assert mltrack.flush(20)
    return first.run_id, second.run_id
