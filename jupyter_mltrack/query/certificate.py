"""A run's certificate: whether its notebook, executed from top to bottom, leads to it.

The session as it ran and the notebook as it stood when the run's last cell ran are both run
symbolically (:mod:`.dataflow`). When everything the run's cells read is the same value in both, the
answer is yes; when something is surely another value, or the notebook would stop above, it is no;
else it is unknown. It is never no without a cell to name.
"""

from collections.abc import Iterator
from typing import Final

from jupyter_mltrack.entities import (
    CellExecution,
    CellOutcome,
    Revision,
    RevisionCell,
    is_not_stored,
)
from jupyter_mltrack.entities.lineage_views import CertificateView, ReasonView
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.dataflow import knowledge
from jupyter_mltrack.query.dataflow.comparing import (
    DIFFERENT,
    DOUBT,
    SAME,
    Comparer,
    Finding,
    Outcome,
)
from jupyter_mltrack.query.dataflow.effects import Effects
from jupyter_mltrack.query.dataflow.machine import Trace
from jupyter_mltrack.query.dataflow.reading import REDACTED, read_cell
from jupyter_mltrack.query.dataflow.values import GIVEN
from jupyter_mltrack.query.reasons import Explainer, distinct, name_cell, to_reason
from jupyter_mltrack.query.trial import (
    Case,
    Trial,
    find_failed_line,
    telling,
    texts_of,
    went_wrong,
)
from jupyter_mltrack.query.tries import Tries
from jupyter_mltrack.store.contract import ReadStore

YES: Final = "yes"
NO: Final = "no"
UNKNOWN: Final = "unknown"
RAISES: Final = "raises-exception"
"""The tag of cells that may raise without stopping a notebook."""

_FLEETING: Final = ("Connection", "Timeout", "OSError", "HTTPError", "URLError", "Memory", "SSL")
"""Errors that may not come again."""


def get_certificate(store: ReadStore, run_id: str) -> CertificateView:
    """The certificate of a run.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id.
    """
    run = store.get_run(run_id)
    own = store.list_run_cells(run_id)
    if not own:
        return _certificate(UNKNOWN, [to_reason("script", "the run was made by a script")])
    session_id = own[0].session_id
    cells = store.list_session_cells(session_id)
    own_ids = frozenset(one.execution_id for one in own if one.session_id == session_id)
    last = max((n for n, one in enumerate(cells) if one.execution_id in own_ids), default=-1)
    revision = _find_revision(store, cells[last]) if last >= 0 else None
    if revision is None or revision.layer == "executed":
        text = f"nothing told what the notebook of {run.info.run_name} looked like"
        return _certificate(UNKNOWN, [to_reason("no-notebook", text)])
    ran = cells[: last + 1]
    lines = {one.execution_id: _failed_line(store, one) for one in ran if _broke_off(one)}
    known = {key: line for key, line in lines.items() if line is not None}
    return judge(Case(cells=ran, own=own_ids, revision=revision, failed_lines=known))


def judge(case: Case) -> CertificateView:
    """The certificate of a run, from what is known of it."""
    last = case.cells[-1]
    if last.cell_id not in {cell.cell_id for cell in case.revision.cells}:
        text = f"{name_cell(last)} is not in the notebook that is known"
        return _certificate(UNKNOWN, [to_reason("no-notebook", text, last)])
    trial = Trial(case)
    explainer = Explainer(trial)
    unseen = list(_unseen(trial))
    outcome = _compare(trial)
    sure = [*_stops(trial, explainer)]
    if outcome.level == DIFFERENT:
        sure += [explainer.explain(finding) for finding in outcome.findings]
    if sure and not unseen:
        return _certificate(NO, distinct(sure))
    untried = list(_untried(trial, explainer))
    doubts = [*unseen, *_doubts(trial), *(one for one in untried if one.kind != "effect")]
    if outcome.level == DOUBT:
        doubts += [explainer.explain_doubt(finding) for finding in outcome.findings]
    # That a cell never ran with a value tells nothing beside why the value is another one.
    if doubts or untried:
        return _certificate(UNKNOWN, distinct(doubts or untried))
    return _certificate(YES, [])


def _certificate(verdict: str, reasons: list[ReasonView]) -> CertificateView:
    first = reasons[0].text if reasons else ""
    more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
    sentence = {
        YES: "The notebook, executed from top to bottom, leads here.",
        NO: f"The notebook, executed from top to bottom, does not lead here: {first}{more}.",
        UNKNOWN: f"Whether the notebook leads here is not known: {first}{more}.",
    }[verdict]
    return CertificateView(verdict=verdict, sentence=sentence, reasons=reasons)


# What the run's cells read


def _compare(trial: Trial) -> Outcome:
    """Everything that the run's cells read in the session and in the notebook."""
    comparer = Comparer(trial.firm_texts())
    outcome = Outcome(SAME)
    for step, place in trial.own_steps():
        if place is None:
            # A cell of the run that was deleted since matters if something is still from it.
            continue
        there = iter(trial.notebook.steps[place])
        for trace in telling(trial.session.steps[step]):
            twin = _find_twin(trace, there)
            if twin is None:
                there = iter(trial.notebook.steps[place])
                continue
            outcome = _worse(outcome, comparer.compare_inputs(trace.inputs, twin.inputs))
    return outcome


def _find_twin(trace: Trace, there: Iterator[Trace]) -> Trace | None:
    return next((one for one in there if one.statement.text == trace.statement.text), None)


def _worse(one: Outcome, other: Outcome) -> Outcome:
    if one.level != other.level:
        return max(one, other, key=lambda outcome: outcome.level)
    findings: dict[Finding, None] = dict.fromkeys((*one.findings, *other.findings))
    return Outcome(one.level, tuple(findings))


# What stops a notebook on its way


def _stops(trial: Trial, explainer: Explainer) -> Iterator[ReasonView]:
    """Names that are not there when a cell needs them, and cells that raise."""
    for place, cell in enumerate(trial.stands):
        if RAISES in cell.tags:
            continue
        found = _found_anyway(trial, cell)
        missing = [
            name
            for trace in trial.notebook.steps[place]
            for name in trace.missing
            if name not in found
        ]
        if missing and not _is_known_to_raise(trial, cell.cell_id):
            yield from (explainer.explain_missing(name, cell) for name in missing[:3])
            return
        last = trial.last_execution(cell.cell_id)
        if last is not None and _raises_again(trial, place, last):
            text = f"{name_cell(last)} raised {_error_name(last)}, and stops the notebook above"
            yield to_reason("raised", text, last)
            return


def _found_anyway(trial: Trial, cell: RevisionCell) -> list[str]:
    """Names that nothing recorded made and a cell ran with: a fresh kernel may have them too."""
    last = trial.last_execution(cell.cell_id)
    if last is None or last.outcome != CellOutcome.OK:
        return []
    traces = trial.session.steps[trial.ran.index(last)]
    return [name for trace in traces for name in trace.missing]


def _is_known_to_raise(trial: Trial, cell_id: str) -> bool:
    last = trial.last_execution(cell_id)
    return last is not None and went_wrong(last)


def _raises_again(trial: Trial, place: int, last: CellExecution) -> bool:
    """Whether a cell above the run's raised for what it has from the top too."""
    if not _may_stop(trial, last) or _error_name(last).startswith(_FLEETING):
        return False
    step = trial.ran.index(last)
    here, there = trial.session.steps[step], trial.notebook.steps[place]
    if texts_of(last.source) != texts_of(trial.stands[place].source):
        return False
    return all(
        [one.value for one in a.inputs] == [one.value for one in b.inputs]
        for a, b in zip(here, there, strict=False)
    )


def _may_stop(trial: Trial, last: CellExecution) -> bool:
    """Whether it raised, and the run needs what comes after it."""
    lowest = trial.stands[-1].cell_id
    return went_wrong(last) and last.cell_id != lowest


def _error_name(cell: CellExecution) -> str:
    return cell.error.partition(":")[0] or "an error"


# What leaves the answer open


def _unseen(trial: Trial) -> Iterator[ReasonView]:
    """What ran without being recorded, or is not stored: it may explain any difference."""
    for cell in trial.stands:
        if is_not_stored(cell.source):
            yield to_reason("private", "a private cell stands above, and is not stored", cell)
            return
    counts = {cell.execution_count for cell in trial.ran if cell.execution_count is not None}
    gaps = sorted(set(range(1, max(counts, default=0) + 1)) - counts)
    if gaps:
        shown = ", ".join(f"[{count}]" for count in gaps[:5]) + (" …" if len(gaps) > 5 else "")
        one = len(gaps) == 1
        noun, verb = ("execution", "was") if one else ("executions", "were")
        yield to_reason("unrecorded", f"{noun} {shown} of this session {verb} not recorded")


def _doubts(trial: Trial) -> Iterator[ReasonView]:
    """Executions that matter and of which something is not known."""
    needed = _needed(trial)
    for step in sorted(needed):
        ran = trial.ran[step]
        if ran.outcome == CellOutcome.UNSEEN and not _came_through(trial, step):
            text = f"{name_cell(ran)} ran before tracking began; how it ended is not known"
            yield to_reason("before", text, ran)
    if [one.cell_id for one in trial.ran] != [one.cell_id for one in trial.stands]:
        yield from _uses_of_history(trial, needed)
    for cell in trial.stands:
        last = trial.last_execution(cell.cell_id)
        if last is not None and RAISES not in cell.tags:
            yield from _doubts_of(trial, cell, last, needed)
        hidden = _found_anyway(trial, cell)
        yield from (Explainer(trial).explain_missing(name, cell) for name in hidden[:1])


def _untried(trial: Trial, explainer: Explainer) -> Iterator[ReasonView]:
    """Cells that never ran with what they find from the top, and may raise on it."""
    tries = Tries(trial)
    for place, cell in enumerate(trial.stands):
        if RAISES not in cell.tags and (found := tries.find_untried(place)) is not None:
            yield explainer.explain_untried(cell, found)


def _uses_of_history(trial: Trial, needed: set[int]) -> Iterator[ReasonView]:
    for step in sorted(needed):
        for trace in trial.session.steps[step]:
            for one in trace.inputs:
                if one.value.kind == GIVEN and knowledge.is_history(one.place):
                    cell = trial.ran[step]
                    text = f"{name_cell(cell)} uses `{one.place}`, which depends on what ran before"
                    yield to_reason("effect", text, cell, name=one.place)


def _doubts_of(
    trial: Trial, cell: RevisionCell, last: CellExecution, needed: set[int]
) -> Iterator[ReasonView]:
    if _may_stop(trial, last):
        text = f"{name_cell(last)} raised {_error_name(last)}; it may stop the notebook above"
        yield to_reason("raised", text, last)
    elif _broke_off(last) and last.execution_id not in trial.case.own:
        text = f"{name_cell(last)} was interrupted; whether it ends is not known"
        yield to_reason("broken-off", text, last)
    is_changed = REDACTED in cell.source and cell.origin not in ("executed", "earlier")
    if is_changed and trial.ran.index(last) in needed:
        text = f"{name_cell(last)} holds a secret that may have been changed since it ran"
        yield to_reason("redacted", text, last)


def _needed(trial: Trial) -> set[int]:
    found: set[int] = set()
    waiting = [n for n, cell in enumerate(trial.ran) if cell.execution_id in trial.case.own]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += trial.session.depends(step) - found
    return found


def _came_through(trial: Trial, step: int) -> bool:
    """Whether later cells show that an execution ran as far as it did anything."""
    statements = read_cell(trial.ran[step].source).statements
    makers = trial.session.machine.makers
    proofs = {
        one.value.text
        for later in range(step + 1, len(trial.ran))
        if trial.ran[later].outcome == CellOutcome.OK
        for trace in trial.session.steps[later]
        for one in trace.inputs
        if one.sure and one.value.previous is None and makers.get(one.value.number) == step
    }
    proved = [
        number
        for number, one in enumerate(statements)
        if one.text in proofs or proofs.intersection(one.effects.literals.values())
    ]
    return all(_is_tame(one.effects) for one in statements[max(proved, default=-1) + 1 :])


def _is_tame(effects: Effects) -> bool:
    return effects.shows or not (effects.calls or effects.touches or effects.opaque)


# Reading the store


def _broke_off(cell: CellExecution) -> bool:
    return cell.outcome not in (CellOutcome.OK, CellOutcome.UNSEEN)


def _failed_line(store: ReadStore, cell: CellExecution) -> int | None:
    for output in store.list_outputs(cell.execution_id):
        if output.output_type == "error":
            return find_failed_line(output.data.get("text/plain", ""))
    return None


def _find_revision(store: ReadStore, cell: CellExecution) -> Revision | None:
    try:
        return store.get_revision(cell.revision) if cell.revision else None
    except ResourceDoesNotExist:
        return None
