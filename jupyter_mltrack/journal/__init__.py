"""Append, read, lock and recover: the files a session writes before the store knows anything.

One directory a session: ``owner.lock`` (held while the owner lives), numbered segments, ``spool/``
for content too large for a record. Open :mod:`.writer` first.
"""

from jupyter_mltrack.journal.lock import OwnerLock, is_orphan
from jupyter_mltrack.journal.reader import (
    AnyRecord,
    JournalReader,
    PointsRecord,
    Position,
    Record,
    backlog,
    list_journals,
)
from jupyter_mltrack.journal.writer import JournalWriter, Series

__all__ = [
    "AnyRecord",
    "JournalReader",
    "JournalWriter",
    "OwnerLock",
    "PointsRecord",
    "Position",
    "Record",
    "Series",
    "backlog",
    "is_orphan",
    "list_journals",
]
