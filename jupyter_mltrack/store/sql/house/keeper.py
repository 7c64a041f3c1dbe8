"""The facade of housekeeping: what is asked of a store as a whole."""

import time
from collections.abc import Callable, Iterable
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
from sqlalchemy import Connection

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.settings import shown_store_uri
from jupyter_mltrack.store.blobs import Blobs
from jupyter_mltrack.store.blobs.contract import Entry
from jupyter_mltrack.store.keeping import (
    BLOB_AGE_SECONDS,
    Compaction,
    Finding,
    Garbage,
    Merged,
    StoreInfo,
    Upgrade,
)
from jupyter_mltrack.store.sql import schema
from jupyter_mltrack.store.sql.engine import Database
from jupyter_mltrack.store.sql.house import checking, figures, garbage, merging, upkeep
from jupyter_mltrack.store.sql.write.batch import Batch

P = ParamSpec("P")
T = TypeVar("T")


class SqlKeeper:
    """A :class:`jupyter_mltrack.store.keeping.Keeper` of a SQL store."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def get_info(self) -> StoreInfo:
        """The store in figures; the few there are of one that is not there or up to date."""
        version, kind, mode = "", "", ""
        files: dict[str, int] = {}
        counts: dict[str, int] = {}
        if self._database.exists():
            with self._database.reading() as connection:
                version = schema.find_version(connection) or ""
                kind, mode = figures.describe_database(connection)
                files = figures.measure(connection)
                if version == schema.HEAD:
                    counts = figures.count_rows(connection)
            entries = list(self._blobs.entries()) if version == schema.HEAD else []
            files["blobs"] = sum(entry.size for entry in entries)
            counts["blobs"] = len(entries)
        return StoreInfo(
            uri=shown_store_uri(self._database.uri),
            database=kind,
            journal_mode=mode,
            schema=version,
            newest_schema=schema.HEAD,
            files=files,
            counts=counts,
            warnings=self._database.get_warnings(),
        )

    def check(self) -> list[Finding]:
        """Look for damage: the database's own check, references, blobs, rejected records."""
        try:
            if not self._database.exists():
                return [Finding(name="database", level="ok", text="there is no store yet")]
            with self._database.reading() as connection:
                version = schema.find_version(connection)
                is_sqlite = connection.dialect.name == "sqlite"
        except MltrackException as error:
            return [checking.failed("database", error)]
        if version != schema.HEAD:
            text = f"the schema is {version}, not {schema.HEAD}"
            step = "Upgrade it: mltrack db upgrade"
            return [Finding(name="schema", level="fail", text=text, next_step=step)]
        own = checking.OF_SQLITE if is_sqlite else {}
        checks = {**own, **checking.OF_ROWS, "blobs": self._check_blobs}
        return [self._check(name, check) for name, check in checks.items()]

    def _check(self, name: str, check: Callable[[Connection], Finding]) -> Finding:
        try:
            with self._database.reading() as connection:
                return check(connection)
        except MltrackException as error:
            return checking.failed(name, error)

    def upgrade(self) -> Upgrade:
        """Bring the schema up to date; a SQLite file with data is copied beside itself first."""
        before, backup = "", ""
        if self._database.exists():
            with self._database.reading() as connection:
                before = schema.find_version(connection) or ""
                schema.refuse_foreign(connection, before or None, self._database.uri)
        if before and before != schema.HEAD:
            with self._database.maintaining() as connection:
                backup = upkeep.back_up(connection, before)
        schema.upgrade(self._database)
        return Upgrade(before=before, after=schema.HEAD, backup=backup)

    def compact(self) -> Compaction:
        """Give free space back, under the store's lock."""
        if not self._database.exists():
            return Compaction(before=0, after=0)
        with self._database.maintaining() as connection:
            before = sum(figures.measure(connection).values())
            upkeep.compact(connection)
            after = sum(figures.measure(connection).values())
        return Compaction(before=before, after=after)

    def list_garbage(self, *, older_than: int = 0, history: bool = False) -> Garbage:
        """What :meth:`collect` would remove."""
        if not self._database.exists():
            return Garbage()
        policy = garbage.make_policy(older_than, with_history=history)
        with self._database.reading() as connection:
            found = garbage.plan(connection, policy)
            referenced = garbage.list_referenced(connection, found)
        return _with_blobs(found.told, *_find_orphans(self._blobs, referenced))

    def collect(self, *, older_than: int = 0, history: bool = False) -> Garbage:
        """Remove what :meth:`list_garbage` lists: rows first, then blobs nothing refers to.

        Killed in between it leaves blobs for the next time, never a row without its blob.
        """
        if not self._database.exists():
            return Garbage()
        policy = garbage.make_policy(older_than, with_history=history)
        told = self._write(garbage.remove, policy)
        return _with_blobs(told, *self._write(_remove_orphans))

    def merge(self, events: Iterable[ev.Event]) -> Merged:
        """Add what is not there yet, in one transaction."""
        return self._write(merging.merge, events)

    def _check_blobs(self, connection: Connection) -> Finding:
        wrong = []
        referenced = sorted(garbage.list_referenced(connection))
        for digest in referenced:
            try:
                self._blobs.get(digest)
            except MltrackException as error:
                wrong.append(str(error))
        step = "Runs that have them show gaps; a backup of the blobs brings them back."
        good = f"{len(referenced)} are there and what their digests say"
        return checking.finding("blobs", wrong, good, step)

    def _write(
        self, function: Callable[Concatenate[Batch, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._database.writing() as connection:
            batch = Batch(connection, self._blobs.within(connection), {})
            result = function(batch, *args, **kwargs)
            batch.finish()
        return result


def _remove_orphans(batch: Batch) -> tuple[list[Entry], int]:
    # Asked again under the lock: no writer can be about to refer to one of them.
    orphans, young = _find_orphans(batch.blobs, garbage.list_referenced(batch.connection))
    for entry in orphans:
        batch.blobs.remove(entry.digest)
    batch.blobs.remove_unfinished(time.time() - BLOB_AGE_SECONDS)
    return orphans, young


def _find_orphans(blobs: Blobs, referenced: set[str]) -> tuple[list[Entry], int]:
    """Blobs that nothing refers to, and how many more there are that are too young to tell."""
    youngest = time.time() - BLOB_AGE_SECONDS
    found = [entry for entry in blobs.entries() if entry.digest not in referenced]
    orphans = [entry for entry in found if entry.time < youngest]
    return orphans, len(found) - len(orphans)


def _with_blobs(told: Garbage, orphans: list[Entry], young: int) -> Garbage:
    size = sum(entry.size for entry in orphans)
    return msgspec.structs.replace(told, blobs=len(orphans), blob_bytes=size, young_blobs=young)
