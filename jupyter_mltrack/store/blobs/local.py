"""Blobs as files of a directory, two levels deep; any number of processes may share it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from jupyter_mltrack.errors import ResourceDoesNotExist, StoreUnavailable
from jupyter_mltrack.settings import make_private_directory
from jupyter_mltrack.store.blobs.contract import (
    Blobs,
    Entry,
    check_content,
    check_digest,
    digest_of,
    is_digest,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

_UNFINISHED: Final = ".new-"
_COMPARED_BYTES: Final = 1 << 20


class LocalBlobs:
    """A directory of blobs, see :class:`jupyter_mltrack.store.blobs.contract.Blobs`.

    What is not in it is looked for in ``older``, where blobs were kept before.
    """

    def __init__(self, root: Path, older: Blobs | None = None) -> None:
        self.root = root
        self._older = older

    def within(self, connection: "Connection") -> Self:
        """Files know no transaction: one written for nothing is an orphan, no more."""
        return (
            self if self._older is None else type(self)(self.root, self._older.within(connection))
        )

    def put(self, content: bytes) -> str:
        """Keep bytes, safe from a loss of power when this returns, and return their digest."""
        digest = digest_of(content)
        path = self._path(digest)
        if not _holds(path, content):
            make_private_directory(path.parent)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
                _sync_directory(path.parent)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        return digest

    def entries(self) -> Iterator[Entry]:
        """All blobs there are, those of the older place that are not here too."""
        seen = set()
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            digest = path.parent.name + path.name
            if is_digest(digest):
                seen.add(digest)
                with contextlib.suppress(FileNotFoundError):
                    status = path.stat()
                    yield Entry(digest, status.st_size, status.st_mtime)
        if self._older is not None:
            yield from (entry for entry in self._older.entries() if entry.digest not in seen)

    def remove(self, digest: str) -> None:
        """Remove a blob that nothing refers to; to be called under the store's lock."""
        try:
            self._path(digest).unlink(missing_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"Cannot remove {self._path(digest)}: {error}.") from error
        if self._older is not None:
            self._older.remove(digest)

    def remove_unfinished(self, before: float) -> int:
        """Remove what killed writers left before a moment (s since the epoch); bytes removed."""
        size = 0
        for path in self.root.glob(f"[0-9a-f][0-9a-f]/{_UNFINISHED}*"):
            with contextlib.suppress(OSError):
                status = path.stat()
                if status.st_mtime < before:
                    path.unlink()
                    size += status.st_size
        return size

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest, read and compared with their name.

        Raises
        ------
        ResourceDoesNotExist
            There is no such blob.
        StoreUnavailable
            It cannot be read, or is damaged.
        """
        path = self._path(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if self._older is not None:
                return self._older.get(digest)
            raise ResourceDoesNotExist(f"The blob {digest} is not in {self.root}.") from None
        except OSError as error:
            raise StoreUnavailable(f"Cannot read {path}: {error}.") from error
        return check_content(content, digest, self.root)

    def _path(self, digest: str) -> Path:
        check_digest(digest)
        return self.root / digest[:2] / digest[2:]


def _holds(path: Path, content: bytes) -> bool:
    # After a loss of power a file may be there, but empty; or somebody wrote to it.
    try:
        with path.open("rb") as file:
            same_size = os.fstat(file.fileno()).st_size == len(content)
            return same_size and all(
                file.read(_COMPARED_BYTES) == content[start : start + _COMPARED_BYTES]
                for start in range(0, len(content), _COMPARED_BYTES)
            )
    except OSError:
        return False


def _sync_directory(path: Path) -> None:
    # Windows cannot open a directory, and does not need to.
    if os.name == "posix":
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
