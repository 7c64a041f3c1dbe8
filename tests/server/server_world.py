"""A store's content for the server's tests: one notebook's run, one made outside a cell."""

import base64

from jupyter_mltrack.entities import Environment, Output, Revision, RevisionCell, Session
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.journal import Position, Record
from jupyter_mltrack.store import open_store

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RUN = "a" * 32
SECOND = "b" * 32
CODE = "model.fit(X, y)"


class StoreWriter:
    """Writes events as the drainer does."""

    def __init__(self, directory):
        self.store = open_store(str(directory))
        self.spool = directory / "spool"
        self._end = 0

    def write(self, *events):
        batch = []
        for event in events:
            self._end += 1
            batch.append((event, Record(b"", Position(1, self._end))))
        self.store.apply("s1", batch, spool=self.spool)


def notebook_events():
    session = Session(
        session_id="s1", start_time=1000, pid=1, kernel_id="k1", notebook_path="work/a.ipynb"
    )
    revision = Revision(
        digest="d" * 64,
        notebook_path="work/a.ipynb",
        layer="live",
        language="python",
        cells=[
            RevisionCell(cell_id="m1", cell_type="markdown", source="# Title", origin="text"),
            RevisionCell(cell_id="c1", cell_type="code", source=CODE, origin="executed"),
        ],
    )
    picture = Output(
        output_type="display_data",
        data={"image/png": base64.b64encode(PNG).decode(), "text/plain": "plot"},
    )
    environment = Environment(digest="e1", python_version="3.11", platform="linux", packages={})
    return [
        ev.SessionStarted(session, environment),
        ev.RevisionSeen(revision),
        ev.CellStarted("x1", "s1", "c1", CODE, 1, 1000, "d" * 64, "work/a.ipynb"),
        ev.ExperimentSet("work/a", 1000),
        ev.RunStarted(RUN, "s1", "work/a", "first", 1000, execution_id="x1"),
        ev.ParamsLogged(RUN, {"lr": "0.1"}, "x1"),
        ev.MetricLogged(RUN, "acc", 0.5, 1001, 0, "x1"),
        ev.MetricLogged(RUN, "acc", float("nan"), 1002, 1, "x1"),
        ev.CellOutput("x1", 0, picture),
        ev.RunEnded(RUN, "FINISHED", 2000),
        ev.CellEnded("x1", 2000, "ok"),
        ev.RunStarted(SECOND, "s1", "work/a", "second", 1500),
        ev.ParamsLogged(SECOND, {"lr": "0.2"}),
    ]
