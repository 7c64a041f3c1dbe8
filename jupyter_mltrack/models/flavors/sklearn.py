"""The sklearn flavor: a cloudpickle, as MLflow's autolog keeps it."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.entities import LoggedModel
from jupyter_mltrack.errors import ModelNotSerializable
from jupyter_mltrack.models.environment import requirements
from jupyter_mltrack.models.packaging import BoundedBuffer, new_model_id, package, pyfunc_flavor
from jupyter_mltrack.models.signature import infer_signature
from jupyter_mltrack.tracking.clock import now_ms

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.active import ActiveRun

FLAVOR: Final = "sklearn"
MODEL_FILE: Final = "model.pkl"
_ALWAYS: Final = ("sklearn", "cloudpickle", "numpy", "scipy")
_MAX_PARTS: Final = 200


def log_model(
    run: "ActiveRun", estimator: Any, artifact_path: str, inputs: Any = None, outputs: Any = None
) -> str:
    """Log a fitted estimator to a run, with the signature of what it was fitted with.

    Returns
    -------
    str
        Empty; or why the model's bytes could not be kept, which its record says too.
    """
    kind = type(estimator)
    record = LoggedModel(
        model_id=new_model_id(),
        name=artifact_path,
        artifact_path=artifact_path,
        flavor=FLAVOR,
        model_class=f"{kind.__module__}.{kind.__qualname__}",
        creation_time=now_ms(),
    )
    try:
        files = model_files(
            estimator,
            model_id=record.model_id,
            run_id=run.run_id,
            artifact_path=artifact_path,
            inputs=inputs,
            outputs=outputs,
        )
    except ModelNotSerializable as error:
        run.log_model(_changed(record, status="FAILED", status_message=error.message), {})
        return f"The model's bytes are not kept: {error.message}"
    run.log_model(_changed(record, size=len(files[MODEL_FILE])), files)
    return ""


def model_files(
    estimator: Any,
    *,
    model_id: str,
    run_id: str,
    artifact_path: str,
    inputs: Any = None,
    outputs: Any = None,
) -> dict[str, bytes]:
    """The MLmodel directory of an estimator.

    Raises
    ------
    ModelNotSerializable
        It cannot be pickled, or only above the budget.
    """
    content = serialize(estimator)
    modules = {*_ALWAYS, *_modules(estimator)}
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and isinstance(inputs, (pandas.DataFrame, pandas.Series)):
        modules.add("pandas")
    return package(
        model_id=model_id,
        run_id=run_id,
        artifact_path=artifact_path,
        flavors={
            "python_function": pyfunc_flavor("mlflow.sklearn", MODEL_FILE, _predict(estimator)),
            FLAVOR: {
                "code": None,
                "pickled_model": MODEL_FILE,
                "serialization_format": "cloudpickle",
                "skops_trusted_types": None,
                "sklearn_version": sys.modules["sklearn"].__version__,
            },
        },
        files={MODEL_FILE: content},
        requirements=requirements(modules),
        signature=infer_signature(inputs, outputs) if inputs is not None else None,
    )


def serialize(estimator: Any) -> bytes:
    """An estimator as bytes; classes defined in the notebook go by value.

    Raises
    ------
    ModelNotSerializable
        It cannot be pickled, or only above the budget.
    """
    import cloudpickle

    buffer = BoundedBuffer()
    try:
        cloudpickle.Pickler(buffer).dump(estimator)
    except (ModelNotSerializable, KeyboardInterrupt):
        raise
    except BaseException as error:
        # A __getstate__ of the user's may raise anything, SystemExit too: we called it, not they.
        raise ModelNotSerializable(f"{type(error).__name__}: {error}"[:1000]) from error
    return buffer.content()


def deserialize(content: bytes) -> Any:
    """An estimator from its bytes. Unpickling runs code: only load models you trust."""
    import cloudpickle

    return cloudpickle.loads(content)


def _predict(estimator: Any) -> str:
    for name in ("predict", "transform", "fit_predict"):
        if hasattr(type(estimator), name):
            return name
    return "predict"


def _modules(estimator: Any) -> Iterator[str]:
    """Top-level modules of the classes an estimator is made of, as far as its attributes show."""
    waiting, seen = [estimator], set[int]()
    while waiting and len(seen) < _MAX_PARTS:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        for base in type(part).__mro__:
            top = base.__module__.partition(".")[0]
            if top not in sys.stdlib_module_names and top != "__main__":
                yield top
        if type(part) in (list, tuple):
            waiting.extend(part[:20])
        elif hasattr(type(part), "get_params"):
            waiting.extend(getattr(part, "__dict__", {}).values())


def _changed(record: LoggedModel, **changes: Any) -> LoggedModel:
    import msgspec

    return msgspec.structs.replace(record, **changes)
