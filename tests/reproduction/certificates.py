"""What the certificate of a run says, and whether it is true."""

import importlib.util
from collections.abc import Sequence

import msgspec

from jupyter_mltrack.entities import RevisionCell
from jupyter_mltrack.store.contract import ReadStore
from tests.reproduction.exports import Exports, tell
from tests.reproduction.kernels import Step
from tests.reproduction.recorded import Recorded, RecordedRun, find_mismatches


class Answer(msgspec.Struct, frozen=True):
    """``yes``, ``no``, ``unknown``, or empty where there are no certificates; and why."""

    answer: str = ""
    reasons: Sequence[str] = ()


def find_certificate(store: ReadStore, run_id: str) -> Answer:
    """The certificate of a run."""
    if importlib.util.find_spec("jupyter_mltrack.query.certificate") is None:
        return Answer()
    from jupyter_mltrack.query.certificate import get_certificate

    certificate = get_certificate(store, run_id)
    return Answer(certificate.verdict, [reason.text for reason in certificate.reasons])


def find_untruth(recorded: Recorded, run: RecordedRun, said: Answer, stood: Exports) -> str:
    """Why a *yes* or *no* is wrong, by executing the notebook as it stood; empty when it is not."""
    if said.answer not in ("yes", "no"):
        return ""
    why = _why_not(recorded, run, stood)
    if said.answer == "yes" and why:
        return f"certificate yes, though from top to bottom: {why}"
    if said.answer == "no" and not why:
        return f"certificate no, though from top to bottom it is the same: {list(said.reasons)}"
    return ""


def _why_not(recorded: Recorded, run: RecordedRun, stood: Exports) -> str:
    """What of the run does not come out when the notebook as it stood runs from top to bottom."""
    own = recorded.store.list_run_cells(run.run.info.run_id)
    revision = recorded.store.get_revision(own[-1].revision)
    cells = [c for c in revision.cells if c.cell_type == "code" and c.source.strip()]
    own_ids = {cell.cell_id for cell in own}
    places = [n for n, cell in enumerate(cells) if cell.cell_id in own_ids]
    made = [n for n in places if cells[n].cell_id == run.execution.cell_id]
    if not made:
        return "the cell that made the run is not in the notebook"
    again = stood.execute([_to_step(cell) for cell in cells])
    if again.stop is not None and again.stop < places[-1]:
        return f"the notebook stops above: {again.failure}"
    found = again.recorded.find_like(run, made[0])
    if found is None:
        return "no such run"
    return tell(find_mismatches(run.metrics, found.metrics))


def _to_step(cell: RevisionCell) -> Step:
    may_raise = "raises-exception" in cell.tags
    return Step(cell_id=cell.cell_id, source=cell.source, may_raise=may_raise)
