"""A short digest of what an array, a column or a list holds: equal for a copy, whatever its type.

At most :data:`MAX_VALUES` values are looked at, evenly spread, so that it costs the same for any
size. Methods of the user's classes are not called: such values have no digest.
"""

import functools
import hashlib
import sys
from typing import Any, Final

MAX_VALUES: Final = 16_384
MAX_LIST: Final = 100_000
SMALL_BYTES: Final = 8192
"""The digests of arrays up to this size are kept, by their content."""
MIN_TELLING: Final = 8
"""Fewer values than that may be equal by chance."""
_NUMBERS: Final = "biuf"


def digest(value: Any) -> bytes | None:
    """The digest of a value's shape and content; None for what is not looked into."""
    return _digests(value)[0]


def telling_digest(value: Any) -> bytes | None:
    """The digest of content that identifies it: long enough, and not one value throughout."""
    found, is_telling = _digests(value)
    return found if is_telling else None


def _digests(value: Any) -> tuple[bytes | None, bool]:
    """The digest of a value, and whether it is a telling one."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is not None and type(value) is numpy.ndarray and 0 < value.nbytes <= SMALL_BYTES:
        kind = value.dtype
        if kind.kind in _NUMBERS and kind.isnative and value.ndim:
            return _of_small(kind, value.shape, value.tobytes())
    return _computed_digests(value)


@functools.lru_cache(maxsize=256)
def _of_small(kind: Any, shape: tuple[int, ...], content: bytes) -> tuple[bytes | None, bool]:
    # The targets of a loop's fits are the same each time, and its predictions looked at thrice.
    numpy: Any = sys.modules["numpy"]
    return _computed_digests(numpy.frombuffer(content, kind).reshape(shape))


def _computed_digests(value: Any) -> tuple[bytes | None, bool]:
    found = _values(value)
    if found is None:
        return None, False
    shape, sample = found
    content = _content(sample)
    if content is None:
        return None, False
    flat = sample.reshape(-1)
    is_telling = shape[0] >= MIN_TELLING and not (flat == flat[0]).all()
    salt = repr(shape).encode()[:16]
    return hashlib.blake2b(content, digest_size=16, salt=salt).digest(), is_telling


def _values(value: Any) -> tuple[tuple[int, ...], Any] | None:
    """The shape, and an array of the values or of an even part of them."""
    numpy: Any = sys.modules.get("numpy")
    if numpy is None:
        return None
    if type(value) in (list, tuple):
        value = _as_array(numpy, value)
    elif type(value).__module__.partition(".")[0] == "pandas":
        return _of_pandas(value)
    if type(value) not in (numpy.ndarray, numpy.memmap) or not value.ndim or not value.size:
        return None
    shape = _without_ones(value.shape)
    if value.size > MAX_VALUES:
        if value.flags.c_contiguous:
            value = value.reshape(-1)
        step = -(-value.size // MAX_VALUES)
        value = value[:: min(step, max(len(value) - 1, 1))]
        value = value.reshape(-1)[:MAX_VALUES]
    return shape, value


def _of_pandas(value: Any) -> tuple[tuple[int, ...], Any] | None:
    """Of a column, or of a table of numbers."""
    name = type(value).__name__
    if name not in ("Series", "DataFrame") or not value.size:
        return None
    if name == "DataFrame" and any(getattr(kind, "kind", "O") == "O" for kind in value.dtypes):
        return None
    step = -(-value.size // MAX_VALUES)
    part = value if step <= 1 else value.iloc[::step]
    return _without_ones(value.shape), part.to_numpy()


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    # A column of a table with one column is the same as a row of values.
    return shape if any(length != 1 for length in shape[1:]) else shape[:1]


def _as_array(numpy: Any, values: Any) -> Any:
    if not values or len(values) > MAX_LIST:
        return None
    kinds = set(map(type, values))
    if kinds <= {int, float, bool} or all(issubclass(kind, numpy.generic) for kind in kinds):
        try:
            return numpy.asarray(values)
        except (TypeError, ValueError, OverflowError):
            return None
    return numpy.asarray(values, dtype=object) if kinds <= {str, numpy.str_} else None


def _content(array: Any) -> bytes | None:
    kind = array.dtype.kind
    numpy: Any = sys.modules["numpy"]
    if kind in _NUMBERS:
        plain = array if array.dtype == "float64" else array.astype("float64")
        return bytes(plain.tobytes())
    if kind == "U" or (kind == "O" and set(map(type, array.flat)) <= {str, numpy.str_}):
        return "\0".join(array.reshape(-1).tolist()).encode(errors="surrogatepass")
    return None
