"""Why the notebook does not lead to a run, or may not: in words that name the cells."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.entities import CellExecution, RevisionCell
from jupyter_mltrack.entities.lineage_views import ReasonView
from jupyter_mltrack.query.cells import title_of
from jupyter_mltrack.query.dataflow import values as kinds
from jupyter_mltrack.query.dataflow.comparing import Finding, is_unknown
from jupyter_mltrack.query.dataflow.machine import OUTSIDE
from jupyter_mltrack.query.dataflow.reading import read_cell
from jupyter_mltrack.query.dataflow.values import Value
from jupyter_mltrack.query.trial import Trial, binds, texts_of
from jupyter_mltrack.query.tries import Untried

MAX_TITLE: Final = 48


def to_reason(
    kind: str,
    text: str,
    *cells: CellExecution | RevisionCell | None,
    name: str = "",
) -> ReasonView:
    """A reason about these cells."""
    known = [cell for cell in cells if cell is not None]
    executed = [cell.execution_id for cell in known if isinstance(cell, CellExecution)]
    cell_ids = list(dict.fromkeys(cell.cell_id for cell in known))
    return ReasonView(kind=kind, text=text, cell_ids=cell_ids, execution_ids=executed, name=name)


def name_cell(cell: CellExecution | RevisionCell) -> str:
    """``cell [5] (fit the model)``, or ``the cell "fit the model"`` of one that never ran."""
    title = title_of(cell.source).removeprefix("%%").strip()
    if len(title) > MAX_TITLE:
        title = title[: MAX_TITLE - 1] + "…"
    if isinstance(cell, CellExecution):
        count = "" if cell.execution_count is None else f" [{cell.execution_count}]"
        return f"cell{count} ({title})"
    return f'the cell "{title}"'


def name_place(place: str) -> str:
    """A location as one would say it."""
    if place == OUTSIDE:
        return "what is in files"
    return place.strip("<>") if place.startswith("<") else f"`{place}`"


class Explainer:
    """Puts findings of a trial into words."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial

    def name_standing(self, cell: RevisionCell) -> str:
        """A cell of the notebook, by its last execution when it has one."""
        return name_cell(self.trial.last_execution(cell.cell_id) or cell)

    def explain(self, finding: Finding) -> ReasonView:
        """Why a value is surely another one."""
        trial = self.trial
        left = finding.left
        if left is not None and (finding.repeated or (finding.right is None and left.counts)):
            return self._explain_repeated(finding, left)
        made = None if finding.left is None else trial.maker_in_session(finding.left)
        stands = None if finding.right is None else trial.maker_in_notebook(finding.right)
        if made is not None and finding.left is not None:
            reason = self._explain_old(made, finding.left, finding.place)
            if reason is not None:
                return reason
        if stands is not None and finding.right is not None:
            reason = self._explain_new(stands, finding.right, finding.place)
            if reason is not None:
                return reason
        return self._explain_order(made, stands, finding.place)

    def _explain_old(self, made: CellExecution, value: Value, place: str) -> ReasonView | None:
        """What made it in the session is no longer in the notebook."""
        cell = self.trial.find_cell(made.cell_id)
        what = name_place(place)
        if cell is None:
            text = f"{name_cell(made)} is not in the notebook any more, and {what} is still from it"
            return to_reason("deleted", text, made, name=place)
        if value.text not in texts_of(cell.source):
            text = (
                f"{name_cell(made)} was edited after it ran, and {what} is still as it was before"
            )
            return to_reason("edited", text, made, name=place)
        return None

    def _explain_new(self, stands: RevisionCell, value: Value, place: str) -> ReasonView | None:
        """What makes it in the notebook did not run."""
        executions = self.trial.executions_of(stands.cell_id)
        what = name_place(place)
        if not executions:
            text = f"{name_cell(stands)} never ran in this session, and changes {what}"
            return to_reason("never-run", text, stands, name=place)
        if not any(value.text in texts_of(one.source) for one in executions):
            text = f"{name_cell(executions[-1])} was edited after it ran, and changes {what} now"
            return to_reason("edited", text, executions[-1], name=place)
        return None

    def _explain_repeated(self, finding: Finding, value: Value) -> ReasonView:
        text, what = value.text, name_place(finding.place)
        ran = [cell for cell in self.trial.ran if text in texts_of(cell.source)]
        stands = [cell for cell in self.trial.stands if text in texts_of(cell.source)]
        by_cell = Counter(cell.cell_id for cell in ran)
        often, times = by_cell.most_common(1)[0] if by_cell else ("", 0)
        if times > 1:
            last = self.trial.executions_of(often)[-1]
            said = f"{name_cell(last)} ran {times} times, and each time counts for {what}"
            return to_reason("repeated", said, last, name=finding.place)
        for cell in ran:
            if (reason := self._explain_old(cell, value, finding.place)) is not None:
                return reason
        new = next((c for c in stands if c.cell_id not in by_cell), None)
        found = self._explain_new(new, value, finding.place) if new is not None else None
        return found or self._explain_order(ran[-1] if ran else None, None, finding.place)

    def _explain_order(
        self, made: CellExecution | None, stands: RevisionCell | None, place: str
    ) -> ReasonView:
        what = name_place(place)
        if made is None and stands is None:
            return to_reason("order", f"{what} was made in another order", name=place)
        if made is None:
            assert stands is not None
            last = self.trial.last_execution(stands.cell_id) or stands
            text = f"{name_cell(last)} ran too late for the run to see {what} from it"
            return to_reason("order", text, last, name=place)
        where = self.trial.position(made.cell_id)
        if where >= len(self.trial.stands):
            text = f"{name_cell(made)} stands below the run's cells, which took {what} from it"
            return to_reason("order", text, made, name=place)
        if stands is None or stands.cell_id == made.cell_id:
            text = f"{name_cell(made)} ran in another order than it stands, which changes {what}"
            return to_reason("order", text, made, name=place)
        side = "above" if where < self.trial.position(stands.cell_id) else "below"
        when = "after" if side == "above" else "before"
        other = self.name_standing(stands)
        text = f"{name_cell(made)} ran {when} {other} but stands {side} it; both set {what}"
        last = self.trial.last_execution(stands.cell_id) or stands
        return to_reason("order", text, made, last, name=place)

    def explain_missing(self, name: str, reader: RevisionCell) -> ReasonView:
        """Why a name is not there when the notebook is executed from the top."""
        trial = self.trial
        ran = trial.executions_of(reader.cell_id)
        who = self.name_standing(reader)
        made = trial.find_binder(name)
        if not ran:
            text = f"{name_cell(reader)} never ran in this session, and stops at `{name}`"
            return to_reason("never-run", f"{text}, which is not there yet", reader, name=name)
        if made is None:
            if not any(texts_of(one.source) == texts_of(reader.source) for one in ran):
                text = f"{who} was edited after it ran, and needs `{name}` now, which nothing makes"
                return to_reason("edited", text, ran[-1], name=name)
            text = f"{who} needs `{name}`, which nothing in the notebook makes"
            return to_reason("hidden", text, ran[-1], name=name)
        cell = trial.find_cell(made.cell_id)
        if cell is None:
            text = f"{name_cell(made)} is not in the notebook any more, and {who} needs `{name}`"
            return to_reason("deleted", f"{text} from it", made, ran[-1], name=name)
        if not binds(cell.source, name):
            text = f"{name_cell(made)} was edited after it ran, and does not make `{name}` any more"
            return to_reason("edited", text, made, name=name)
        text = f"{name_cell(made)} makes `{name}`, but stands below {who}, which needs it"
        return to_reason("order", text, made, ran[-1], name=name)

    def explain_untried(self, cell: RevisionCell, untried: Untried) -> ReasonView:
        """Why a cell may raise that the run did not need."""
        executions = self.trial.executions_of(cell.cell_id)
        who, place = self.name_standing(cell), untried.place
        if why := _opaque_reason(cell.source):
            return to_reason("opaque", f"{who}: {why}", *(executions[-1:] or (cell,)))
        if not executions:
            text = f"{who} never ran in this session, and may stop the notebook above"
            return to_reason("never-run", text, cell)
        last = executions[-1]
        if not any(untried.text in texts_of(one.source) for one in executions):
            text = f"{who} was edited after it ran, and may stop the notebook above"
            return to_reason("edited", text, last)
        what = f"the {name_place(place)} it has from the top" if place else "what it has from there"
        text = f"{who} never ran with {what}, and may stop the notebook above"
        return to_reason("effect", text, last, name=place)

    def explain_doubt(self, finding: Finding) -> ReasonView:
        """Why a value may be another one."""
        for value in (finding.left, finding.right):
            if value is not None and is_unknown(value):
                text = f"`{value.place}` is from something that was not recorded"
                return to_reason("hidden", text, name=value.place)
        for value in (finding.left, finding.right):
            if value is not None and value.kind in (kinds.OPAQUE, kinds.MAYBE, kinds.TOUCHED):
                return self._explain_effect(value, finding.place)
        reason = self.explain(finding)
        text = f"{reason.text}; whether that matters cannot be told from the code"
        return ReasonView(
            kind="effect",
            text=text,
            cell_ids=reason.cell_ids,
            execution_ids=reason.execution_ids,
            name=reason.name,
        )

    def _explain_effect(self, value: Value, place: str) -> ReasonView:
        stands = self.trial.maker_in_notebook(value)
        cell = self.trial.maker_in_session(value) or stands
        what = name_place(place)
        if cell is None:
            return to_reason("effect", f"what happened to {what} cannot be told", name=place)
        why = _opaque_reason(cell.source)
        if value.kind == kinds.OPAQUE and why:
            return to_reason("opaque", f"{name_cell(cell)}: {why}", cell, name=place)
        times = len(self.trial.executions_of(cell.cell_id))
        verb = "sets" if value.kind == kinds.MAYBE else "changes"
        text = f"whether {name_cell(cell)} {verb} {what} cannot be told from the code"
        if times > 1:
            text += f", and it ran {times} times"
        elif isinstance(cell, RevisionCell):
            text += ", and it never ran in this session" if not times else ""
        elif self.trial.find_cell(cell.cell_id) is None:
            text += ", and it is not in the notebook any more"
        else:
            text += ", and it ran in another order than it stands"
        return to_reason("effect", text, cell, name=place)


def _opaque_reason(source: str) -> str:
    return next((s.effects.opaque for s in read_cell(source).statements if s.effects.opaque), "")


def distinct(reasons: Sequence[ReasonView]) -> list[ReasonView]:
    """Reasons without those that say the same of the same cells."""
    kept: dict[tuple[str, tuple[str, ...]], ReasonView] = {}
    for reason in reasons:
        about = tuple(sorted(reason.cell_ids)) or (reason.name,)
        kept.setdefault((reason.kind, about), reason)
    return list(kept.values())
