"""Blobs as rows of the store's database, written with the rows that refer to them."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Self

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.blobs.contract import Entry, check_content, check_digest, digest_of
from jupyter_mltrack.store.sql.tables.blobs import BlobRow

Reading = Callable[[], AbstractContextManager[Connection]]


class TableBlobs:
    """A table of blobs, see :class:`jupyter_mltrack.store.blobs.contract.Blobs`.

    ``reading`` opens a connection to read with; ``writer`` is that of the transaction to write in.
    """

    def __init__(self, reading: Reading, writer: Connection | None = None) -> None:
        self._reading = reading
        self._writer = writer

    def within(self, connection: Connection) -> Self:
        """The same table, written by this connection's transaction."""
        return type(self)(self._reading, connection)

    def put(self, content: bytes) -> str:
        """Keep bytes with the transaction, and return their digest."""
        assert self._writer is not None, "blobs of a database are put within a transaction"
        digest = digest_of(content)
        # Asked first: an insert that conflicts has sent all the bytes for nothing.
        known = select(BlobRow.size).where(BlobRow.digest == digest)
        if self._writer.execute(known).first() is None:
            row = {"digest": digest, "size": len(content), "data": content}
            self._writer.execute(insert(BlobRow).on_conflict_do_nothing(), row)
        return digest

    def entries(self) -> Iterator[Entry]:
        """All blobs there are; as old as can be, since no row is to be waited for."""
        with self._reading() as connection:
            rows = connection.execute(select(BlobRow.digest, BlobRow.size)).all()
        yield from (Entry(row.digest, row.size, 0.0) for row in rows)

    def remove(self, digest: str) -> None:
        """Remove a blob with the transaction."""
        assert self._writer is not None, "blobs of a database are removed within a transaction"
        self._writer.execute(delete(BlobRow).where(BlobRow.digest == digest))

    def remove_unfinished(self, before: float) -> int:  # noqa: ARG002 - the contract's
        """Nothing: a transaction leaves nothing unfinished."""
        return 0

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest.

        Raises
        ------
        ResourceDoesNotExist
            There is no such blob.
        StoreUnavailable
            It cannot be read, or is damaged.
        """
        query = select(BlobRow.data).where(BlobRow.digest == check_digest(digest))
        with self._reading() as connection:
            content: bytes | None = connection.execute(query).scalar()
        if content is None:
            raise ResourceDoesNotExist(
                f"The blob {digest} is not in the database. If the store keeps its artifacts in a "
                "directory, name it in the store's URI: ?artifacts=/shared/path"
            )
        return check_content(content, digest, "the database")
