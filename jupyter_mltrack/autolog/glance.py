"""Whether numpy's global generator drew numbers, for the price of comparing 2.5 kB of memory.

Asking it for its state copies that number by number: a tenth of a millisecond, twice for each of a
loop's many fits. This looks at the memory itself. What it does not see is a spare normal number
being used up, so it is only for calls of a kind that was seen to draw nothing.
"""

import ctypes
import sys
from typing import Any, Final

_KEYS: Final = 624
_BYTES: Final = 4 * _KEYS + 4
"""numpy's ``mt19937_state``: 624 numbers of 32 bits and the position among them."""


class Glance:
    """A block after which numpy's global generator is as before; ``moved`` says if it had to be.

    ``is_possible`` is False where the generator is not numpy's usual one.
    """

    __slots__ = ("_generator", "_seen", "is_possible", "moved")

    def __init__(self) -> None:
        numpy: Any = sys.modules.get("numpy.random")
        self._generator = getattr(getattr(numpy, "mtrand", None), "_rand", None)
        self.is_possible = numpy is None or _is_known(self._generator)
        self.moved = False
        self._seen = b""

    def __enter__(self) -> "Glance":
        self._seen = self._look()
        return self

    def __exit__(self, *_: object) -> None:
        if self._look() != self._seen:
            self.moved = True
            _put_back(self._generator, self._seen)

    def _look(self) -> bytes:
        if self._generator is None:
            return b""
        return ctypes.string_at(self._generator._bit_generator.ctypes.state_address, _BYTES)


def _put_back(generator: Any, seen: bytes) -> None:
    import numpy

    name, _, _, *spare = generator.get_state(legacy=True)
    keys = numpy.frombuffer(seen[:-4], dtype=numpy.uint32).copy()
    generator.set_state((name, keys, int.from_bytes(seen[-4:], sys.byteorder), *spare))


_known: tuple[int, bool] = (0, False)


def _is_known(generator: Any) -> bool:
    """Whether the memory holds what the generator says it does; asked once of each."""
    global _known
    bits = getattr(generator, "_bit_generator", None)
    if _known[0] != id(bits):
        _known = (id(bits), type(bits).__name__ == "MT19937" and _is_as_told(generator, bits))
    return _known[1]


def _is_as_told(generator: Any, bits: Any) -> bool:
    import numpy

    try:
        seen = ctypes.string_at(bits.ctypes.state_address, _BYTES)
        _, keys, position, *_ = generator.get_state(legacy=True)
    except (AttributeError, TypeError, ValueError):
        return False
    told = keys.astype(numpy.uint32).tobytes() + int(position).to_bytes(4, sys.byteorder)
    return bool(seen == told)
