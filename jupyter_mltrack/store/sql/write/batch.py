"""One transaction's worth of writing: the connection, what was looked up, what was touched."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase

from jupyter_mltrack.store.blobs import LocalBlobs
from jupyter_mltrack.store.sql.tables import (
    CellExecutionRow,
    NameRow,
    RunRow,
    SourceRow,
    StateRow,
)
from jupyter_mltrack.store.sql.write.caches import Caches

Point = tuple[int, int, float, int]
"""A metric point: step, time (ms), value, row id of its cell execution (0 for none)."""


class Batch:
    """State of one write transaction; every write takes the next change number of the store."""

    def __init__(
        self,
        connection: Connection,
        blobs: LocalBlobs,
        caches: Caches,
        spool: Path | None = None,
    ) -> None:
        self.connection = connection
        self.blobs = blobs
        self.caches = caches
        self.spool = spool
        self.touched_runs: set[int] = set()
        self.touched_kinds: set[str] = set()
        self.points: dict[tuple[int, int], list[Point]] = {}
        self.change = self._read_change() + 1

    def insert(
        self,
        table: type[DeclarativeBase],
        rows: Sequence[Mapping[str, Any]],
        *,
        on: Sequence[str] = (),
        update: Iterable[str] = (),
    ) -> None:
        """Insert rows; where one with the same ``on`` columns exists, set the ``update`` ones."""
        if not rows:
            return
        module = postgresql if self.connection.dialect.name == "postgresql" else sqlite
        target = table.__table__
        assert isinstance(target, Table)
        statement = module.insert(target)
        if on:
            changed = {column: statement.excluded[column] for column in update}
            statement = (
                statement.on_conflict_do_update(index_elements=list(on), set_=changed)
                if changed
                else statement.on_conflict_do_nothing(index_elements=list(on))
            )
        self.connection.execute(statement, list(rows))

    def find_run(self, run_id: str) -> int | None:
        """Row id of a run, or None when the store does not know it."""
        return self._look_up(self.caches.runs, RunRow.id, RunRow.run_id, run_id)

    def find_execution(self, execution_id: str) -> int | None:
        """Row id of a cell execution; None for an empty or unknown id."""
        if not execution_id:
            return None
        return self._look_up(
            self.caches.executions,
            CellExecutionRow.id,
            CellExecutionRow.execution_id,
            execution_id,
        )

    def name_ids(self, names: Iterable[str]) -> dict[str, int]:
        """Row ids of keys, interned where they are new."""
        known = self.caches.names
        missing = sorted({name for name in names if name not in known})
        if missing:
            self.insert(NameRow, [{"name": name} for name in missing], on=["name"])
            for start in range(0, len(missing), 500):
                part = missing[start : start + 500]
                rows = self.connection.execute(
                    select(NameRow.name, NameRow.id).where(NameRow.name.in_(part))
                )
                known.update((name, key) for name, key in rows)
        return {name: known[name] for name in names}

    def put_source(self, text: str) -> str:
        """Keep a cell's source once; return its digest."""
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        if digest not in self.caches.sources:
            self.insert(SourceRow, [{"digest": digest, "text": text}], on=["digest"])
            self.caches.sources.add(digest)
        return digest

    def touch_run(self, run: int) -> None:
        """Remember that a run changed."""
        self.touched_runs.add(run)

    def finish(self) -> None:
        """Stamp what was touched with the change number; the last step before the commit."""
        runs = sorted(self.touched_runs)
        for start in range(0, len(runs), 500):
            self.connection.execute(
                RunRow.__table__.update()  # type: ignore[attr-defined]
                .where(RunRow.id.in_(runs[start : start + 500]))
                .values(change=self.change)
            )
        rows = [{"name": kind, "value": self.change} for kind in ("change", *self.touched_kinds)]
        self.insert(StateRow, rows, on=["name"], update=["value"])

    def _read_change(self) -> int:
        return (
            self.connection.execute(
                select(StateRow.value).where(StateRow.name == "change")
            ).scalar()
            or 0
        )

    def _look_up(self, cache: dict[str, int], column: Any, where: Any, value: str) -> int | None:
        found = cache.get(value)
        if found is None:
            found = self.connection.execute(select(column).where(where == value)).scalar()
            if found is not None:
                cache[value] = found
        return found
