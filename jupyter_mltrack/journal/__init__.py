"""Append, read, lock and recover: the files a session writes before the store knows anything.

One directory a session: ``owner.lock`` (held while the owner lives), numbered segments, ``spool/``
for content too large for a record. Open :mod:`.writer` first.
"""

from jupyter_mltrack.journal.lock import OwnerLock, is_orphan
from jupyter_mltrack.journal.reader import JournalReader, Position, Record, list_journals
from jupyter_mltrack.journal.writer import JournalWriter

__all__ = [
    "JournalReader",
    "JournalWriter",
    "OwnerLock",
    "Position",
    "Record",
    "is_orphan",
    "list_journals",
]
