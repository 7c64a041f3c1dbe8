"""Writes an archive: to a file beside its name, which it takes when it is whole."""

import contextlib
import os
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import msgspec

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.upkeep import records as rec

_MEMBER_BYTES: Final = 8 << 20
_encode = msgspec.msgpack.Encoder().encode


class ArchiveWriter:
    """Takes records in order, and blobs; :func:`open_archive_writer` makes one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", allowZip64=True)
        self._buffer = bytearray()
        self._digests: dict[str, str] = {}
        self._blobs: set[str] = set()
        self._runs = 0

    def write(self, record: ev.Event) -> None:
        """Append a record."""
        payload = _encode(record)
        self._buffer += rec.LENGTH.pack(len(payload)) + payload
        self._runs += isinstance(record, ev.RunStarted)
        if len(self._buffer) > _MEMBER_BYTES:
            self._flush()

    def has_blob(self, digest: str) -> bool:
        """Whether this blob is in the archive already."""
        return digest in self._blobs

    def write_blob(self, digest: str, content: bytes) -> None:
        """Add a blob."""
        if len(self._blobs) + len(self._digests) + 2 > rec.MAX_MEMBERS:
            raise InvalidParameterValue(
                f"The runs have more than {rec.MAX_MEMBERS} files; pack fewer runs at a time."
            )
        self._blobs.add(digest)
        self._add(f"blobs/{digest}", content)

    def finish(self) -> None:
        """Write the manifest and the zip file's directory."""
        self._flush()
        manifest = rec.Manifest(
            format=rec.FORMAT,
            version=rec.VERSION,
            created=time.time_ns() // 1_000_000,
            package=rec.installed_version(),
            runs=self._runs,
            records=self._digests,
        )
        self._add(rec.MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self._zip.close()

    def _flush(self) -> None:
        if self._buffer:
            name = f"records/{len(self._digests) + 1:06d}"
            self._digests[name] = sha256(self._buffer).hexdigest()
            self._add(name, bytes(self._buffer))
            self._buffer.clear()

    def _add(self, name: str, content: bytes) -> None:
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.external_attr = 0o600 << 16
        info.compress_type = _compression(content)
        self._zip.writestr(info, content)


@contextmanager
def open_archive_writer(path: Path) -> Iterator[ArchiveWriter]:
    """An archive to write; ``path`` is there, whole, once the block ends without an error.

    Raises
    ------
    InvalidParameterValue
        The file cannot be written.
    """
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    except OSError as error:
        raise InvalidParameterValue(f"Cannot write {path}: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            writer = ArchiveWriter(file)
            yield writer
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise InvalidParameterValue(f"Cannot write {path}: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)


def _compression(content: bytes) -> int:
    # What hardly shrinks is kept as it is; and so is what shrinks as only a bomb may.
    small = len(zlib.compress(content, 1))
    worth = small < 0.95 * len(content) and small * rec.MAX_RATIO / 2 > len(content)
    return zipfile.ZIP_DEFLATED if worth else zipfile.ZIP_STORED
