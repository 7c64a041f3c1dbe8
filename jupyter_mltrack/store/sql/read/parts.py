"""Reading by many ids: databases limit the values of one IN."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

T = TypeVar("T")
IN_LIMIT: Final = 500


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split a sequence into pieces that fit one statement."""
    for start in range(0, len(items), IN_LIMIT):
        yield items[start : start + IN_LIMIT]
