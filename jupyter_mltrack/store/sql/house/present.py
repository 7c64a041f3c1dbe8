"""A run of an archive that is here already: what it lacks is added, the rest left as it is.

A run that was made here, and not unpacked, takes no file and no model: what is loaded from one's
own run later, code perhaps, must be one's own.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.contract import Series
from jupyter_mltrack.store.sql.read.metrics import list_series
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    JournalRow,
    LoggedModelRow,
    NameRow,
    ParamRow,
    RunCellRow,
    RunDatasetRow,
    SessionRow,
    TagRow,
)
from jupyter_mltrack.store.sql.write.batch import Batch


class PresentRun:
    """What a run has, to be compared with what an archive brings."""

    def __init__(self, batch: Batch, row: Any) -> None:
        self.was_completed = False
        self.differing: dict[str, None] = {}
        self.withheld: dict[str, None] = {}
        self._batch = batch
        self._row = row
        self._is_native = is_native(batch, row.session_id)
        self._params = self._names(ParamRow)
        self._tags = self._names(TagRow)
        self._paths = set(self._values(ArtifactRow.path, ArtifactRow.run))
        self._models = set(self._values(LoggedModelRow.model_id, LoggedModelRow.run))
        self._datasets = set(self._values(RunDatasetRow.digest, RunDatasetRow.run))
        self._links = set(self._values(RunCellRow.execution, RunCellRow.run))
        self._series: dict[str, Series] | None = None
        self._seen: dict[str, int] = {}

    def missing_tags(self, event: ev.RunStarted) -> ev.Event | None:
        """The tags the run lacks; nothing else of its start is news."""
        missing: dict[str, str | None] = {
            key: value for key, value in event.tags.items() if key not in self._tags
        }
        return self._completing(ev.TagsSet(event.run_id, missing) if missing else None)

    def choose(self, event: Any) -> ev.Event | None:
        """The part of an event that is news here, or None."""
        match event:
            case ev.ParamsLogged():
                missing = {k: v for k, v in event.params.items() if k not in self._params}
                part = msgspec.structs.replace(event, params=missing) if missing else None
                return self._completing(part)
            case ev.MetricPoints():
                return self._completing(self._missing_points(event))
            case ev.RunEnded():
                self._series = None  # the last event of a run; archives have many runs
                mine = self._row.end_time
                over = self._row.status in RunStatus.TERMINAL and mine is not None
                return self._completing(None if over and mine >= event.time else event)
            case ev.ArtifactLogged() | ev.ModelLogged() if self._is_native:
                if self._is_news(event):
                    self.withheld[_name_of(event)] = None
                return None
            case _:
                return self._completing(event if self._is_news(event) else None)

    def _is_news(self, event: Any) -> bool:
        match event:
            case ev.ArtifactLogged():
                return event.path not in self._paths
            case ev.ModelLogged():
                return event.model.model_id not in self._models
            case ev.DatasetLogged():
                return event.dataset.digest not in self._datasets
            case ev.RunCellLinked():
                return self._batch.find_execution(event.execution_id) not in self._links
        return False

    def _missing_points(self, event: ev.MetricPoints) -> ev.MetricPoints | None:
        """What follows the points that are here; nothing when they are other points."""
        if self._series is None:
            self._series = list_series(self._batch.connection, self._row.run_id)
        series = self._series.get(event.key)
        known = len(series.steps) if series else 0
        start = self._seen.get(event.key, 0)
        count = len(event.steps)
        self._seen[event.key] = start + count
        same = max(0, min(count, known - start))
        if series and not _are_equal(series, start, event, same):
            self.differing[event.key] = None
        if event.key in self.differing or same == count:
            return None
        return msgspec.structs.replace(
            event,
            steps=event.steps[same:],
            times=event.times[same:],
            values=event.values[same:],
        )

    def _completing(self, event: ev.Event | None) -> ev.Event | None:
        self.was_completed |= event is not None
        return event

    def _names(self, table: type[ParamRow] | type[TagRow]) -> set[str]:
        return set(
            self._batch.connection.execute(
                select(NameRow.name)
                .join(table, table.name == NameRow.id)
                .where(table.run == self._row.id)
            ).scalars()
        )

    def _values(self, column: Any, run: Any) -> Sequence[Any]:
        query = select(column).where(run == self._row.id)
        return list(self._batch.connection.execute(query).scalars())


def _name_of(event: ev.ArtifactLogged | ev.ModelLogged) -> str:
    return event.path if isinstance(event, ev.ArtifactLogged) else event.model.artifact_path


def is_native(batch: Batch, session_id: str) -> bool:
    """Whether a session wrote to this store itself, and did not come in an archive."""
    query = (
        select(SessionRow.session_id)
        .join(JournalRow, JournalRow.session_id == SessionRow.session_id)
        .where(SessionRow.session_id == session_id)
    )
    return batch.connection.execute(query).first() is not None


def is_alive(batch: Batch, session_id: str) -> bool:
    """Whether a session has not ended, as far as the store knows."""
    query = select(SessionRow.session_id).where(
        (SessionRow.session_id == session_id) & SessionRow.end_time.is_(None)
    )
    return batch.connection.execute(query).first() is not None


def _are_equal(series: Series, start: int, event: ev.MetricPoints, count: int) -> bool:
    import numpy as np

    part = slice(start, start + count)
    return (
        np.array_equal(series.steps[part], np.asarray(event.steps[:count]))
        and np.array_equal(series.times[part], np.asarray(event.times[:count]))
        and np.array_equal(series.values[part], np.asarray(event.values[:count]), equal_nan=True)
    )
