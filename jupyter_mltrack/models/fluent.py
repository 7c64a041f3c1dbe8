"""Models logged, saved and loaded by hand: MLflow's functions of its flavors."""

from pathlib import Path
from typing import Any

from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ModelNotSerializable,
    ResourceAlreadyExists,
)
from jupyter_mltrack.models.example import InputExample, make_input_example
from jupyter_mltrack.models.loading import load_model
from jupyter_mltrack.models.logging import log_model as log_to_run
from jupyter_mltrack.models.logging import model_files
from jupyter_mltrack.models.schema import ModelSignature
from jupyter_mltrack.tracking.fluent import current_run

DEFAULT_NAME = "model"


def log_model(
    sk_model: Any,
    artifact_path: str | None = None,
    *,
    name: str | None = None,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    registered_model_name: str | None = None,
    serialization_format: str = "cloudpickle",
) -> str:
    """Log a model to the active run, as MLflow's function of this name does.

    ``name`` (or ``artifact_path``) is what it is called in the run, ``input_example`` some of what
    it is given, ``signature`` as ``infer_signature`` makes it; without one it is read from the
    example. Returns what ``load_model`` takes.

    Raises
    ------
    ModelNotSerializable
        Its bytes cannot be taken.
    InvalidParameterValue
        An argument asks for what is not there yet: a registry, another format.
    """
    _check(registered_model_name, serialization_format)
    run, path = current_run(), name or artifact_path or DEFAULT_NAME
    example = _example(input_example)
    known = None if signature is None else signature.to_dict()
    message = log_to_run(run, sk_model, path, input_example, example=example, signature=known)
    if message:
        raise ModelNotSerializable(message)
    return f"runs:/{run.run_id}/{path}"


def save_model(
    sk_model: Any,
    path: str | Path,
    *,
    signature: ModelSignature | None = None,
    input_example: Any = None,
    serialization_format: str = "cloudpickle",
) -> None:
    """Write a model as an MLmodel directory, which ``load_model`` and MLflow read.

    Raises
    ------
    ResourceAlreadyExists
        The directory exists and is not empty.
    ModelNotSerializable
        Its bytes cannot be taken.
    InvalidParameterValue
        The format is none that models are written in.
    """
    _check(None, serialization_format)
    directory = Path(path)
    if directory.exists() and any(directory.iterdir()):
        raise ResourceAlreadyExists(f"{str(path)!r} exists and is not empty.")
    example = _example(input_example)
    known = None if signature is None else signature.to_dict()
    files = model_files(sk_model, directory.name, input_example, example=example, signature=known)
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)


def _example(given: Any) -> InputExample | None:
    if given is None:
        return None
    example, why = make_input_example(given)
    if example is None:
        raise InvalidParameterValue(f"input_example cannot be kept. {why}")
    return example


def _check(registered_model_name: str | None, serialization_format: str) -> None:
    if registered_model_name is not None:
        raise InvalidParameterValue(
            f"registered_model_name={registered_model_name!r}: there is no model registry yet. "
            "Leave it out; the model itself is kept."
        )
    if serialization_format != "cloudpickle":
        raise InvalidParameterValue(
            f"serialization_format cannot be {serialization_format!r}: it is 'cloudpickle', the "
            "only format that models are written in yet."
        )


__all__ = ["load_model", "log_model", "save_model"]
