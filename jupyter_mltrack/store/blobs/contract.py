"""What a place for blobs does."""

import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

from jupyter_mltrack.errors import ResourceDoesNotExist, StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Entry(NamedTuple):
    """A blob: its digest, its size in bytes, and when it was last put (s since the epoch)."""

    digest: str
    size: int
    time: float


class Blobs(Protocol):
    """A place for bytes; a blob that can be had is whole, whatever killed its writer."""

    def within(self, connection: "Connection") -> Self:
        """The same place, written by the transaction of this connection where that matters."""
        ...

    def put(self, content: bytes) -> str:
        """Keep bytes, and return their digest (64 hexadecimal digits)."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All blobs there are."""
        ...

    def remove(self, digest: str) -> None:
        """Remove a blob that nothing refers to; to be called under the store's lock."""
        ...

    def remove_unfinished(self, before: float) -> int:
        """Remove what killed writers left before a moment (s since the epoch); bytes removed."""
        ...

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises
        ------
        ResourceDoesNotExist
            There is no such blob.
        StoreUnavailable
            It cannot be read, or is not what was put there.
        """
        ...


def digest_of(content: bytes) -> str:
    """The name of a blob with this content."""
    return hashlib.sha256(content).hexdigest()


def is_digest(text: str) -> bool:
    """Whether a text can be the digest of a blob."""
    return bool(_DIGEST.fullmatch(text))


def check_digest(digest: str) -> str:
    """The digest itself; raises ResourceDoesNotExist for what cannot be one (a path, say)."""
    if not is_digest(digest):
        raise ResourceDoesNotExist(f"{digest[:80]!r} is not the digest of a blob.")
    return digest


def check_content(content: bytes, digest: str, place: object) -> bytes:
    """The content itself; raises StoreUnavailable when it is not what its name says."""
    if digest_of(content) != digest:
        raise StoreUnavailable(
            f"The blob {digest} in {place} is damaged: its content is not what was put there."
        )
    return content
