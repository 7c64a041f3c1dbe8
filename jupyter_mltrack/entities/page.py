"""One page of a longer list."""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


class PagedList(list[T]):
    """A list that knows how to ask for what follows it.

    ``token`` is None on the last page; otherwise pass it as ``page_token`` to the same search.
    """

    def __init__(self, items: Iterable[T], token: str | None = None) -> None:
        super().__init__(items)
        self.token = token
