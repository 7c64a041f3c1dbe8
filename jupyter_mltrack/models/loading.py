"""Reading models back."""

from pathlib import Path
from typing import Any

import yaml

from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.models.flavors import FLAVORS


def load_model(source: Any, artifact_path: str = "model") -> Any:
    """Load a model. Unpickling runs code: only load models you trust.

    Parameters
    ----------
    source
        An MLmodel directory, ``runs:/<run id>/<path>``, the id of a run, or a run.
    artifact_path
        Which model of the run, when ``source`` does not say.

    Raises
    ------
    ResourceDoesNotExist
        There is no model, or its bytes were not kept; the message says why.
    """
    files = _read(source, artifact_path)
    document = yaml.safe_load(files("MLmodel"))
    for flavor in FLAVORS:
        if flavor.FLAVOR in document["flavors"]:
            return flavor.load(files, document["flavors"][flavor.FLAVOR])
    known = ", ".join(document["flavors"])
    raise ResourceDoesNotExist(f"The model {source} has no flavor that can be loaded: {known}.")


def _read(source: Any, artifact_path: str) -> Any:
    info = getattr(source, "info", None)
    text = str(info.run_id if info is not None else source)
    if info is None and Path(text).is_dir():
        directory = Path(text)
        if not (directory / "MLmodel").is_file():
            raise ResourceDoesNotExist(f"The directory {text!r} has no MLmodel file.")
        return lambda name: (directory / name).read_bytes()
    if text.startswith("runs:/"):
        text, _, path = text.removeprefix("runs:/").partition("/")
        artifact_path = path.strip("/") or artifact_path
    return _read_from_run(text, artifact_path)


def _read_from_run(run_id: str, artifact_path: str) -> Any:
    from jupyter_mltrack.tracking.reading import open_current_store

    store, _ = open_current_store()
    digests = {item.path: item.digest for item in store.list_artifacts(run_id)}
    if f"{artifact_path}/MLmodel" not in digests:
        store.get_run(run_id)
        reasons = [
            f"its bytes were not kept: {model.status_message}"
            for model in store.list_models(run_id)
            if model.artifact_path == artifact_path and model.status_message
        ]
        reason = (reasons or ["the run has none of that name"])[0]
        raise ResourceDoesNotExist(f"No model {artifact_path!r} in run {run_id}: {reason}")
    return lambda name: store.read_blob(digests[f"{artifact_path}/{name}"])
