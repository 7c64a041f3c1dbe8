"""What an archive of runs holds: a manifest, records, blobs.

A zip file with ``manifest.json``, ``records/000001`` and so on, and ``blobs/<SHA-256>``. Records
are journal events in MessagePack, each behind its length (4 bytes, little-endian); the files of
runs refer to blobs by digest. Events keep their shape over versions, and so does the archive.
"""

import struct
from importlib import metadata
from typing import Final

import msgspec

from jupyter_mltrack.entities import events as ev

FORMAT: Final = "mltrack-archive"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
LENGTH: Final = struct.Struct("<I")

MAX_RATIO: Final = 100
"""Bytes that one compressed byte may become; more is a bomb."""
MAX_MEMBERS: Final = 100_000
MAX_BYTES: Final = 10_000_000_000
"""Bytes of an unpacked archive, unless the reader is given another limit."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive is; ``records`` maps the name of each member of records to its SHA-256."""

    format: str
    version: int
    created: int
    package: str
    runs: int
    records: dict[str, str]


class ArchivedFile(ev.Event, frozen=True, tag="file"):
    """A file of a run, whose bytes are the blob of this digest."""

    run_id: str
    path: str
    media_type: str
    digest: str
    execution_id: str = ""


Record = (
    ev.SessionStarted
    | ev.SessionEnded
    | ev.RevisionSeen
    | ev.CellStarted
    | ev.CellOutput
    | ev.CellEnded
    | ev.ExperimentSet
    | ev.RunStarted
    | ev.RunEnded
    | ev.ParamsLogged
    | ev.PackedPoints
    | ev.DatasetLogged
    | ev.ModelLogged
    | ev.RunCellLinked
    | ArchivedFile
)
"""No event that changes or clears what others wrote is among them."""


def installed_version() -> str:
    """The version of this package; empty when it runs from a checkout that is not installed."""
    try:
        return metadata.version("jupyter_mltrack")
    except metadata.PackageNotFoundError:
        return ""
