"""One transaction's worth of writing: what was looked up, what is to be written at its end."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, func, select, tuple_, update
from sqlalchemy.orm import DeclarativeBase

from jupyter_mltrack.store.blobs import Blobs
from jupyter_mltrack.store.sql.chunks import Point, Points, empty_points
from jupyter_mltrack.store.sql.read.parts import parts
from jupyter_mltrack.store.sql.tables import (
    ArtifactRow,
    CellExecutionRow,
    DatasetRow,
    EnvironmentRow,
    ExperimentRow,
    ExperimentTagRow,
    LoggedModelRow,
    MetricChunkRow,
    MetricSummaryRow,
    NameRow,
    NotebookRow,
    NotebookSessionRow,
    OutputRow,
    ParamRow,
    RejectedRecordRow,
    RevisionRow,
    RunCellRow,
    RunDatasetRow,
    RunRow,
    SessionRow,
    SourceRow,
    StateRow,
    TagRow,
    TermRow,
)
from jupyter_mltrack.store.sql.write import metrics
from jupyter_mltrack.store.sql.write.rows import (
    KnownIds,
    KnownRows,
    NewRows,
    Row,
    insert_absent,
    upsert,
)

# In the order that foreign keys ask for: rows that are never changed, then those that replace.
_CONTENT: Final[tuple[type[DeclarativeBase], ...]] = (
    NameRow,
    TermRow,
    SourceRow,
    RevisionRow,
    EnvironmentRow,
    DatasetRow,
)
_REPLACED: Final[tuple[type[DeclarativeBase], ...]] = (
    ExperimentTagRow,
    ParamRow,
    TagRow,
    MetricChunkRow,
    MetricSummaryRow,
    RunCellRow,
    OutputRow,
    ArtifactRow,
    RunDatasetRow,
    LoggedModelRow,
    NotebookSessionRow,
    RejectedRecordRow,
)
MAX_NAMES: Final = 20_000
SOURCE_DIGITS: Final = 32


class Batch:
    """State of one write transaction; every write takes the next change number of the store.

    Handlers read and change dictionaries; :meth:`flush` writes them with a statement a table, and
    :meth:`finish` ends the batch. Row ids are given here: nobody else writes meanwhile.
    """

    def __init__(
        self,
        connection: Connection,
        blobs: Blobs,
        names: dict[str, int],
        spool: Path | None = None,
    ) -> None:
        self.connection = connection
        self.blobs = blobs
        self.spool = spool
        self.new = NewRows()
        self.runs = KnownRows(connection, RunRow, "run_id")
        self.executions = KnownRows(connection, CellExecutionRow, "execution_id")
        self.sessions = KnownRows(connection, SessionRow, "session_id")
        self.experiments = KnownRows(connection, ExperimentRow, "experiment_id")
        self.notebooks = KnownRows(connection, NotebookRow, "notebook_id")
        # Unlike names, these may be removed by another process: no longer known than a batch.
        self._terms = KnownIds(connection, TermRow, "text")
        self._sources = KnownIds(connection, SourceRow, "digest")
        self.active_experiments: dict[str, Row] = {}
        # Most series of most runs have one point: it waits as it is, without four arrays.
        self.points: dict[tuple[int, int], Points | Point] = {}
        self.touched_kinds: set[str] = set()
        self._names = names
        self._touched_runs: set[int] = set()
        self._deleted_tags: set[tuple[int, int]] = set()
        self._cleared: set[int] = set()
        self._ids: dict[type[DeclarativeBase], int] = {}
        self.change = self._read_change() + 1

    def nested(self) -> "Batch":
        """A batch of its own on the same connection, for a savepoint."""
        return Batch(self.connection, self.blobs, self._names, self.spool)

    # Looking up

    def new_id(self, table: Any) -> int:
        """The next free row id of a table."""
        if table not in self._ids:
            greatest = self.connection.execute(select(func.max(table.id))).scalar()
            self._ids[table] = greatest or 0
        self._ids[table] += 1
        return self._ids[table]

    def name_id(self, name: str) -> int:
        """Row id of a key, interned when it is new."""
        found = self._names.get(name)
        if found is None:
            self.learn_names([name])
            found = self._names[name]
        return found

    def learn_names(self, names: Iterable[str]) -> None:
        """Look up or intern several keys at once."""
        missing = [name for name in dict.fromkeys(names) if name not in self._names]
        for part in parts(missing):
            rows = self.connection.execute(
                select(NameRow.name, NameRow.id).where(NameRow.name.in_(part))
            )
            self._names.update((name, key) for name, key in rows)
        for name in missing:
            if name not in self._names:
                self._names[name] = key = self.new_id(NameRow)
                self.new.put(NameRow, {"id": key, "name": name}, key)

    def forget_names(self) -> None:
        """Forget row ids of keys: what interned them was rolled back."""
        self._names.clear()

    def find_execution(self, execution_id: str) -> int | None:
        """Row id of a cell execution; None for an empty or unknown id."""
        row = self.executions.find(execution_id) if execution_id else None
        return row["id"] if row else None

    def learn_terms(self, texts: Iterable[str]) -> None:
        """Look up several texts at once."""
        self._terms.load(map(_storable, texts))

    def find_term(self, text: str) -> int | None:
        """Row id of a text that rows repeat; None for an empty or unknown one."""
        return self._terms.find(_storable(text)) if text else None

    def text_of(self, term: int | None) -> str:
        """The text of a row id; empty for None."""
        if term is None:
            return ""
        row = self.new.find(TermRow, term)
        if row is not None:
            return str(row["text"])
        query = select(TermRow.text).where(TermRow.id == term)
        return self.connection.execute(query).scalar() or ""

    # Writing

    def put_term(self, text: str) -> int | None:
        """Keep a text that rows repeat once; return its row id, None for an empty one."""
        found = self.find_term(text)
        if found is None and text:
            found = self.new_id(TermRow)
            self._terms.add(_storable(text), found)
            self.new.put(TermRow, {"id": found, "text": _storable(text)}, found)
        return found

    def learn_sources(self, texts: Iterable[str]) -> None:
        """Look up several sources at once."""
        self._sources.load(map(source_digest, texts))

    def put_source(self, text: str) -> int:
        """Keep a cell's source once; return its row id."""
        digest = source_digest(text)
        found = self._sources.find(digest)
        if found is None:
            found = self.new_id(SourceRow)
            self._sources.add(digest, found)
            self.new.put(SourceRow, {"id": found, "digest": digest, "text": text}, found)
        return found

    def touch(self, run: Row) -> None:
        """Remember that a run changed."""
        self._touched_runs.add(run["id"])

    def touch_ids(self, runs: Iterable[int]) -> None:
        """Remember that runs changed, by their row ids."""
        self._touched_runs.update(runs)

    def link(self, run: Row, execution: int | None) -> int | None:
        """Remember that a cell execution logged to a run; returns ``execution``."""
        if execution is not None and execution != run["execution"]:
            row = {"run": run["id"], "execution": execution}
            self.new.put(RunCellRow, row, run["id"], execution)
        return execution

    def delete_tag(self, run: int, name: int) -> None:
        """Delete a tag of a run."""
        self.new.discard(TagRow, run, name)
        self._deleted_tags.add((run, name))

    def keep_tag(self, run: int, name: int, value: str) -> None:
        """Set a tag of a run."""
        self._deleted_tags.discard((run, name))
        self.new.put(TagRow, {"run": run, "name": name, "value": value}, run, name)

    def clear_outputs(self, execution: int) -> None:
        """Forget what a cell execution showed so far."""
        self.new.discard(OutputRow, execution)
        self._cleared.add(execution)

    def add_point(self, run: int, name: int, point: Point) -> None:
        """Gather one point of a series."""
        if self.points.setdefault((run, name), point) is not point:
            self.points_of(run, name).append(point)

    def points_of(self, run: int, name: int) -> Points:
        """The columns that gather the points of a series."""
        found = self.points.get((run, name))
        if isinstance(found, Points):
            return found
        points = self.points[run, name] = empty_points()
        if found is not None:
            points.append(found)
        return points

    def flush(self) -> None:
        """Write all that was gathered."""
        metrics.flush_points(self)
        self._stamp_runs()
        for table in _CONTENT:
            insert_absent(self.connection, table, self.new.take(table))
        for known in (self.experiments, self.sessions, self.notebooks, self.executions, self.runs):
            upsert(self.connection, known.table, known.changed())
            known.written()
        self._delete()
        for table in _REPLACED:
            upsert(self.connection, table, self.new.take(table))

    def finish(self) -> None:
        """Write what is left, and the change number; the last step before the commit."""
        self.flush()
        kinds = ("change", *sorted(self.touched_kinds))
        upsert(self.connection, StateRow, [{"name": k, "value": self.change} for k in kinds])
        if len(self._names) > MAX_NAMES:
            self.forget_names()

    def _stamp_runs(self) -> None:
        rows = self.runs.changed()
        for row in rows:
            row["change"] = self.change
        others = sorted(self._touched_runs - {row["id"] for row in rows})
        for part in parts(others):
            self.connection.execute(
                update(RunRow).where(RunRow.id.in_(part)).values(change=self.change)
            )
        self._touched_runs.clear()

    def _delete(self) -> None:
        for part in parts(sorted(self._deleted_tags)):
            key = tuple_(TagRow.run, TagRow.name)
            self.connection.execute(delete(TagRow).where(key.in_(part)))
        for cleared in parts(sorted(self._cleared)):
            self.connection.execute(delete(OutputRow).where(OutputRow.execution.in_(cleared)))
        self._deleted_tags.clear()
        self._cleared.clear()

    def _read_change(self) -> int:
        statement = select(StateRow.value).where(StateRow.name == "change")
        return self.connection.execute(statement).scalar() or 0


def source_digest(text: str) -> str:
    """The key of a source: as many hex digits as no two sources will ever share."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:SOURCE_DIGITS]


def _storable(text: str) -> str:
    # As a server keeps it, and gives it back.
    return text.replace("\0", "\u2400")
