"""Logging a model to a run, in the format of its library."""

import sys
from typing import TYPE_CHECKING, Any

import msgspec

from jupyter_mltrack.entities import LoggedModel
from jupyter_mltrack.errors import ModelNotSerializable
from jupyter_mltrack.models.environment import requirements
from jupyter_mltrack.models.example import InputExample
from jupyter_mltrack.models.flavors import find_flavor
from jupyter_mltrack.models.flavors.packed import Packed
from jupyter_mltrack.models.packaging import new_model_id, package, pyfunc_flavor
from jupyter_mltrack.models.signature import infer_signature
from jupyter_mltrack.tracking.clock import now_ms

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.active import ActiveRun

Signature = dict[str, str | None]


def log_model(
    run: "ActiveRun",
    model: Any,
    artifact_path: str,
    inputs: Any = None,
    outputs: Any = None,
    *,
    example: InputExample | None = None,
    signature: Signature | None = None,
) -> str:
    """Log a fitted model to a run, with the signature of what it was fitted with, or the given.

    An empty signature is none.

    Returns
    -------
    str
        Empty; or why the model's bytes could not be kept, which its record says too.
    """
    record = _record_of(model, artifact_path)
    try:
        packed = find_flavor(model).pack(model)
    except ModelNotSerializable as error:
        failed = {"status": "FAILED", "status_message": error.message}
        run.log_model(msgspec.structs.replace(record, **failed), {})
        return f"The model's bytes are not kept: {error.message}"
    if signature is None and inputs is not None:
        signature = infer_signature(inputs, outputs)
    files = _directory(packed, record, run.run_id, inputs, signature, example)
    run.log_model(msgspec.structs.replace(record, size=len(packed.content)), files)
    return ""


def model_files(
    model: Any,
    artifact_path: str,
    inputs: Any = None,
    *,
    example: InputExample | None = None,
    signature: Signature | None = None,
) -> dict[str, bytes]:
    """The MLmodel directory of a model that belongs to no run.

    Raises
    ------
    ModelNotSerializable
        Its bytes cannot be taken.
    """
    if signature is None and inputs is not None:
        signature = infer_signature(inputs)
    packed = find_flavor(model).pack(model)
    return _directory(packed, _record_of(model, artifact_path), "", inputs, signature, example)


def _record_of(model: Any, artifact_path: str) -> LoggedModel:
    kind = type(model)
    return LoggedModel(
        model_id=new_model_id(),
        name=artifact_path,
        artifact_path=artifact_path,
        flavor=find_flavor(model).FLAVOR,
        model_class=f"{kind.__module__}.{kind.__qualname__}",
        creation_time=now_ms(),
    )


def _directory(
    packed: Packed,
    record: LoggedModel,
    run_id: str,
    inputs: Any,
    signature: Signature | None,
    example: InputExample | None,
) -> dict[str, bytes]:
    """The files of the MLmodel directory."""
    modules = set(packed.modules)
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and isinstance(inputs, (pandas.DataFrame, pandas.Series)):
        modules.add("pandas")
    pyfunc = pyfunc_flavor(
        f"mlflow.{record.flavor}", packed.file, packed.predict, path_key=packed.path_key
    )
    return package(
        model_id=record.model_id,
        run_id=run_id,
        artifact_path=record.artifact_path,
        flavors={
            "python_function": pyfunc,
            record.flavor: packed.settings,
        },
        files={packed.file: packed.content},
        requirements=requirements(modules),
        signature=signature,
        example=example,
    )
