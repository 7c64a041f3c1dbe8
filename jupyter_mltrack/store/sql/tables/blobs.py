"""Bytes by content, in stores that have no directory for them."""

from sqlalchemy.orm import Mapped, mapped_column

from jupyter_mltrack.store.sql.tables.base import Base, Big, Bytes, Id


class BlobRow(Base):
    """A blob: its SHA-256, its size in bytes, and the bytes, last because they are long."""

    __tablename__ = "blobs"

    digest: Mapped[Id] = mapped_column(primary_key=True)
    size: Mapped[Big]
    data: Mapped[Bytes]
