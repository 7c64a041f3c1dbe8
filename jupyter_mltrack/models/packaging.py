"""A model as files: the MLmodel directory, made within a budget of size and time."""

import io
import json
import platform
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from jupyter_mltrack.errors import ModelNotSerializable
from jupyter_mltrack.models.environment import environment_files
from jupyter_mltrack.models.example import InputExample

MAX_BYTES: Final = 100 << 20
MAX_SECONDS: Final = 0.8
MLFLOW_FORMAT: Final = "3.18.0"
"""The version of MLflow whose layout this is; its loaders look at it."""


_PLAIN: Final = re.compile(r"(?!(?:true|false|null|yes|no|on|off|y|n)$)[a-z][\w./-]*", re.I | re.A)
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def new_model_id() -> str:
    """``m-`` and 32 hexadecimal digits."""
    return f"m-{uuid.uuid4().hex}"


class BoundedBuffer(io.RawIOBase):
    """Takes what a pickler writes, until it is too much or takes too long.

    Raises
    ------
    ModelNotSerializable
        From ``write``, above the budget.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        super().__init__()
        self._parts: list[bytes] = []
        self._size = 0
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._deadline = time.perf_counter() + max_seconds

    def write(self, data: Any) -> int:
        """Keep a piece."""
        length = memoryview(data).nbytes
        self._size += length
        if self._size > self._max_bytes:
            raise ModelNotSerializable(
                f"Its bytes exceed the budget of {self._max_bytes / 2**20:.0f} MiB. "
                "Log it yourself (log_artifact) to keep it."
            )
        if time.perf_counter() > self._deadline:
            raise ModelNotSerializable(
                f"Serialising it took longer than the budget of {self._max_seconds:g} s. "
                "Log it yourself (log_artifact) to keep it."
            )
        self._parts.append(bytes(data))
        return length

    def content(self) -> bytes:
        """All that was written."""
        return b"".join(self._parts)


def package(
    *,
    model_id: str,
    run_id: str,
    artifact_path: str,
    flavors: Mapping[str, Mapping[str, Any]],
    files: Mapping[str, bytes],
    requirements: tuple[str, ...],
    signature: Mapping[str, Any] | None = None,
    example: InputExample | None = None,
) -> dict[str, bytes]:
    """The files of an MLmodel directory: ``files``, their environment, and ``MLmodel``."""
    content = {**files, **environment_files(requirements), **(example.files if example else {})}
    document: dict[str, Any] = {
        "artifact_path": artifact_path,
        "flavors": {name: dict(flavor) for name, flavor in flavors.items()},
        "is_signature_from_type_hint": False,
        "mlflow_version": MLFLOW_FORMAT,
        "model_id": model_id,
        "model_size_bytes": sum(map(len, files.values())),
        "model_uuid": model_id,
        "prompts": None,
        "run_id": run_id,
    }
    if example is not None:
        document["saved_input_example_info"] = example.info
    if signature:
        document["signature"] = dict(signature)
    document["type_hint_from_example"] = False
    document["utc_time_created"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return {"MLmodel": quick_yaml(document).encode(), **content}


def quick_yaml(document: Mapping[str, Any], indent: str = "") -> str:
    """Nested mappings of scalars as YAML: this file is written at every fit, and that by hand.

    PyYAML needs half a millisecond for it.
    """
    lines = []
    for key, value in document.items():
        if isinstance(value, Mapping):
            lines.append(f"{indent}{key}:\n{quick_yaml(value, indent + '  ')}")
        elif isinstance(value, str) and not _PLAIN.fullmatch(value):
            # A JSON string is a YAML one, but for characters that YAML does not let in as they are.
            text = json.dumps(value, ensure_ascii=False)
            text = _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
            lines.append(f"{indent}{key}: {text}\n")
        else:
            text = {True: "true", False: "false", None: "null"}.get(value, str(value))
            lines.append(f"{indent}{key}: {text}\n")
    return "".join(lines)


def pyfunc_flavor(
    loader_module: str, path: str, predict: str = "predict", *, path_key: str = "data"
) -> dict[str, Any]:
    """The ``python_function`` flavor: how MLflow loads the model whatever its library."""
    return {
        path_key: path,
        "env": {"conda": "conda.yaml", "virtualenv": "python_env.yaml"},
        "loader_module": loader_module,
        "predict_fn": predict,
        "python_version": platform.python_version(),
    }
