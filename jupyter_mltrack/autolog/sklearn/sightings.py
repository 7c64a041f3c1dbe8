"""Predictions seen where they were made and by what they hold, for when the object is gone.

A table of the calls that predicted, by their place in the code, and one of what was predicted, by a
digest of its content. Neither keeps anything of the user's alive.
"""

import threading
import weakref
from collections import OrderedDict
from types import FrameType
from typing import Any, Final, NamedTuple

from jupyter_mltrack.autolog.flow.programs import Position, is_module_level

MAX_CALLS: Final = 2000
MAX_COPIES: Final = 5000
MAX_FILES: Final = 16


class Place(NamedTuple):
    """A call in the code that ran: its file, its position, the cell and the execution of it."""

    filename: str
    position: Position
    cell_id: str
    execution_id: str


class PredictingCall(NamedTuple):
    """What a call at a place predicted when it was last made, and the estimator that did."""

    prediction: Any
    estimator: "weakref.ref[Any]"
    place: Place


class PredictingCalls:
    """The last call of each thread at each place."""

    def __init__(self) -> None:
        self._calls: OrderedDict[tuple[int, str, Position], PredictingCall] = OrderedDict()
        self._mutex = threading.Lock()

    def remember(self, place: Place, estimator: Any, prediction: Any) -> None:
        """Note that an estimator predicted there."""
        key = (threading.get_ident(), place.filename, place.position)
        try:
            call = PredictingCall(prediction, weakref.ref(estimator), place)
        except TypeError:
            return
        with self._mutex:
            self._calls[key] = call
            self._calls.move_to_end(key)
            while len(self._calls) > MAX_CALLS:
                self._calls.popitem(last=False)

    def find(self, filename: str, position: Position) -> PredictingCall | None:
        """The last call there of this thread."""
        return self._calls.get((threading.get_ident(), filename, position))

    def clear(self) -> None:
        """Forget all."""
        with self._mutex:
            self._calls.clear()


class Copies:
    """Predictions by their content; what two models predicted alike is nobody's."""

    def __init__(self) -> None:
        self._truths: OrderedDict[bytes, None] = OrderedDict()
        self._known: OrderedDict[bytes, tuple[Any, Place | None]] = OrderedDict()
        self._mutex = threading.Lock()

    def remember(self, content: bytes | None, prediction: Any, place: Place | None) -> None:
        """Note what a prediction holds.

        The same prediction made by the same call of a cell that was run again takes the place of
        the one before.
        """
        if content is None:
            return
        with self._mutex:
            known = self._known.get(content)
            if known is not None and not _takes_over(known, prediction, place):
                prediction, place = None, None
            self._known[content] = (prediction, place)
            self._known.move_to_end(content)
            while len(self._known) > MAX_COPIES:
                self._known.popitem(last=False)

    def find(self, content: bytes | None) -> Any:
        """The only prediction with this content, or None."""
        if content is None or content in self._truths:
            return None
        known = self._known.get(content)
        return None if known is None else known[0]

    def remember_truth(self, content: bytes | None) -> None:
        """Note what a model was to predict: a perfect prediction cannot be told from it."""
        if content is not None:
            with self._mutex:
                self._truths[content] = None
                self._truths.move_to_end(content)
                while len(self._truths) > MAX_COPIES:
                    self._truths.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        with self._mutex:
            self._known.clear()
            self._truths.clear()


def _takes_over(known: tuple[Any, Place | None], prediction: Any, place: Place | None) -> bool:
    before, there = known
    if before is None:
        return False
    if before.model is prediction.model:
        return True
    if place is None or there is None or not place.cell_id:
        return False
    is_same_call = (place.cell_id, place.position) == (there.cell_id, there.position)
    return is_same_call and place.execution_id != there.execution_id


class ModuleCode:
    """The code of cells in which a model predicted, and the names it ran with."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self._files: OrderedDict[str, str] = OrderedDict()

    def remember(self, frame: FrameType, execution_id: str) -> None:
        """Note what a cell runs; ``execution_id`` names its execution."""
        if frame.f_globals.get("__name__") != "__main__":
            return
        self.names = frame.f_globals
        if execution_id and is_module_level(frame):
            self._files[execution_id] = frame.f_code.co_filename
            while len(self._files) > MAX_FILES:
                self._files.popitem(last=False)

    def find_file(self, execution_id: str) -> str:
        """The name of the file that a cell's code is in, or an empty text."""
        return self._files.get(execution_id, "")

    def clear(self) -> None:
        """Forget all."""
        self.names = {}
        self._files.clear()


module_code: Final = ModuleCode()
predicting_calls: Final = PredictingCalls()
copies: Final = Copies()
