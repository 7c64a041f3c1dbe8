"""The fingerprint of data that entered a run: name, shape, columns and a digest, never the data.

Small data is digested whole; of large data, evenly spread rows, and the profile says so. What is
not known here (a generator, an object of the user's) has no fingerprint: nothing of it is called.
"""

import hashlib
import json
import sys
import time
import weakref
from collections.abc import Iterable
from typing import Any, Final

from jupyter_mltrack.entities import Dataset

WHOLE_BYTES: Final = 10 << 20
"""Data up to this size is digested whole."""
SAMPLE_BYTES: Final = 4 << 20
SAMPLE_ITEMS: Final = 1000
MAX_COLUMNS: Final = 2000
SAMPLE_COLUMNS: Final = 150
"""Of a frame of several types, so many columns are looked into: each costs a tenth of a ms."""
FRAME_ITEMS: Final = 10_000
BUDGET_SECONDS: Final = 0.05
"""Of work, not of waiting: what is sampled follows from the size alone, so that the same data has
the same digest on a busy machine; this only ends what is slower than anything known."""
_CACHE_FROM_BYTES: Final = 1 << 20
_MAX_NAME: Final = 250

_cache: dict[int, tuple[weakref.ref[Any], bytes, bytes, bool]] = {}


class _Digest:
    """A digest under way; ``sampled`` once part of the data was left out."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b(digest_size=16)
        self.sampled = False
        self.items = SAMPLE_ITEMS
        self.deadline = time.thread_time() + BUDGET_SECONDS

    def text(self, *parts: object) -> None:
        """Add short values."""
        self.hash.update("\0".join(map(str, parts)).encode(errors="backslashreplace"))

    def is_late(self) -> bool:
        """Whether the budget is spent; what remains is then left out."""
        late = time.thread_time() > self.deadline
        self.sampled |= late
        return late


def fingerprint(data: Any, name: str = "dataset", targets: Any = None) -> Dataset | None:
    """Describe data by its shape, columns and content; None for what is not known as data.

    Parameters
    ----------
    data
        A numpy array, a pandas or polars frame or series, a scipy sparse matrix, a list or tuple.
    name
        What the user calls it.
    targets
        The labels that go with it; they are part of the digest.
    """
    shape = _shape(data)
    if shape is None:
        return None
    digest = _Digest()
    _add(digest, data)
    profile: dict[str, Any] = {"shape": shape, "sampled": digest.sampled}
    target_shape = _shape(targets)
    if target_shape is not None:
        digest.text("targets")
        _add(digest, targets)
        profile |= {"sampled": digest.sampled, "targets": {"shape": target_shape}}
    return Dataset(
        name=name[:_MAX_NAME],
        digest=digest.hash.hexdigest(),
        source_type="code",
        schema=json.dumps(_schema(data), ensure_ascii=False),
        profile=json.dumps(profile),
    )


def _kind(data: Any) -> str:
    """Which of the kinds we know; libraries are looked up, never imported."""
    if type(data) in (list, tuple):
        return "list"
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and isinstance(data, numpy.ndarray):
        return "array"
    pandas: Any = sys.modules.get("pandas")
    if pandas is not None and isinstance(data, (pandas.DataFrame, pandas.Series)):
        return "frame" if data.ndim == 2 else "series"
    sparse: Any = sys.modules.get("scipy.sparse")
    if sparse is not None and sparse.issparse(data):
        return "sparse"
    polars: Any = sys.modules.get("polars")
    if polars is not None and isinstance(data, (polars.DataFrame, polars.Series)):
        return "polars"
    return ""


def _shape(data: Any) -> list[int] | None:
    kind = _kind(data)
    if not kind:
        return None
    if kind != "list":
        return [int(length) for length in data.shape]
    first: Any = data[0] if data else None
    return [len(data), len(first)] if type(first) in (list, tuple) else [len(data)]


def _schema(data: Any) -> dict[str, str]:
    kind = _kind(data)
    if kind == "frame":
        pairs = zip(data.columns[:MAX_COLUMNS], data.dtypes.iloc[:MAX_COLUMNS], strict=True)
        return {str(column): str(dtype) for column, dtype in pairs}
    if kind == "polars" and hasattr(data, "columns"):
        return {str(column): str(dtype) for column, dtype in data.schema.items()}
    if kind == "list":
        return {"": type(data[0]).__name__} if data else {}
    return {str(getattr(data, "name", None) or ""): str(data.dtype)}


def _add(digest: _Digest, data: Any) -> None:
    kind = _kind(data)
    digest.text(kind, _shape(data))
    if kind == "array":
        _add_array(digest, data)
    elif kind == "frame":
        _add_frame(digest, data)
    elif kind == "series":
        digest.text(data.name if isinstance(data.name, (str, int)) else "")
        _add_column(digest, data)
    elif kind == "sparse":
        _add_sparse(digest, data)
    elif kind == "polars":
        _add_polars(digest, data)
    else:
        _add_items(digest, data)


def _add_array(digest: _Digest, array: Any) -> None:
    digest.text(array.dtype.str)
    if array.dtype.hasobject:
        step = max(1, len(array) // SAMPLE_ITEMS) if array.ndim else 1
        digest.sampled |= step > 1
        _add_items(digest, array[::step].ravel().tolist() if array.ndim else [])
        return
    if array.nbytes < _CACHE_FROM_BYTES:
        digest.hash.update(_bytes(array))
        return
    # The same large array again, as far as a look at some of it can tell.
    probe = hashlib.blake2b(_bytes(_every(array, 64 << 10)), digest_size=16).digest()
    known = _cache.get(id(array))
    if known is not None and known[0]() is array and known[1] == probe:
        digest.hash.update(known[2])
        digest.sampled |= known[3]
        return
    part = array if array.nbytes <= WHOLE_BYTES else _every(array, SAMPLE_BYTES)
    sampled = part is not array
    content = hashlib.blake2b(_bytes(part), digest_size=16).digest()
    key = id(array)
    _cache[key] = (weakref.ref(array, lambda _: _cache.pop(key, None)), probe, content, sampled)
    digest.hash.update(content)
    digest.sampled |= sampled


def _every(array: Any, size: int) -> Any:
    """Evenly spread rows of about ``size`` bytes; of very wide rows, evenly spread columns too."""
    rows = len(array)
    row_bytes = max(1, array.nbytes // max(1, rows))
    if row_bytes > size // 8 and array.ndim > 1:
        array = array[:, :: max(1, row_bytes * 8 // size)]
        row_bytes = max(1, array.nbytes // max(1, rows))
    return array[:: max(1, rows * row_bytes // size)]


def _bytes(array: Any) -> Any:
    numpy: Any = sys.modules["numpy"]

    if not array.size or not array.dtype.itemsize:
        return b""
    return memoryview(numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8))


def _add_frame(digest: _Digest, frame: Any) -> None:
    import numpy

    dtypes = set(frame.dtypes.tolist())
    digest.text(*(str(column) for column in frame.columns[:MAX_COLUMNS]))
    if len(dtypes) == 1 and isinstance(only := dtypes.pop(), numpy.dtype) and not only.hasobject:
        _add_array(digest, frame.to_numpy())
        return
    count = frame.shape[1]
    step = -(-count // SAMPLE_COLUMNS)
    size = len(frame) * -(-count // max(1, step)) * 8
    rows = max(1, size // SAMPLE_BYTES) if size > WHOLE_BYTES else 1
    digest.sampled |= step > 1 or rows > 1
    digest.items = max(20, min(SAMPLE_ITEMS, FRAME_ITEMS // max(1, min(count, SAMPLE_COLUMNS))))
    for position in range(0, count, max(1, step)):
        if digest.is_late():
            return
        _add_column(digest, frame.iloc[::rows, position])


def _add_column(digest: _Digest, column: Any) -> None:
    import numpy

    if isinstance(column.dtype, numpy.dtype) and not column.dtype.hasobject:
        _add_array(digest, column.to_numpy())
        return
    step = max(1, len(column) // digest.items)
    digest.sampled |= step > 1
    digest.text(column.dtype)
    _add_items(digest, column.iloc[::step].tolist())


def _add_sparse(digest: _Digest, matrix: Any) -> None:
    digest.text(matrix.format, matrix.dtype.str)
    for part in ("indptr", "indices", "offsets", "row", "col", "data"):
        array = getattr(matrix, part, None)
        if getattr(array, "dtype", None) is not None:
            _add_array(digest, array)


def _add_polars(digest: _Digest, data: Any) -> None:
    rows = len(data)
    step = max(1, rows * (data.width if hasattr(data, "width") else 1) * 8 // WHOLE_BYTES)
    digest.sampled |= step > 1
    # polars' own row hashes are stable within a version, which is all that is asked of them here.
    part = data.gather_every(step)
    hashes = part.hash_rows(seed=0) if hasattr(part, "hash_rows") else part.hash(seed=0)
    _add_array(digest, hashes.to_numpy())


def _add_items(digest: _Digest, items: Iterable[Any]) -> None:
    items = list(items)
    step = max(1, len(items) // digest.items)
    digest.sampled |= step > 1
    for count, item in enumerate(items[::step]):
        if count % 64 == 0 and digest.is_late():
            return
        digest.text(_item_text(item, 0))


def _item_text(item: Any, depth: int) -> str:
    kind = type(item)
    if item is None or kind in (str, int, float, bool, bytes, complex):
        return f"{kind.__name__}:{item!r}"
    if kind in (list, tuple) and depth < 3:
        return f"[{','.join(_item_text(part, depth + 1) for part in item[:SAMPLE_ITEMS])}]"
    if kind.__module__ in ("numpy", "datetime", "decimal") and getattr(item, "size", 1) <= 1:
        return f"{kind.__name__}:{item!r}"
    if kind.__module__.startswith("pandas"):
        return f"{kind.__name__}:{item}"
    return kind.__name__
