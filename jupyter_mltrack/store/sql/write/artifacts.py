"""Artifacts, models and datasets."""

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    DatasetRow,
    LoggedModelRow,
    RunDatasetRow,
)
from jupyter_mltrack.store.sql.write.runs import get_run

if TYPE_CHECKING:
    from jupyter_mltrack.store.sql.write.batch import Batch


def log_artifact(batch: "Batch", event: ev.ArtifactLogged) -> None:
    """Keep a file's bytes as a blob; a later file of the same path replaces it."""
    run = get_run(batch, event.run_id)
    content = _spooled(batch, event.spool) if event.spool else event.content
    row = {
        "run": run["id"],
        "path": event.path,
        "digest": batch.blobs.put(content),
        "size": len(content),
        "media_type": event.media_type,
        "execution": batch.link(run, batch.find_execution(event.execution_id)),
    }
    batch.new.put(ArtifactRow, row, run["id"], event.path)
    batch.touch(run)


def log_dataset(batch: "Batch", event: ev.DatasetLogged) -> None:
    """Write a dataset once, and that the run used it."""
    run = get_run(batch, event.run_id)
    dataset = event.dataset
    key = dataset.digest, dataset.name
    row = {
        "digest": dataset.digest,
        "name": dataset.name,
        "source_type": dataset.source_type,
        "source": dataset.source,
        "schema": dataset.schema,
        "profile": dataset.profile,
    }
    batch.new.put(DatasetRow, row, *key)
    link = {"run": run["id"], "digest": key[0], "name": key[1], "context": event.context}
    batch.new.put(RunDatasetRow, link, *link.values())
    batch.touch(run)


def log_model(batch: "Batch", event: ev.ModelLogged) -> None:
    """Write a model's record; its files are artifacts."""
    run = get_run(batch, event.run_id)
    model = event.model
    row = {
        "model_id": model.model_id,
        "run": run["id"],
        "name": model.name,
        "artifact_path": model.artifact_path,
        "flavor": model.flavor,
        "model_class": model.model_class,
        "status": model.status,
        "status_message": model.status_message,
        "size": model.size,
        "creation_time": model.creation_time,
        "execution": batch.link(run, batch.find_execution(event.execution_id)),
    }
    batch.new.put(LoggedModelRow, row, model.model_id)
    batch.touch(run)


def _spooled(batch: "Batch", name: str) -> bytes:
    assert batch.spool is not None
    path = batch.spool / Path(name).name
    if not path.exists():
        raise ResourceDoesNotExist(f"The spooled content {name} is gone from {batch.spool}.")
    return path.read_bytes()
