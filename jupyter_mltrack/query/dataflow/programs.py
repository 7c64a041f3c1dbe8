"""Cells run symbolically, one after the other."""

from collections.abc import Iterable, Mapping, Sequence

from jupyter_mltrack.entities import CellExecution, CellOutcome
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.machine import Machine, Trace
from jupyter_mltrack.query.dataflow.reading import read_cell
from jupyter_mltrack.query.dataflow.values import Values

_BROKEN_OFF = (CellOutcome.INTERRUPTED, CellOutcome.ABANDONED, CellOutcome.RUNNING)


def seeds_generators(sources: Iterable[str]) -> bool:
    """Whether any of these cells seeds a global generator of random numbers."""
    return any(
        call.last in ("seed", "manual_seed", "setstate", "set_state")
        or call.last in knowledge.SEEDING_ALL
        for source in dict.fromkeys(sources)
        for statement in read_cell(source).statements
        for call in statement.effects.calls
    )


class Program:
    """Cells as they ran; ``steps[n]`` are the traces of step ``n``, empty where nothing ran."""

    def __init__(self, values: Values, *, seeded: bool) -> None:
        self.machine = Machine(values, seeded=seeded)
        self.steps: list[list[Trace]] = []

    def run(self, source: str, *, until_line: int | None = None, certain: bool = True) -> None:
        """Run a cell as the next step.

        Of one that broke off at a line of it, that line's statement ran in part; of one that is not
        ``certain`` to have run through, any statement may have.
        """
        step, traces = len(self.steps), []
        for statement in read_cell(source).statements:
            broke_off = until_line is not None and statement.end_line >= until_line
            traces.append(self.machine.run(statement, step, certain=certain and not broke_off))
            if broke_off:
                break
        self.steps.append(traces)

    def run_execution(self, cell: CellExecution, until_line: int | None = None) -> None:
        """Run a cell execution as far as its outcome says; see :meth:`run`."""
        if cell.error.startswith(("SyntaxError", "IndentationError", "TabError")):
            self.steps.append([])
            return
        through = cell.outcome in (CellOutcome.OK, CellOutcome.UNSEEN, CellOutcome.RUNNING)
        self.run(cell.source, until_line=until_line, certain=through or until_line is not None)

    def depends(self, step: int) -> set[int]:
        """Earlier steps that a step needed."""
        return set().union(*(trace.depends for trace in self.steps[step]))

    def remade(self, step: int) -> set[int]:
        """Earlier steps that had made what a step made just the same."""
        return set().union(*(trace.remade for trace in self.steps[step]))


def run_session(
    cells: Sequence[CellExecution], failed_lines: Mapping[str, int] | None = None
) -> Program:
    """The program of executions in the order they began; ``failed_lines`` by execution id."""
    program = Program(Values(), seeded=seeds_generators(cell.source for cell in cells))
    for cell in cells:
        program.run_execution(cell, (failed_lines or {}).get(cell.execution_id))
    return program


def broke_off(cell: CellExecution) -> bool:
    """Whether an execution never came to an end of its own: it might not when it runs again."""
    return cell.outcome in _BROKEN_OFF
