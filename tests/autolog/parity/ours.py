"""Executes the cases under our autolog and describes what it recorded as :mod:`.theirs` does."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import jupyter_mltrack as mltrack
from jupyter_mltrack.api.client import MlflowClient
from jupyter_mltrack.autolog import api
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import RunSearch, Store


def execute(case: Callable[[], Any], store: Store) -> list[dict[str, Any]]:
    """The runs of one case, parents first, children by rank."""
    known = {run.info.run_id for run in store.search_runs(RunSearch())}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        api.start()
        try:
            case()
        finally:
            api.stop()
    assert mltrack.flush(20)
    runs = [run for run in store.search_runs(RunSearch()) if run.info.run_id not in known]
    return [_describe(run, store) for run in sorted(runs, key=lambda run: _is_child(run))]


def _is_child(run: Run) -> bool:
    return "mlflow.parentRunId" in run.data.tags


def _describe(run: Run, store: Store) -> dict[str, Any]:
    client = MlflowClient()
    names = sorted(item.path for item in client.list_artifacts(run.info.run_id))
    return {
        "params": dict(run.data.params),
        "metrics": {name: float(value) for name, value in run.data.metrics.items()},
        "tags": dict(run.data.tags),
        "artifacts": names,
        "datasets": [[given.context] for given in run.inputs.dataset_inputs],
        "digests": [bool(given.dataset.digest) for given in run.inputs.dataset_inputs],
        "models": sorted(kept.name for kept in store.list_models(run.info.run_id)),
        "metric_info": _read(run, store) if "metric_info.json" in names else {},
        "is_child": _is_child(run),
    }


def _read(run: Run, store: Store) -> Any:
    files = {item.path: item.digest for item in store.list_artifacts(run.info.run_id)}
    return json.loads(store.read_blob(files["metric_info.json"]))
