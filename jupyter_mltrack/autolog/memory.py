"""What memory a fit took at its height, where the operating system tells at no cost.

It keeps the greatest resident size a process ever had. When that grew while a fit ran, the fit
reached it, and what it took is that height less what was resident before. When it did not grow,
the process was larger once already and nothing is known. What worker processes took is not in it;
what other threads took meanwhile is.
"""

import contextlib
import os
from typing import Final

MEGABYTE: Final = 1_000_000
LEAST: Final = MEGABYTE
"""What is less (bytes) may be the counting: the kernel does not count each page at once."""


class MemoryMeter:
    """Measures from its making to :meth:`taken_mb`."""

    __slots__ = ("_greatest", "_resident")

    def __init__(self) -> None:
        self._greatest, self._resident = _sizes()

    def taken_mb(self) -> float | None:
        """Megabytes (10^6 bytes) taken at the height; None when that is not known."""
        if not self._resident:
            return None
        greatest, _ = _sizes()
        if greatest - self._greatest < LEAST:
            return None
        return (greatest - self._resident) / MEGABYTE


def _sizes() -> tuple[int, int]:
    """The greatest resident size so far and the present one, in bytes; 0 where not told.

    Not ``getrusage``: a process begins there with the greatest size of the one that started it.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        descriptor = os.open("/proc/self/status", os.O_RDONLY)
        try:
            text = os.read(descriptor, 8192)
        finally:
            os.close(descriptor)
        return _kilobytes(text, b"VmHWM:") * 1024, _kilobytes(text, b"VmRSS:") * 1024
    return 0, 0


def _kilobytes(text: bytes, name: bytes) -> int:
    start = text.index(name) + len(name)
    return int(text[start : start + 40].split()[0])
