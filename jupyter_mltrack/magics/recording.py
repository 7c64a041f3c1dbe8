"""Writes what a cell shows to the journal as it appears, without writing it all each time.

What is new is written at once, so that it survives a kill; what replaces something written (a
growing text, a progress bar, a live plot) is written at most once a second, ever more rarely, and
when the cell ends. Large content is redacted and written by a background thread.
"""

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any, Final

import msgspec

from jupyter_mltrack.capture.budget import OutputBudget
from jupyter_mltrack.capture.outputs import OutputFold, Piece, is_text
from jupyter_mltrack.entities import Output
from jupyter_mltrack.tracking.cells import Cell
from jupyter_mltrack.tracking.problems import problems

LARGE_COST: Final = 64 << 10
"""Characters of an image that the cell's own thread may write: a tenth of a millisecond."""
TEXT_COST: Final = 4
"""A character of text must also be looked through for secrets: 16 kB take half a millisecond."""
FIRST_DELAY: Final = 1.0
MAX_DELAY: Final = 60.0
STREAM_CHARACTERS_PER_SECOND: Final = 8192
EXIT_SECONDS: Final = 2.0


class Background:
    """One daemon thread that calls what is due; it starts with the first call asked for."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Callable[[bool], None]]] = []
        self._number = itertools.count()
        self._thread: threading.Thread | None = None
        self._busy = False
        self._finishing = False

    def call_at(self, when: float, call: Callable[[bool], None]) -> None:
        """Call at a time of the monotonic clock, with whether it is the last chance."""
        with self._condition:
            heapq.heappush(self._due, (when, next(self._number), call))
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="mltrack-output", daemon=True
                )
                self._thread.start()
            self._condition.notify_all()

    def finish(self, timeout: float = EXIT_SECONDS) -> None:
        """Do all that is waiting now, due or not; at the end of a session."""
        with self._condition:
            self._finishing = True
            self._due = [(0.0, number, call) for _, number, call in self._due]
            self._condition.notify_all()
            if self._thread is not None and self._thread is not threading.current_thread():
                self._condition.wait_for(lambda: not self._due and not self._busy, timeout)
            self._finishing = False

    def _run(self) -> None:
        while True:
            with self._condition:
                self._busy = False
                self._condition.notify_all()
                while not self._due or self._due[0][0] > time.monotonic():
                    wait = self._due[0][0] - time.monotonic() if self._due else None
                    self._condition.wait(wait)
                call = heapq.heappop(self._due)[2]
                self._busy = True
                finishing = self._finishing
            with problems.caught("writing outputs"):
                call(finishing)


class _Written(msgspec.Struct):
    """What the journal holds of a position; a replacement waits until ``at + delay``."""

    at: float = 0.0
    delay: float = FIRST_DELAY
    version: int = 0
    size: int = 0


class CellRecorder:
    """The outputs of one cell execution, from its first message to the last late one."""

    def __init__(
        self,
        cell: Cell,
        redact: Callable[[str], str],
        background: Background,
        budget: OutputBudget | None = None,
    ) -> None:
        self.cell = cell
        self._budget = budget or OutputBudget()
        self._redact = redact
        self._background = background
        self._fold = OutputFold()
        self._mutex = threading.Lock()
        self._written: dict[int, _Written] = {}
        self._epoch = 0
        self._wake_at = math.inf
        self._is_sealed = False

    def receive(self, message_type: str, content: Mapping[str, Any]) -> None:
        """Fold in a message that was sent for this cell."""
        with self._mutex:
            self._is_sealed = False
            self._fold.add(message_type, content)
            self._sync()

    def receive_update(self, display_id: str, data: Mapping[str, Any]) -> bool:
        """Fold in an update of a display of this cell; False when the cell does not show it."""
        with self._mutex:
            found = self._fold.update(display_id, data)
            if found:
                self._is_sealed = False
                self._sync()
            return found

    def finish(self) -> None:
        """The cell ended: write what was held back; what comes late is written when it comes."""
        with self._mutex:
            for written in self._written.values():
                written.at, written.delay = 0.0, FIRST_DELAY
            self._sync()

    def seal(self) -> None:
        """Another cell began: free what is written."""
        if self._is_sealed:
            return
        with self._mutex:
            self._fold.seal()
            self._is_sealed = not self._fold.changed

    def _sync(self) -> None:
        now = time.monotonic()
        ready = self._ready(now)
        clear = self._must_clear() and self._due_of(0) <= now
        if (ready or clear) and self._cost(ready) <= LARGE_COST:
            for position, piece in self._take(ready, now):
                self._write(position, piece.to_output(self._redact), piece.version)
        self._schedule()

    def _schedule(self) -> None:
        if not self._fold.changed and not self._must_clear():
            return
        due = min(self._due_of(position) for position in self._fold.changed or {0})
        if due < self._wake_at:
            self._wake_at = due
            self._background.call_at(due, self._write_later)

    def _ready(self, now: float) -> list[int]:
        """Changed positions that need not wait; all when everything before was cleared."""
        changed = sorted(self._fold.changed)
        if self._fold.epoch != self._epoch:
            # Cleared and shown again is a replacement of the first output.
            return changed if self._due_of(0) <= now else []
        return [position for position in changed if self._due_of(position) <= now]

    def _must_clear(self) -> bool:
        return self._fold.epoch != self._epoch and bool(self._written)

    def _cost(self, positions: list[int]) -> int:
        return sum(_cost(self._fold.pieces[position]) for position in positions)

    def _due_of(self, position: int) -> float:
        written = self._written.get(0 if self._fold.epoch != self._epoch else position)
        return 0.0 if written is None or not written.at else written.at + written.delay

    def _write_later(self, everything: bool) -> None:
        with self._mutex:
            self._wake_at = math.inf
            now, epoch = time.monotonic(), self._fold.epoch
            ready = sorted(self._fold.changed) if everything else self._ready(now)
            taken = [(position, copy(piece)) for position, piece in self._take(ready, now)]
            self._schedule()
        for position, piece in taken:
            # Redacted outside the lock: the user's next print must not wait for it.
            output = piece.to_output(self._redact)
            with self._mutex:
                if self._fold.epoch == epoch:
                    self._write(position, output, piece.version)

    def _write(self, position: int, output: Output, version: int) -> None:
        written = self._written[position]
        if version > written.version:
            written.version = version
            self.cell.add_output(self._within_budget(written, output), position)

    def _within_budget(self, written: _Written, output: Output) -> Output:
        size = sum(map(len, output.data.values()))
        used = sum(one.size for one in self._written.values())
        if self._budget.admit(size, written.size, used):
            written.size = size
            return output
        limits = f"{self._budget.cell_limit / 1e6:g} MB a cell, {self._budget.limit / 1e6:g} MB"
        problems.record(
            "storing outputs",
            f"More was shown than is kept ({limits} a session); what is beyond it is only counted. "
            "Keep more: %mltrack start --max-output-mb N",
        )
        return msgspec.structs.replace(output, data={}, truncated=output.truncated + size)

    def _take(self, positions: list[int], now: float) -> list[tuple[int, Piece]]:
        """What is to be written now; it counts as written from here on."""
        fold = self._fold
        if fold.epoch != self._epoch:
            self._epoch = fold.epoch
            if self._written:
                self.cell.clear_outputs()
            # The first output keeps its delay, or a live plot would be written at each drawing.
            self._written = {p: known for p, known in self._written.items() if p == 0}
        for position in positions:
            known = self._written.setdefault(position, _Written())
            if known.at:
                known.delay = _delay_after(known.delay, fold.pieces[position])
            known.at = now
        fold.changed.difference_update(positions)
        return [(position, fold.pieces[position]) for position in positions]


def _delay_after(delay: float, piece: Piece) -> float:
    if piece.output_type == "stream":
        return max(FIRST_DELAY, piece.size / STREAM_CHARACTERS_PER_SECOND)
    return min(MAX_DELAY, 2 * delay)


def _cost(piece: Piece) -> int:
    return sum(len(text) * (TEXT_COST if is_text(mime) else 1) for mime, text in piece.data.items())
