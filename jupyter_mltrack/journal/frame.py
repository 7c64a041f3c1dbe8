"""How a record lies in a segment: magic, length, CRC-32, payload.

The magic lets a reader find the next whole record after a torn one in the middle of a segment
(a write cut short by a full disk and an interrupt before it could be taken back). Metric points
have a frame of their own, see :mod:`.points`.
"""

import re
import struct
import zlib
from typing import Final

from jupyter_mltrack.journal.points import POINT_MAGIC, read_stretch

HEADER: Final = struct.Struct("<2sII")
MAGIC: Final = b"\xf1\x9e"
SEGMENT_PATTERN: Final = "[0-9]" * 6 + ".journal"

_ANY_MAGIC: Final = re.compile(re.escape(MAGIC) + b"|" + re.escape(POINT_MAGIC))


def frame(payload: bytes) -> bytes:
    """Wrap a payload for one append."""
    return HEADER.pack(MAGIC, len(payload), zlib.crc32(payload)) + payload


def unframe(data: bytes | memoryview, offset: int) -> tuple[bytes, int] | None:
    """Return the payload at ``offset`` and where it ends, or None when no whole record is there."""
    start = offset + HEADER.size
    if start > len(data):
        return None
    magic, length, crc = HEADER.unpack_from(data, offset)
    end = start + length
    if magic != MAGIC or end > len(data):
        return None
    payload = bytes(data[start:end])
    return (payload, end) if zlib.crc32(payload) == crc else None


def find_next(data: bytes, offset: int) -> int | None:
    """Offset of the next whole record or point after ``offset``, or None."""
    view = memoryview(data)
    for match in _ANY_MAGIC.finditer(data, offset):
        at = match.start()
        if unframe(view, at) is not None or read_stretch(view, at, 1) is not None:
            return at
    return None
