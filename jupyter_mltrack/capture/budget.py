"""How much of what cells show is kept: a limit for a cell execution and one for the session.

What is beyond it is counted, and the stored output says how much it was.
"""

import os
import threading
from typing import Final

VARIABLE: Final = "MLTRACK_MAX_OUTPUT_MB"
SESSION_BYTES: Final = 2 << 30
CELL_SHARE: Final = 8
"""A cell execution may have this part of the session's budget."""


class OutputBudget:
    """Bytes of outputs that a session may store; safe from any thread.

    ``used`` are those stored, ``dropped`` those only counted, ``outputs`` how many were stored.
    """

    def __init__(self) -> None:
        self.limit = SESSION_BYTES
        self.used = 0
        self.dropped = 0
        self.outputs = 0
        self._mutex = threading.Lock()
        self.set_megabytes(_from_environment())

    @property
    def cell_limit(self) -> int:
        """Bytes that one cell execution may store."""
        return self.limit // CELL_SHARE

    def set_megabytes(self, megabytes: float | None) -> None:
        """Choose the session's limit; None leaves it as it is."""
        if megabytes is not None:
            self.limit = int(megabytes * 1_000_000)

    def admit(self, size: int, replaced: int, cell_used: int) -> bool:
        """Whether an output of ``size`` bytes may take the place of one of ``replaced``.

        ``cell_used`` are the bytes the cell execution has stored so far, ``replaced`` among them.
        """
        with self._mutex:
            more = size - replaced
            if more > 0 and (self.used + more > self.limit or cell_used + more > self.cell_limit):
                self.dropped += size
                return False
            self.used += more
            self.outputs += not replaced
            return True


def _from_environment() -> float | None:
    try:
        value = float(os.environ.get(VARIABLE, ""))
    except ValueError:
        return None
    return value if value >= 0 else None
