"""A store with notebooks, pictures, models, curves; and what a store says of a run, compared."""

import base64
import math
import random
from typing import Any

import msgspec

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.revision import digest_cells
from jupyter_mltrack.entities import LoggedModel, Output, Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.dataset import Dataset
from jupyter_mltrack.store.contract import ReadStore
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.cells import begin_cell, end_cell
from jupyter_mltrack.tracking.session import get_session

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40).decode()


def run_cell(cell_id: str, source: str, path: str = "a.ipynb") -> Any:
    """Begin a cell of a notebook that has this cell and a text."""
    session = get_session()
    cells = [
        RevisionCell(cell_id="t", cell_type="markdown", source="# Title é", origin="text"),
        RevisionCell(cell_id=cell_id, cell_type="code", source=source, origin="executed"),
    ]
    digest = digest_cells(cells)
    session.write(
        ev.RevisionSeen(
            Revision(
                digest=digest, notebook_path=path, layer="live", language="python", cells=cells
            )
        )
    )
    return begin_cell(
        session,
        cell_id=cell_id,
        source=source,
        execution_count=1,
        revision=digest,
        notebook_path=path,
    )


def make_run(name: str, *, points: int = 3000, path: str = "a.ipynb") -> str:
    """A run with everything a run can have; its id."""
    cell = run_cell(f"cell-{name}", f"fit({name!r})", path)
    run = ActiveRun(get_session(), name=name, tags={"team": "red"})
    run.log_params({"C": 0.1, "name": name, "empty": ""})
    run.log_metrics({"accuracy": 0.9, "nan": math.nan, "huge": math.inf})
    for step in range(points):
        run.log_metric("curve", math.sin(step) * step, step=step)
    run.log_content("plots/roc.txt", b"bytes of " + name.encode())
    run.log_content("same.bin", b"\0" * 100_000)
    run.log_dataset(Dataset(name="train", digest="abc123"), "train")
    model = LoggedModel(
        model_id=f"m-{run.run_id}",
        name="model",
        artifact_path="model",
        flavor="sklearn",
        model_class="Model",
    )
    run.log_model(model, {"MLmodel": b"flavors: {}", "model.pkl": random.Random(1).randbytes(999)})
    cell.add_output(Output(output_type="stream", name="stdout", data={"text/plain": "fit\n"}))
    cell.add_output(Output(output_type="display_data", data={"image/png": PNG}))
    cell.add_output(Output(output_type="display_data", data={"text/html": "<b>x</b>" * 20_000}))
    run.end()
    end_cell(cell)
    later = run_cell(f"later-{name}", "score(model)", path)
    run.log_metric("later", 1.0)
    end_cell(later)
    assert mltrack.flush(30)
    return run.run_id


def told(store: ReadStore, run_id: str) -> dict[str, Any]:
    """All that a store tells of a run, as plain values that compare, NaN included."""
    run = store.get_run(run_id)
    cells = store.list_run_cells(run_id)
    session = store.find_session(run.info.session_id)
    series = {key: store.get_series(run_id, key) for key in run.data.summaries}
    everything = {
        "info": {**msgspec.structs.asdict(run.info), "experiment_id": ""},
        "experiment": store.get_experiment(run.info.experiment_id).name,
        "data": run.data,
        "inputs": run.inputs,
        "series": {
            key: [one.steps.tolist(), one.times.tolist(), one.values.tolist(), one.executions]
            for key, one in series.items()
        },
        "files": [(one, store.read_blob(one.digest)) for one in store.list_artifacts(run_id)],
        "models": store.list_models(run_id),
        "cells": cells,
        "lineage": store.get_lineage(run_id),
        "outputs": [store.list_outputs(cell.execution_id) for cell in cells],
        "blobs": [
            store.read_blob(digest)
            for cell in cells
            for output in store.list_outputs(cell.execution_id)
            for digest in output.blobs.values()
        ],
        "revisions": [store.get_revision(cell.revision) for cell in cells],
        "environment": store.find_environment(session.environment) if session else None,
        "python": session.python_version if session else "",
    }
    return {key: repr(value) for key, value in everything.items()}
