"""The one clock: milliseconds since the epoch, UTC."""

import time


def now_ms() -> int:
    """Return the present as milliseconds since the epoch."""
    return time.time_ns() // 1_000_000
