"""What keeping house asks of a store, and what it is told."""

from collections.abc import Iterable
from typing import Final, Protocol

import msgspec

from jupyter_mltrack.entities import events as ev

BLOB_AGE_SECONDS: Final = 3600
"""A blob younger than this may be one that a living session is about to refer to."""


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The store in figures; ``uri`` is without a password, ``files`` maps what it is to bytes."""

    uri: str
    database: str
    journal_mode: str
    schema: str
    newest_schema: str
    files: dict[str, int]
    counts: dict[str, int]
    warnings: list[str] = []


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check: ``ok``, ``warn`` or ``fail``; ``next_step`` says what to do."""

    name: str
    level: str
    text: str
    next_step: str = ""
    details: list[str] = []


class Upgrade(msgspec.Struct, frozen=True, kw_only=True):
    """What an upgrade did; ``before`` is empty for a new store, ``backup`` when none was made."""

    before: str
    after: str
    backup: str = ""


class Garbage(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody needs any more.

    ``kept`` are runs in the trash whose session is still alive, ``young_blobs`` counts those that
    nothing refers to, but for less than an hour.
    """

    runs: list[str] = []
    experiments: list[str] = []
    kept: list[str] = []
    rows: dict[str, int] = {}
    row_bytes: int = 0
    blobs: int = 0
    blob_bytes: int = 0
    young_blobs: int = 0


class Compaction(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes of the database before and after."""

    before: int
    after: int


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """Run ids by what merging did: ``new``, ``completed`` (had less), ``present``, ``trashed``.

    ``differing`` are metrics (run id, key) whose points here are not those of the archive;
    ``withheld`` are files (run id, path) that a run lacks and does not get, since it was made here.
    """

    new: list[str] = []
    completed: list[str] = []
    present: list[str] = []
    trashed: list[str] = []
    differing: list[tuple[str, str]] = []
    withheld: list[tuple[str, str]] = []


class Keeper(Protocol):
    """The housekeeping of a store."""

    def get_info(self) -> StoreInfo:
        """The store in figures."""
        ...

    def check(self) -> list[Finding]:
        """Look for damage: the database's own check, references, blobs, rejected records."""
        ...

    def upgrade(self) -> Upgrade:
        """Bring the schema up to date; a SQLite file with data is copied beside itself first."""
        ...

    def compact(self) -> Compaction:
        """Give free space back, under the store's lock."""
        ...

    def list_garbage(self, *, older_than: int = 0, history: bool = False) -> Garbage:
        """What :meth:`collect` would remove; see there."""
        ...

    def collect(self, *, older_than: int = 0, history: bool = False) -> Garbage:
        """Remove what has been in the trash for ``older_than`` ms, and blobs nothing refers to.

        With ``history`` the sessions that no remaining run is from go too, with their cell
        executions, outputs, notebook revisions, sources and environments.
        """
        ...

    def merge(self, events: Iterable[ev.Event]) -> Merged:
        """Add what is not there yet, in one transaction; what is there stays as it is.

        Nothing of an experiment, session, cell execution or revision that is known here changes.
        A run that is here gets the params, tags, points and files it lacks; one that was made here
        gets no files. No cell is added to a session that wrote to this store itself.
        """
        ...
