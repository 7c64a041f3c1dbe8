"""The fingerprint of data that entered a run: name, shape, columns and a digest, never the data.

Small data is digested whole; of large data, evenly spread rows, and the profile says so. How much
is looked at follows from sizes alone, never from a clock: the same data has the same digest on a
busy machine. The sizes below keep the work within some 50 ms on an ordinary machine.

What is not known here (a generator, an object of the user's) has no fingerprint: nothing of it is
called.
"""

import functools
import hashlib
import json
import sys
import weakref
from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.entities import Dataset

WHOLE_BYTES: Final = 10 << 20
"""Data up to this size is digested whole."""
SAMPLE_BYTES: Final = 4 << 20
SAMPLE_ITEMS: Final = 5000
"""Of what is no array of numbers, so many rows are looked at: of a list, a column of texts."""
MAX_VALUES: Final = 10_000
"""Of all rows and columns together, so many values: each costs a µs or two."""
MAX_CHARACTERS: Final = 2_000_000
"""Of all texts together; of each longer than its share, the length, the beginning and the end."""
MAX_COLUMNS: Final = 2000
SAMPLE_COLUMNS: Final = 150
"""Of a frame of several types, so many columns are looked into: each costs a tenth of a ms."""
_MAX_DEPTH: Final = 4
_FEWEST: Final = 20
"""Of each column, and of a list of lists, at least so many rows."""
_CACHE_FROM_BYTES: Final = 1 << 20
_MAX_NAME: Final = 250
_PANDAS_VALUES: Final = {"Timestamp", "Timedelta", "Period", "Interval", "NaTType", "NAType"}
_ARRAY: Final = ("numpy", "ndarray")

_cache: dict[tuple[int, int], tuple[weakref.ref[Any], bytes, bytes, bool]] = {}


class _Digest:
    """A digest under way; ``sampled`` once part of the data was left out."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b(digest_size=16)
        self.sampled = False

    def text(self, *parts: object) -> None:
        """Add short values."""
        self.hash.update("\0".join(map(str, parts)).encode(errors="backslashreplace"))

    def step(self, length: int, most: int) -> int:
        """Every how many-th of ``length`` is looked at, for ``most`` of them."""
        step = max(1, -(-length // max(1, most)))
        self.sampled |= step > 1
        return step


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
        schema=_schema_text(data),
        profile=json.dumps(profile),
    )


def _schema_text(data: Any) -> str:
    if type(data) is getattr(sys.modules.get("numpy"), "ndarray", None):
        return _array_schema(data.dtype)
    return json.dumps(_schema(data), ensure_ascii=False)


@functools.lru_cache(maxsize=256)
def _array_schema(kind: Any) -> str:
    return json.dumps({"": str(kind)}, ensure_ascii=False)


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


def _add_array(digest: _Digest, array: Any, share: int = 1) -> None:
    """Add an array, one of ``share`` that are digested together."""
    digest.text(array.dtype.str)
    if array.dtype.hasobject:
        part = _every(array, MAX_VALUES * array.itemsize)
        digest.sampled |= part.size < array.size
        _add_items(digest, part.ravel().tolist(), MAX_VALUES)
        return
    if array.nbytes < _CACHE_FROM_BYTES:
        digest.hash.update(_bytes(array))
        return
    # The same large array again, as far as a look at some of it can tell.
    probe = hashlib.blake2b(_bytes(_every(array, 64 << 10)), digest_size=16).digest()
    key = (id(array), share)
    known = _cache.get(key)
    if known is not None and known[0]() is array and known[1] == probe:
        digest.hash.update(known[2])
        digest.sampled |= known[3]
        return
    whole = array.nbytes <= WHOLE_BYTES // share
    part = array if whole else _every(array, SAMPLE_BYTES // share)
    sampled = part.size < array.size
    content = hashlib.blake2b(_bytes(part), digest_size=16).digest()
    _cache[key] = (weakref.ref(array, lambda _: _cache.pop(key, None)), probe, content, sampled)
    digest.hash.update(content)
    digest.sampled |= sampled


def _every(array: Any, size: int) -> Any:
    """Evenly spread rows of at most ``size`` bytes; of wide rows, evenly spread parts of each."""
    if not array.ndim or array.nbytes <= size:
        return array
    for axis in range(1, array.ndim):
        # Eight rows are wanted at least.
        excess = -(-array.nbytes * 8 // (len(array) * size))
        step = min(array.shape[axis], max(1, excess))
        array = array[(slice(None),) * axis + (slice(None, None, step),)]
    return array[:: max(1, -(-array.nbytes // size))]


def _bytes(array: Any) -> Any:
    numpy: Any = sys.modules["numpy"]

    if not array.size or not array.dtype.itemsize:
        return b""
    return memoryview(numpy.ascontiguousarray(array).reshape(-1).view(numpy.uint8))


def _add_frame(digest: _Digest, frame: Any) -> None:
    import numpy

    count = frame.shape[1]
    dtypes = set(frame.dtypes.tolist())
    digest.sampled |= count > MAX_COLUMNS
    digest.text(*(_text(digest, column, 10, 1000) for column in frame.columns[:MAX_COLUMNS]))
    if len(dtypes) == 1 and isinstance(only := dtypes.pop(), numpy.dtype) and not only.hasobject:
        _add_numbers(digest, frame, only.itemsize)
        return
    step = digest.step(count, SAMPLE_COLUMNS)
    looked = range(0, count, step)
    size = len(frame) * len(looked) * 8
    rows = digest.step(size, SAMPLE_BYTES) if size > WHOLE_BYTES else 1
    for position in looked:
        _add_column(digest, frame.iloc[::rows, position], len(looked))


def _add_numbers(digest: _Digest, frame: Any, itemsize: int) -> None:
    """Add a frame of one type; a large one is sampled before it is made one array."""
    rows, columns = frame.shape
    if rows * columns * itemsize > WHOLE_BYTES:
        across = digest.step(columns * itemsize * 8, SAMPLE_BYTES)
        kept = -(-columns // across)
        frame = frame.iloc[:: digest.step(rows * kept * itemsize, SAMPLE_BYTES), ::across]
    _add_array(digest, frame.to_numpy())


def _add_column(digest: _Digest, column: Any, share: int = 1) -> None:
    """Add a column, one of ``share`` that are digested together."""
    import numpy

    dtype = column.dtype
    if isinstance(dtype, numpy.dtype) and not dtype.hasobject:
        _add_array(digest, column.to_numpy())
        return
    digest.text(dtype)
    if dtype.kind == "M" and hasattr(dtype, "tz"):
        _add_array(digest, column.to_numpy(dtype=f"datetime64[{dtype.unit}]"))
        return
    most = max(_FEWEST, min(SAMPLE_ITEMS, MAX_VALUES // share))
    step = digest.step(len(column), most)
    _add_items(digest, column.iloc[::step].tolist(), most, share)


def _add_sparse(digest: _Digest, matrix: Any) -> None:
    digest.text(matrix.format, matrix.dtype.str)
    for part in ("indptr", "indices", "offsets", "row", "col", "data"):
        array = getattr(matrix, part, None)
        if getattr(array, "dtype", None) is not None:
            _add_array(digest, array, share=3)


def _add_polars(digest: _Digest, data: Any) -> None:
    rows = len(data)
    step = max(1, rows * (data.width if hasattr(data, "width") else 1) * 8 // WHOLE_BYTES)
    digest.sampled |= step > 1
    # polars' own row hashes are stable within a version, which is all that is asked of them here.
    part = data.gather_every(step)
    hashes = part.hash_rows(seed=0) if hasattr(part, "hash_rows") else part.hash(seed=0)
    _add_array(digest, hashes.to_numpy())


def _add_items(digest: _Digest, items: Sequence[Any], most: int = 0, share: int = 1) -> None:
    """Add rows of anything, ``most`` of them or as many as their width allows.

    They are one of ``share`` columns.
    """
    if not most:
        most = max(_FEWEST, min(SAMPLE_ITEMS, MAX_VALUES // _width(items)))
    looked = items[:: digest.step(len(items), most)]
    of_all = share * max(1, len(looked))
    within = (max(1, MAX_VALUES // of_all), max(20, MAX_CHARACTERS // of_all))
    digest.text(*(_text(digest, item, *within) for item in looked))


def _width(items: Sequence[Any]) -> int:
    """How many values a row costs, judged by the first."""
    kind = type(items[0]) if items else None
    if kind in (list, tuple):
        return max(1, len(items[0]))
    # An array is looked into at ten times the cost of a number.
    return 10 if kind is not None and (kind.__module__, kind.__name__) == _ARRAY else 1


def _text(digest: _Digest, item: Any, values: int, characters: int, depth: int = 0) -> str:
    """A value as text, of so many values and characters at most; nothing unknown is called."""
    kind = type(item)
    if kind in (str, bytes):
        return f"{kind.__name__}:{_cut(digest, item, characters)!r}"
    if kind is int and item.bit_length() > 1000:
        return f"int:{_cut(digest, hex(item), characters)}"
    if item is None or kind in (int, float, bool, complex):
        return f"{kind.__name__}:{item!r}"
    if kind in (list, tuple) and depth < _MAX_DEPTH:
        # Lists in a list are values too.
        nested = len(item) > 0 and type(item[0]) in (list, tuple)
        looked = item[:: digest.step(len(item), values // 4 if nested else values)]
        share = max(1, len(looked))
        each = (max(1, values // share), max(20, characters // share))
        parts = (_text(digest, part, *each, depth + 1) for part in looked)
        return f"{len(item)}[{','.join(parts)}]"
    return f"{kind.__name__}:{_known_text(digest, item, characters)}"


def _known_text(digest: _Digest, item: Any, characters: int) -> str:
    """A value of a known library; never what its display options make of it."""
    kind = type(item)
    if kind.__module__ == "numpy" and hasattr(kind, "tobytes") and not item.dtype.hasobject:
        part = _every(item, characters) if item.ndim else item
        digest.sampled |= part.size < item.size
        return f"{item.dtype.str}{item.shape}{part.tobytes().hex()}"
    if kind.__module__ in ("datetime", "decimal"):
        return repr(item)
    is_value = kind.__module__.startswith("pandas") and kind.__name__ in _PANDAS_VALUES
    return str(item) if is_value else ""


def _cut(digest: _Digest, text: Any, most: int) -> Any:
    """The text, or of a longer one its length, its beginning and its end."""
    if len(text) <= most:
        return text
    digest.sampled = True
    return (len(text), text[: most // 2], text[-(most // 2) :])
