"""Of a session's executions, those that a result came from."""

from collections.abc import Collection, Iterable, Sequence

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.query.dataflow.programs import Program, broke_off, run_session


def select_executions(
    cells: Sequence[CellExecution], wanted: Collection[str], unwanted: Collection[str] = ()
) -> list[CellExecution]:
    """Those to run again, in order, for the wanted ones to come out again.

    Each cell as it ran last before each wanted one (what it shows or writes cannot be told from
    its code), and every earlier execution that one of these needed: the first value of a name that
    was set anew since, each of three runs of ``x += 1``. A cell that ran again and changed nothing
    by it stands once. One that broke off might never end, and stays only if it is wanted.

    Parameters
    ----------
    cells : sequence of CellExecution
        A session's, in the order they began.
    wanted : collection of str
        Ids of executions; those of other sessions are passed over.
    unwanted : collection of str
        Ids of executions to leave out, with what builds on them, unless the wanted ones need them.
    """
    ran = _replayable(cells, wanted)
    targets = [step for step, cell in enumerate(ran) if cell.execution_id in wanted]
    if not targets:
        return []
    program = run_session(ran)
    kept = _close(program, [*targets, *_last_of_each(ran, targets)])
    own = set(targets)
    repeats = _repeats(ran, program, targets[-1])
    kept -= {
        step
        for step in kept - own
        if repeats.get(step, step) in kept - {step} and program.remade(step) <= kept
    }
    kept -= _without(program, ran, unwanted) - _close(program, targets)
    return [ran[step] for step in sorted(kept)]


def find_needed(cells: Sequence[CellExecution], wanted: Collection[str]) -> list[CellExecution]:
    """The wanted executions and those that they needed, in order; see :func:`select_executions`.

    What cannot be told from the code counts as needed.
    """
    ran = _replayable(cells, wanted)
    program = run_session(ran)
    targets = [step for step, cell in enumerate(ran) if cell.execution_id in wanted]
    return [ran[step] for step in sorted(_close(program, targets))]


def _replayable(cells: Sequence[CellExecution], wanted: Collection[str]) -> list[CellExecution]:
    last = max((n for n, cell in enumerate(cells) if cell.execution_id in wanted), default=-1)
    return [
        cell for cell in cells[: last + 1] if not broke_off(cell) or cell.execution_id in wanted
    ]


def _last_of_each(ran: Sequence[CellExecution], targets: Sequence[int]) -> Iterable[int]:
    begin = 0
    for target in targets:
        last: dict[str, int] = {}
        for step in range(begin, target + 1):
            last[ran[step].cell_id or ran[step].execution_id] = step
        yield from last.values()
        begin = target + 1


def _close(program: Program, steps: Iterable[int]) -> set[int]:
    """These steps and all that they needed, however indirectly."""
    found: set[int] = set()
    waiting = list(steps)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += program.depends(step) - found
    return found


def _without(program: Program, ran: Sequence[CellExecution], unwanted: Collection[str]) -> set[int]:
    """The unwanted steps, and those that need one of them, however indirectly."""
    found: set[int] = set()
    for step, cell in enumerate(ran):
        if cell.execution_id in unwanted or not found.isdisjoint(program.depends(step)):
            found.add(step)
    return found


def _repeats(ran: Sequence[CellExecution], program: Program, last: int) -> dict[int, int]:
    """Steps that only did again what an earlier step of the cell had done, with the first of it."""
    repeats: dict[int, int] = {}
    first: dict[object, int] = {}
    for step in range(last + 1):
        traces = program.steps[step]
        read = tuple(
            (trace.statement.text, tuple(one.value.number for one in trace.inputs))
            for trace in traces
        )
        key = (ran[step].cell_id or ran[step].execution_id, read)
        if not any(trace.changed for trace in traces):
            repeats[step] = first.get(key, step)
        first.setdefault(key, step)
    return repeats
