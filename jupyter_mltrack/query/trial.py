"""A run's session beside its notebook executed from top to bottom, both run symbolically."""

import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from jupyter_mltrack.entities import CellExecution, CellOutcome, Revision, RevisionCell
from jupyter_mltrack.query.dataflow.machine import Trace
from jupyter_mltrack.query.dataflow.programs import Program, seeds_generators
from jupyter_mltrack.query.dataflow.reading import read_cell
from jupyter_mltrack.query.dataflow.values import Value, Values

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\s?\[\d+\], line (\d+)")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate is made from.

    ``cells`` are the session's executions up to the last one of the run, in order; ``own`` ids of
    those that made or measured the run; ``revision`` the notebook as the last one knew it;
    ``failed_lines`` by execution id the line of the cell at which it raised.
    """

    cells: Sequence[CellExecution]
    own: frozenset[str]
    revision: Revision
    failed_lines: Mapping[str, int] = {}


class Trial:
    """Both programs; a *step* is a position in ``ran`` or in ``stands``."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.ran = list(case.cells)
        code = [cell for cell in case.revision.cells if cell.cell_type == "code"]
        own_cells = {cell.cell_id for cell in self.ran if cell.execution_id in case.own}
        lowest = max((n for n, cell in enumerate(code) if cell.cell_id in own_cells), default=-1)
        self.stands: list[RevisionCell] = code[: lowest + 1]
        self.below: list[RevisionCell] = code[lowest + 1 :]
        self.own_cells = own_cells
        sources = [*(one.source for one in self.ran), *(one.source for one in self.stands)]
        values, seeded = Values(), seeds_generators(sources)
        self.session = Program(values, seeded=seeded)
        self.notebook = Program(values, seeded=seeded)
        for ran in self.ran:
            self.session.run_execution(ran, case.failed_lines.get(ran.execution_id))
        for cell in self.stands:
            self._stand(cell)

    def _stand(self, cell: RevisionCell) -> None:
        """Run a cell from the top; one that raised, as far as it came."""
        last = self.last_execution(cell.cell_id)
        if last is None or not went_wrong(last) or texts_of(last.source) != texts_of(cell.source):
            self.notebook.run(cell.source)
        else:
            self.notebook.run_execution(last, self.case.failed_lines.get(last.execution_id))

    def last_execution(self, cell_id: str) -> CellExecution | None:
        """How a cell ran last."""
        return next((cell for cell in reversed(self.ran) if cell.cell_id == cell_id), None)

    def find_cell(self, cell_id: str) -> RevisionCell | None:
        """The cell of the notebook as it stands, below the run's too."""
        return next((c for c in (*self.stands, *self.below) if c.cell_id == cell_id), None)

    def firm_texts(self) -> dict[str, str]:
        """Texts of statements, with what of them surely runs."""
        sources = {one.source for one in self.ran} | {one.source for one in self.stands}
        return {one.text: one.firm for source in sources for one in read_cell(source).statements}

    def position(self, cell_id: str) -> int:
        """Where a cell stands among the code cells; after all others when it does not."""
        every = [*self.stands, *self.below]
        return next((n for n, c in enumerate(every) if c.cell_id == cell_id), len(every))

    def executions_of(self, cell_id: str) -> list[CellExecution]:
        """How often a cell ran."""
        return [cell for cell in self.ran if cell.cell_id == cell_id]

    def maker_in_session(self, value: Value) -> CellExecution | None:
        """The execution that made a value first."""
        step = self.session.machine.makers.get(value.number)
        return None if step is None else self.ran[step]

    def maker_in_notebook(self, value: Value) -> RevisionCell | None:
        """The cell that makes a value when the notebook is executed from the top."""
        step = self.notebook.machine.makers.get(value.number)
        return None if step is None else self.stands[step]

    def own_steps(self) -> Iterator[tuple[int, int | None]]:
        """The last execution of each of the run's cells, and where the cell stands."""
        last = {c.cell_id: n for n, c in enumerate(self.ran) if c.execution_id in self.case.own}
        places = {cell.cell_id: n for n, cell in enumerate(self.stands)}
        for cell_id, step in last.items():
            yield step, places.get(cell_id)

    def find_binder(self, name: str) -> CellExecution | None:
        """The execution that bound a name last."""
        for cell, traces in zip(reversed(self.ran), reversed(self.session.steps), strict=True):
            if any(name in trace.statement.effects.binds for trace in traces):
                return cell
        return None


def texts_of(source: str) -> list[str]:
    """The statements of a cell, free of layout and comments, and what they write out."""
    statements = read_cell(source).statements
    return [text for one in statements for text in (one.text, *one.effects.literals.values())]


def binds(source: str, name: str) -> bool:
    """Whether a cell binds a name."""
    return any(name in statement.effects.binds for statement in read_cell(source).statements)


def telling(traces: Sequence[Trace]) -> list[Trace]:
    """Those that do more than show something."""
    return [trace for trace in traces if not trace.statement.effects.shows]


def find_failed_line(traceback: str) -> int | None:
    """The line of the cell that a traceback begins at."""
    match = _LINE.search(_ANSI.sub("", traceback))
    return int(match[1]) if match else None


def went_wrong(cell: CellExecution) -> bool:
    """Whether an execution raised."""
    return cell.outcome == CellOutcome.ERROR
