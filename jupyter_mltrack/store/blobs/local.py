"""Blobs as files of a directory, two levels deep."""

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from jupyter_mltrack.errors import ResourceDoesNotExist

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class LocalBlobs:
    """A directory of blobs; a blob is whole once its file exists, whatever kills the writer."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Keep bytes, and return their digest (64 hexadecimal digits)."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(name).unlink()
                raise
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises
        ------
        ResourceDoesNotExist
            There is no such blob.
        """
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise ResourceDoesNotExist(f"The blob {digest} is not in {self.root}.") from None

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ResourceDoesNotExist(f"{digest[:80]!r} is not the digest of a blob.")
        return self.root / digest[:2] / digest[2:]
