"""What all tables share."""

from typing import Annotated, Final

from sqlalchemy import (
    BigInteger,
    Dialect,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

_HEX_DIGITS: Final = (32, 64)
_OTHER: Final = bytes(max(_HEX_DIGITS) // 2 + 1)


def to_raw(text: str) -> bytes:
    """An id as few bytes: of hex digits those they stand for, any other longer than such."""
    if len(text) in _HEX_DIGITS:
        try:
            raw = bytes.fromhex(text)
        except ValueError:
            raw = b""
        if raw.hex() == text:
            return raw
    return _OTHER + text.encode()


def from_raw(raw: bytes) -> str:
    """The id that :func:`to_raw` made this of."""
    return raw.removeprefix(_OTHER).decode() if raw.startswith(_OTHER) else raw.hex()


class RawText(TypeDecorator[str]):
    """An id that is mostly hex digits, kept in half as many bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> bytes | None:
        """Keep what :func:`to_raw` makes of it."""
        return None if value is None else to_raw(value)

    def process_result_value(
        self,
        value: bytes | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> str | None:
        """Give the text back."""
        return None if value is None else from_raw(value)


class _ServerText(TypeDecorator[str]):
    """Text on a server that cannot hold NUL: what cells said keeps a picture of it instead.

    What users log themselves is refused with it before.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(
        self,
        value: str | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> str | None:
        """Put the symbol for NUL in its place."""
        return value.replace("\0", "\u2400") if value else value


# SQLite makes only an INTEGER primary key an alias of the rowid. The writer gives the numbers: it
# is alone, and knows them without asking for each row.
Key = Annotated[
    int,
    mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    ),
]
Millis = Annotated[int, mapped_column(BigInteger)]
Big = Annotated[int, mapped_column(BigInteger)]
Real = Annotated[float, mapped_column(Double)]
# PostgreSQL compares by the rules of a language unless told to go by code point, as SQLite does.
_by_code_point: Final = "C"
Id = Annotated[
    str,
    mapped_column(String(64).with_variant(String(64, collation=_by_code_point), "postgresql")),
]
LongText = Annotated[
    str, mapped_column(Text().with_variant(_ServerText(collation=_by_code_point), "postgresql"))
]
RawId = Annotated[str, mapped_column(RawText)]
Bytes = Annotated[bytes, mapped_column(LargeBinary)]

CLUSTERED: Final = {"sqlite_with_rowid": False}
"""For a table whose rows lie in the index of its primary key, so that they are kept once."""


class Base(DeclarativeBase):
    """Base of all mappings; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
