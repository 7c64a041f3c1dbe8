"""Runs of another store added to this one, by the events that tell their story."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import select

from jupyter_mltrack.entities import LifecycleStage, RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store.keeping import Merged
from jupyter_mltrack.store.sql.house.present import PresentRun, is_alive, is_native
from jupyter_mltrack.store.sql.tables import ExperimentRow, LoggedModelRow, RunRow, SessionRow
from jupyter_mltrack.store.sql.write.apply import HANDLERS
from jupyter_mltrack.store.sql.write.batch import Batch

_FLUSH_EVENTS: Final = 2000


def merge(batch: Batch, events: Iterable[ev.Event]) -> Merged:
    """Add what is not there yet; nothing of what is there changes but to become complete."""
    merger = _Merger(batch)
    for count, event in enumerate(events, start=1):
        for chosen in merger.choose(event):
            HANDLERS[type(chosen)](batch, chosen)
        if count % _FLUSH_EVENTS == 0:
            batch.flush()
    return merger.result()


class _Merger:
    """Decides of each event whether it is applied, and how."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._sessions: set[str] = set()
        self._native: set[str] = set()
        self._executions: set[str] = set()
        self._experiments: dict[str, ev.ExperimentSet] = {}
        self._before: list[ev.Event] = []
        self._new: list[str] = []
        self._present: dict[str, PresentRun] = {}
        self._trashed: list[str] = []
        self._skipped: dict[str, None] = {}

    def choose(self, event: ev.Event) -> list[ev.Event]:
        """The events to apply for this one; none for what is here already."""
        chosen = self._choose(event)
        before, self._before = self._before, []
        return before if chosen is None else [*before, chosen]

    def _choose(self, event: ev.Event) -> ev.Event | None:
        run_id = getattr(event, "run_id", None)
        if run_id is None or isinstance(event, ev.RunStarted):
            return _CHOICES[type(event)](self, event)
        if isinstance(event, ev.ModelLogged):
            self._refuse_foreign_model(event)
        if run_id in self._present:
            return self._present[run_id].choose(event)
        return None if run_id in self._skipped else event

    def result(self) -> Merged:
        """What became of the runs."""
        completed = [key for key, run in self._present.items() if run.was_completed]
        done = {*completed, *self._trashed}
        whole = [key for key in (*self._present, *self._skipped) if key not in done]
        return Merged(
            new=self._new,
            completed=completed,
            present=whole,
            trashed=self._trashed,
            differing=[
                (run_id, key) for run_id, run in self._present.items() for key in run.differing
            ],
            withheld=[
                (run_id, path) for run_id, run in self._present.items() for path in run.withheld
            ],
        )

    def session(self, event: ev.SessionStarted) -> ev.Event | None:
        """A session of this id keeps the facts it has."""
        known = select(SessionRow.session_id).where(
            SessionRow.session_id == event.session.session_id
        )
        if self._batch.connection.execute(known).first():
            if is_native(self._batch, event.session.session_id):
                self._native.add(event.session.session_id)
            return None
        self._sessions.add(event.session.session_id)
        return event

    def session_end(self, event: ev.SessionEnded) -> ev.Event | None:
        """Only what began here ends here."""
        return event if event.session_id in self._sessions else None

    def cell(self, event: ev.CellStarted) -> ev.Event | None:
        """A cell execution of this id keeps its source and outputs.

        A session of our own gets no cell from elsewhere: its cells are exported, and run again.
        """
        known = self._batch.find_execution(event.execution_id) is not None
        if known or event.session_id in self._native:
            return None
        self._executions.add(event.execution_id)
        return event

    def of_cell(self, event: ev.CellOutput | ev.CellEnded) -> ev.Event | None:
        """What a cell execution showed, if it is new."""
        return event if event.execution_id in self._executions else None

    def revision(self, event: ev.RevisionSeen) -> ev.Event | None:
        """Revisions are named by their content."""
        return event

    def experiment(self, event: ev.ExperimentSet) -> ev.Event | None:
        """An experiment is made when a run needs it."""
        self._experiments[event.name] = event
        return None

    def run(self, event: ev.RunStarted) -> ev.Event | None:
        """A run of this id that is here, or a new one in the experiment meant."""
        row = self._batch.connection.execute(
            select(RunRow.__table__).where(RunRow.run_id == event.run_id)
        ).first()
        if row is None:
            self._new.append(event.run_id)
            return self._place(event)
        if row.lifecycle_stage == LifecycleStage.DELETED:
            self._trashed.append(event.run_id)
            self._skipped[event.run_id] = None
        elif row.status not in RunStatus.TERMINAL and is_alive(self._batch, row.session_id):
            self._skipped[event.run_id] = None
        else:
            self._present[event.run_id] = PresentRun(self._batch, row)
            return self._present[event.run_id].missing_tags(event)
        return None

    def _place(self, event: ev.RunStarted) -> ev.RunStarted:
        found = self._find_experiment(ExperimentRow.name, event.experiment)
        if found is None and event.experiment_id:
            found = self._find_experiment(ExperimentRow.experiment_id, event.experiment_id)
        if found is None:
            story = self._experiments.get(event.experiment)
            self._before.append(story or ev.ExperimentSet(event.experiment, event.time))
        return msgspec.structs.replace(event, experiment_id=found or "", resumed=False)

    def _find_experiment(self, column: Any, value: str) -> str | None:
        found: str | None = self._batch.connection.execute(
            select(ExperimentRow.experiment_id)
            .where(column == value)
            .where(ExperimentRow.lifecycle_stage == LifecycleStage.ACTIVE)
        ).scalar()
        return found

    def _refuse_foreign_model(self, event: ev.ModelLogged) -> None:
        owner = self._batch.connection.execute(
            select(RunRow.run_id)
            .join(LoggedModelRow, LoggedModelRow.run == RunRow.id)
            .where(LoggedModelRow.model_id == event.model.model_id)
        ).scalar()
        if owner is not None and owner != event.run_id:
            raise InvalidParameterValue(
                f"The archive is refused: its model {event.model.model_id} belongs to run {owner} "
                "of this store. Nothing was written."
            )


_CHOICES: Final[dict[type[ev.Event], Callable[[_Merger, Any], ev.Event | None]]] = {
    ev.SessionStarted: _Merger.session,
    ev.SessionEnded: _Merger.session_end,
    ev.RevisionSeen: _Merger.revision,
    ev.CellStarted: _Merger.cell,
    ev.CellOutput: _Merger.of_cell,
    ev.CellEnded: _Merger.of_cell,
    ev.ExperimentSet: _Merger.experiment,
    ev.RunStarted: _Merger.run,
}
