"""Notebooks, and which of them a session ran."""

from typing import TYPE_CHECKING, Any, Final

import msgspec
from sqlalchemy import select

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.identity import Notebook, NotebookSketch
from jupyter_mltrack.store.sql.tables import NotebookRow, NotebookSessionRow, RunRow

if TYPE_CHECKING:
    from jupyter_mltrack.store.sql.write.batch import Batch

MAX_TOUCHED: Final = 500


def see_notebook(batch: "Batch", event: ev.NotebookSeen) -> None:
    """Write where a notebook was seen, and that it was this one in the session."""
    seen = event.notebook
    known = batch.notebooks.find(seen.notebook_id) or _find_twin(batch, seen)
    notebook_id = known["notebook_id"] if known else seen.notebook_id
    row = {
        "notebook_id": notebook_id,
        "path": seen.path,
        "file": seen.file,
        "host": seen.host,
        "sketch": msgspec.json.encode(seen.sketch).decode(),
        "copied_from": known["copied_from"] if known else seen.copied_from,
        "first_seen": known["first_seen"] if known else seen.first_seen,
        "last_seen": seen.last_seen,
    }
    if known and known["path"] != seen.path:
        _touch_runs(batch, notebook_id)
    batch.notebooks.add(notebook_id, row)
    link = {"session_id": event.session_id, "path": seen.path, "notebook_id": notebook_id}
    batch.new.put(NotebookSessionRow, link, event.session_id, seen.path)
    batch.touched_kinds.add("sessions")


def _find_twin(batch: "Batch", seen: Notebook) -> dict[str, Any] | None:
    """The same notebook under another id: several kernels saw it for the first time at once."""
    batch.flush()
    rows = batch.connection.execute(
        select(NotebookRow.notebook_id, NotebookRow.sketch)
        .where(NotebookRow.path == seen.path, NotebookRow.file == seen.file)
        .where(NotebookRow.host == seen.host, NotebookRow.copied_from == seen.copied_from)
        .order_by(NotebookRow.last_seen.desc())
    ).all()
    for notebook_id, text in rows:
        sketch = msgspec.json.decode(text, type=NotebookSketch)
        shared = {*sketch.ids, *sketch.sources} & {*seen.sketch.ids, *seen.sketch.sources}
        if shared or sketch == seen.sketch:
            return batch.notebooks.find(notebook_id)
    return None


def _touch_runs(batch: "Batch", notebook_id: str) -> None:
    """Who lists the notebook's runs by its path reads them again: it has another one now."""
    batch.flush()
    sessions = select(NotebookSessionRow.session_id).where(
        NotebookSessionRow.notebook_id == notebook_id
    )
    runs = select(RunRow.id).where(RunRow.session_id.in_(sessions)).order_by(RunRow.id.desc())
    batch.touch_ids(batch.connection.execute(runs.limit(MAX_TOUCHED)).scalars())
