"""Which model's predictions a metric measures: where that is proven, and only there.

An argument is proven a model's when it is a prediction itself, unchanged, or a view of one; when
the code that made it says so (:mod:`jupyter_mltrack.autolog.flow`); or when it is equal to exactly
one prediction and nothing speaks against its being a copy of it.
"""

import ast
from collections.abc import Iterable
from types import FrameType
from typing import Any, NamedTuple

from jupyter_mltrack.autolog.flow.content import telling_digest
from jupyter_mltrack.autolog.flow.namespaces import MISSING, read_namespace
from jupyter_mltrack.autolog.flow.origins import COPY, UNKNOWN, Origin
from jupyter_mltrack.autolog.flow.programs import (
    Program,
    call_position,
    find_program,
    is_module_level,
)
from jupyter_mltrack.autolog.flow.trace import Tracer
from jupyter_mltrack.autolog.observed import Call
from jupyter_mltrack.autolog.sklearn import lineage
from jupyter_mltrack.autolog.sklearn.arguments import Argument, list_arguments
from jupyter_mltrack.autolog.sklearn.sightings import copies, predicting_calls
from jupyter_mltrack.tracking.cells import find_cell


class Owner(NamedTuple):
    """The model a metric is of, and the name of the data it predicted."""

    model: lineage.TrackedModel
    dataset: str


def find_owner(call: Call, caller: FrameType) -> Owner | None:
    """The model whose predictions a metric is called with, or None when that is not proven."""
    if not lineage.knows_anything():
        return None
    arguments = list_arguments(call)
    origins = [_known(item.value) for item in arguments]
    is_open = [
        not origin.sources and item.is_predicted for item, origin in _pairs(arguments, origins)
    ]
    if any(is_open):
        tracing = _Tracing.of(caller)
        others = [item for item, wanted in zip(arguments, is_open, strict=True) if not wanted]
        origins = [
            tracing.origin(item, others) if wanted else origin
            for item, origin, wanted in zip(arguments, origins, is_open, strict=True)
        ]
    return _decide(arguments, origins)


def _decide(arguments: list[Argument], origins: list[Origin]) -> Owner | None:
    predicted = [origin for item, origin in _pairs(arguments, origins) if item.is_predicted]
    others = [origin for item, origin in _pairs(arguments, origins) if not item.is_predicted]
    if any(origin.is_foreign or (origin.sources and not origin.is_clear) for origin in predicted):
        return None
    sources = {source for origin in predicted for source in origin.sources}
    final = {source for source in sources if source.is_final}
    # Predictions may stand where the truth belongs: the arguments are often confused.
    final |= {source for origin in others for source in origin.sources if source.is_final}
    sources = final or sources
    return owner_of(sources)


def owner_of(sources: Iterable[lineage.Prediction]) -> Owner | None:
    """The one model that all of these predictions are of, or None."""
    models = {id(source.model): source.model for source in sources}
    if len(models) != 1:
        return None
    datasets = {source.dataset for source in sources}
    name = datasets.pop() if len(datasets) == 1 else lineage.UNKNOWN_DATASET
    return Owner(next(iter(models.values())), name)


def _pairs(arguments: list[Argument], origins: list[Origin]) -> Iterable[tuple[Argument, Origin]]:
    return zip(arguments, origins, strict=True)


def _known(value: Any) -> Origin:
    prediction = lineage.find_prediction(value)
    return UNKNOWN if prediction is None else Origin(frozenset((prediction,)))


class _Tracing:
    """Follows arguments of the call that a frame is making; where its source is known."""

    def __init__(self, frame: FrameType, program: Program | None, call: ast.Call | None) -> None:
        self.frame = frame
        self.program = program
        self.call = call

    @classmethod
    def of(cls, frame: FrameType) -> "_Tracing":
        cell = find_cell()
        program = find_program(frame.f_code.co_filename, "" if cell is None else cell.source)
        position = call_position(frame)
        call = None if program is None or position is None else program.find_call(position)
        return cls(frame, program, call)

    def origin(self, item: Argument, others: list[Argument]) -> Origin:
        """Where an argument came from, by the code; else by its content."""
        origin = self._by_code(item)
        if origin.is_clear or origin.is_foreign or not origin.is_copy:
            return origin
        content = telling_digest(item.value)
        prediction = copies.find(content)
        if prediction is None:
            return origin
        # A perfect prediction is equal to the truth, and a copy of the truth no prediction.
        if any(telling_digest(other.value) == content for other in others):
            return origin
        return Origin(frozenset((prediction,)))

    def _by_code(self, item: Argument) -> Origin:
        node = None if self.call is None else _node(self.call, item.place)
        if node is None or self.program is None or self.call is None:
            return COPY
        length = len(item.value) if hasattr(type(item.value), "__len__") else 0
        names = read_namespace(self.frame)
        here = self.program.statement(self.call)
        return Tracer(self.program, here, names, Seen.by(self.frame), length).trace(node)


def _node(call: ast.Call, place: int | str) -> ast.expr | None:
    if isinstance(place, str):
        return next((item.value for item in call.keywords if item.arg == place), None)
    if place >= len(call.args) or any(isinstance(item, ast.Starred) for item in call.args):
        return None
    return call.args[place]


class Seen:
    """What was seen of models and predictions while code ran, in a cell execution or outside."""

    def __init__(self, filename: str, execution_id: str, *, is_module_level: bool) -> None:
        self._filename = filename
        self._execution = execution_id
        self._is_module_level = is_module_level

    @classmethod
    def by(cls, frame: FrameType) -> "Seen":
        """What a frame may go by."""
        cell = find_cell()
        execution_id = "" if cell is None else cell.execution_id
        module_level = is_module_level(frame)
        return cls(frame.f_code.co_filename, execution_id, is_module_level=module_level)

    def of_value(self, value: Any) -> Any:
        """The prediction that an object is."""
        return lineage.find_prediction(value)

    def of_call(self, call: ast.Call, receiver: Any, may_repeat: bool) -> Any:
        """The prediction that a call gave."""
        for position in Program.positions(call):
            seen = predicting_calls.find(self._filename, position)
            if seen is not None:
                break
        else:
            return None
        if receiver is not MISSING and seen.estimator() is receiver:
            return seen.prediction
        # Made once in this execution of the cell: whatever the name of the model means by now.
        is_same = bool(self._execution) and seen.place.execution_id == self._execution
        return seen.prediction if is_same and not may_repeat and self._is_module_level else None
