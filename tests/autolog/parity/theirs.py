"""Executes the cases under MLflow's autolog and prints what it recorded, as JSON; by its Python."""

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import mlflow

sys.path.insert(0, str(Path(__file__).parent))
import cases

WITH_MODELS = ("logistic", "grid search")


def main() -> None:
    """Print a list of runs for each case."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as place:
        mlflow.set_tracking_uri(f"sqlite:///{place}/mlflow.db")
        mlflow.create_experiment("parity", f"file://{place}/artifacts")
        mlflow.set_experiment("parity")
        print(json.dumps({name: _execute(name) for name in cases.CASES}))


def _execute(name: str) -> list[dict[str, Any]]:
    client = mlflow.MlflowClient()
    (experiment,) = client.search_experiments(filter_string="name = 'parity'")
    known = {run.info.run_id for run in client.search_runs([experiment.experiment_id])}
    mlflow.sklearn.autolog(silent=True, log_models=name in WITH_MODELS)
    cases.CASES[name]()
    mlflow.flush_async_logging() if hasattr(mlflow, "flush_async_logging") else None
    runs = client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"])
    new = [run for run in runs if run.info.run_id not in known]
    new.sort(key=lambda run: "mlflow.parentRunId" in run.data.tags)
    return [_describe(client, run) for run in new]


def _describe(client: Any, run: Any) -> dict[str, Any]:
    info = [item for item in _artifacts(client, run) if item == "metric_info.json"]
    return {
        "params": run.data.params,
        "metrics": run.data.metrics,
        "tags": run.data.tags,
        "artifacts": _artifacts(client, run),
        "datasets": [
            [tag.value for tag in given.tags if tag.key == "mlflow.data.context"]
            for given in run.inputs.dataset_inputs
        ],
        "digests": [bool(given.dataset.digest) for given in run.inputs.dataset_inputs],
        "models": sorted(
            mlflow.get_logged_model(model.model_id).name for model in run.outputs.model_outputs
        )
        if run.outputs is not None
        else [],
        "metric_info": _read(client, run) if info else {},
        "is_child": "mlflow.parentRunId" in run.data.tags,
    }


def _artifacts(client: Any, run: Any) -> list[str]:
    return sorted(item.path for item in client.list_artifacts(run.info.run_id))


def _read(client: Any, run: Any) -> Any:
    with tempfile.TemporaryDirectory() as place:
        path = client.download_artifacts(run.info.run_id, "metric_info.json", place)
        return json.loads(Path(path).read_text())


main()
