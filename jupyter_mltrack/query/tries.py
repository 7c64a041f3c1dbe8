"""Which statements above a run came through in its session with what they find from the top.

A cell that the run did not need may stop the notebook all the same, when it is executed in another
order than it ran, or meets other values than those it ran with.
"""

from collections.abc import Iterator
from typing import NamedTuple

from jupyter_mltrack.entities import CellExecution, CellOutcome
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow import values as kinds
from jupyter_mltrack.query.dataflow.machine import Trace, is_generator_place
from jupyter_mltrack.query.dataflow.raising import GLANCES, RISKY
from jupyter_mltrack.query.dataflow.values import Input, Value
from jupyter_mltrack.query.trial import Trial

_CAME_THROUGH = (CellOutcome.OK, CellOutcome.UNSEEN)

_Given = frozenset[tuple[str, int]]


class Untried(NamedTuple):
    """The text of a statement that may raise, and what it never ran with, if that is known."""

    text: str
    place: str


class Tries:
    """What came through in the session of a trial."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._tried: dict[str, list[_Given]] = {}
        for step, cell in enumerate(trial.ran):
            for trace in self._completed(cell, trial.session.steps[step]):
                given = self._tried.setdefault(trace.statement.text, [])
                if (now := _given(trace)) not in given:
                    given.append(now)

    def _completed(self, cell: CellExecution, traces: list[Trace]) -> list[Trace]:
        case = self._trial.case
        if cell.outcome in _CAME_THROUGH or cell.execution_id in case.own:
            return traces
        # A cell that broke off was read as far as the line at which it did.
        return traces[:-1] if cell.execution_id in case.failed_lines else []

    def find_untried(self, place: int) -> Untried | None:
        """The first statement of a cell of the notebook that may raise there."""
        return next(self._list_untried(self._trial.notebook.steps[place]), None)

    def _list_untried(self, traces: list[Trace]) -> Iterator[Untried]:
        for trace in traces:
            tried = self._tried.get(trace.statement.text, [])
            given = _given(trace)
            if given not in tried and _may_raise(trace):
                other = given - tried[-1] if tried else frozenset()
                place = min((place for place, _ in other), default="")
                yield Untried(trace.statement.text, place)


def _given(trace: Trace) -> _Given:
    """What a statement read, but for random numbers, of which any are as good."""
    return frozenset(
        (one.place, one.value.number) for one in trace.inputs if not is_generator_place(one.place)
    )


def _may_raise(trace: Trace) -> bool:
    risk = trace.statement.risk
    if risk == RISKY or not all(one.value.kind != kinds.OPAQUE for one in trace.inputs):
        return True
    if not all(map(_is_there, trace.inputs)):
        return True
    return risk == GLANCES and any(_is_literal(one.value) for one in trace.inputs)


def _is_there(one: Input) -> bool:
    """Whether a name surely stands for something, once it was made."""
    if knowledge.is_given(one.place):
        return one.value.kind == kinds.GIVEN
    return any(value.kind == kinds.BOUND for value in one.value.chain())


def _is_literal(value: Value) -> bool:
    """Whether a value was written out, and thus is no frame."""
    return value.kind == kinds.BOUND and value.text.startswith(f"{value.place} = ")
