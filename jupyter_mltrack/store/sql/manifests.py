"""A revision's cells as they are kept: a deflated list, or what differs from another revision.

A whole manifest is a JSON list of entries [cell id, cell type, row id of the source, origin], and
of a tagged cell with its tags. One that differs little from the revision before it is an object
instead: ``base`` (that revision's row id), ``depth`` (how many lie between it and a whole one) and
``splices`` of entries. A chain ends at :data:`MAX_DEPTH`, so that reading a revision reads so many
short rows at most.
"""

import zlib
from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from jupyter_mltrack.entities.changes import apply_splices
from jupyter_mltrack.store.sql.tables import RevisionRow

MAX_DEPTH: Final = 64

Entry = tuple[Any, ...]
Entries = list[Any]
Find = Callable[[int], bytes | None]


class Change(msgspec.Struct):
    """A manifest as what differs from that of ``base``."""

    base: int
    depth: int
    splices: list[tuple[int, int, Entries]]


_decode = msgspec.json.Decoder(list[list[Any]] | Change).decode


def pack(manifest: Entries | Change) -> bytes:
    """A manifest as it is stored."""
    return zlib.compress(msgspec.json.encode(manifest), 6)


def unpack(content: bytes) -> Entries | Change:
    """A manifest as it was stored; raises ``zlib.error`` or ``MsgspecError`` when it is none."""
    manifest: Entries | Change = _decode(zlib.decompress(content))
    return manifest


def depth_of(content: bytes) -> int:
    """How many revisions must be read for this one, besides it."""
    manifest = unpack(content)
    return manifest.depth if isinstance(manifest, Change) else 0


def stored_entries(content: bytes) -> tuple[int | None, Entries]:
    """The base of a stored manifest (None for a whole one), and the entries it has itself."""
    manifest = unpack(content)
    if not isinstance(manifest, Change):
        return None, manifest
    return manifest.base, [entry for _, _, entries in manifest.splices for entry in entries]


def resolve(content: bytes, find: Find) -> Entries | None:
    """All entries of a stored manifest; None when one it builds on is not there.

    ``find`` gives the stored manifest of a revision by its row id, or None.
    """
    chain: list[Change] = []
    manifest = unpack(content)
    while isinstance(manifest, Change):
        chain.append(manifest)
        base = find(manifest.base)
        if base is None or len(chain) > MAX_DEPTH:
            return None
        manifest = unpack(base)
    for change in reversed(chain):
        manifest = apply_splices(manifest, change.splices)
    return manifest


def finder(connection: Connection) -> Find:
    """Looks manifests up in the database."""

    def find(key: int) -> bytes | None:
        query = select(RevisionRow.manifest).where(RevisionRow.id == key)
        content: bytes | None = connection.execute(query).scalar()
        return content

    return find
