"""The signature of a model: what goes in and what comes out, in MLflow's JSON."""

import json
import sys
from typing import Any, Final

_COLUMN_TYPES: Final = {
    "float64": "double",
    "float32": "float",
    "int64": "long",
    "uint32": "long",
    "int32": "integer",
    "int16": "integer",
    "int8": "integer",
    "uint16": "integer",
    "uint8": "integer",
    "bool": "boolean",
    "boolean": "boolean",
    "str": "string",
    "string": "string",
    "object": "string",
    "category": "string",
}
MAX_COLUMNS: Final = 10_000


def infer_signature(
    inputs: Any, outputs: Any = None, column_types: Any = None
) -> dict[str, str | None] | None:
    """The signature as an MLmodel file has it, from types and shapes alone; None if unknown.

    ``column_types`` are the ``dtypes`` that a frame had, where ``inputs`` may have changed since.
    """
    given = _spec(inputs) if column_types is None else _columns(column_types)
    if given is None:
        return None
    returned = _spec(outputs)
    return {
        "inputs": json.dumps(given),
        "outputs": json.dumps(returned) if returned is not None else None,
        "params": None,
    }


def _spec(data: Any) -> list[dict[str, Any]] | None:
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and isinstance(data, pandas.DataFrame):
        return _columns(data.dtypes)
    shape, dtype = getattr(data, "shape", None), getattr(data, "dtype", None)
    if not isinstance(shape, tuple) or not shape or dtype is None:
        return None
    name = str(dtype) if getattr(dtype, "kind", "O") not in "OU" else "str"
    tensor = {"dtype": name, "shape": [-1, *(int(length) for length in shape[1:])]}
    return [{"type": "tensor", "tensor-spec": tensor}]


def _columns(dtypes: Any) -> list[dict[str, Any]] | None:
    if len(dtypes) > MAX_COLUMNS:
        return None
    return [
        {"type": _column_type(str(dtype)), "name": str(name), "required": True}
        for name, dtype in zip(dtypes.index, dtypes, strict=True)
    ]


def _column_type(dtype: str) -> str:
    if dtype.startswith("datetime64"):
        return "datetime"
    return _COLUMN_TYPES.get(dtype.lower(), "string")
