"""An input example of a model: a few rows of what it was fitted with, as MLflow keeps them."""

import json
import math
import sys
from typing import Any, Final, NamedTuple

ROWS: Final = 5
"""As many as MLflow's autologging takes."""
MAX_COLUMNS: Final = 10_000
MAX_BYTES: Final = 1 << 20
_SPARSE: Final = {"csr_matrix": "sparse_matrix_csr", "csc_matrix": "sparse_matrix_csc"}
EXAMPLE_FILE: Final = "input_example.json"
SERVING_FILE: Final = "serving_input_example.json"


class InputExample(NamedTuple):
    """Files of the model's directory, and what its MLmodel says of them."""

    files: dict[str, bytes]
    info: dict[str, str]


def make_input_example(inputs: Any) -> tuple[InputExample | None, str]:
    """The first rows of a frame or array as files; None and why when they cannot be kept.

    No code of the user's runs: a frame with objects in it that are no plain values is refused.
    """
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and type(inputs) is pandas.DataFrame:
        kept, served = _frame(inputs), "dataframe_split"
        info = {"pandas_orient": "split", "type": "dataframe"}
    elif type(inputs).__name__ == "ndarray" and inputs.dtype.kind in "biufU":
        kept, served = _array(inputs), "inputs"
        info = {"type": "ndarray"}
    elif type(inputs).__name__ in _SPARSE and inputs.dtype.kind in "biuf":
        kept, served = _sparse(inputs), "inputs"
        info = {"type": _SPARSE[type(inputs).__name__]}
    else:
        return None, f"No input example: {type(inputs).__name__} is neither a frame nor an array."
    if kept is None:
        return None, "No input example: its rows are too wide, or hold more than plain values."
    content = json.dumps(kept).encode("utf-8", "replace")
    if len(content) > MAX_BYTES:
        return None, f"No input example: {ROWS} rows are more than {MAX_BYTES >> 20} MiB."
    serving = json.dumps({served: kept}, indent=2).encode("utf-8", "replace")
    names = {"artifact_path": EXAMPLE_FILE}
    files = {EXAMPLE_FILE: content}
    if not info["type"].startswith("sparse"):  # which MLflow does not serve
        names["serving_input_path"] = SERVING_FILE
        files[SERVING_FILE] = serving
    order = sorted({**names, **info}.items())
    return InputExample(files, dict(order)), ""


def _frame(frame: Any) -> dict[str, Any] | None:
    head = frame.iloc[:ROWS]
    if head.shape[1] > MAX_COLUMNS:
        return None
    plain = (str, int, float, bool, type(None))
    for position, dtype in enumerate(head.dtypes):
        is_object = getattr(dtype, "kind", "O") == "O"
        if is_object and not all(type(item) in plain for item in head.iloc[:, position].tolist()):
            return None
    if not all(type(name) in plain for name in head.columns.tolist()):
        return None
    text = head.to_json(orient="split", index=False, date_format="iso")
    parts = json.loads(text)
    return {"columns": parts["columns"], "data": parts["data"]}


def _sparse(matrix: Any) -> Any:
    """The parts that SciPy makes a matrix of again."""
    head = matrix[:ROWS]
    if head.nnz > ROWS * MAX_COLUMNS:
        return None
    return {
        "data": _without_nan(head.data.tolist()),
        "indices": head.indices.tolist(),
        "indptr": head.indptr.tolist(),
        "shape": list(head.shape),
    }


def _array(array: Any) -> Any:
    head = array[:ROWS]
    if array.ndim == 0 or head.size > ROWS * MAX_COLUMNS:
        return None
    if head.dtype.kind == "f":
        # NaN and infinity are no JSON; a served model takes null for them.
        return _without_nan(head.tolist())
    return head.tolist()


def _without_nan(values: Any) -> Any:
    if isinstance(values, list):
        return [_without_nan(value) for value in values]
    return values if math.isfinite(values) else None
