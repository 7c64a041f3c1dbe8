"""The journals of a store: where they are, and how much of them it does not hold yet."""

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mltrack import settings
from jupyter_mltrack.journal import backlog, list_journals

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


def journals_of(store_uri: str) -> list[Path]:
    """Directories of the journals on this machine that feed a store, or will."""
    homes = {settings.journal_directory(store_uri), settings.spare_journal_directory(store_uri)}
    return [found for home in homes for found in list_journals(home)]


def has_journals(store_uri: str) -> bool:
    """Whether sessions left journals for this store, or are writing them."""
    return bool(journals_of(store_uri))


def measure_backlog(store: "Store") -> int:
    """Bytes in the journals of this machine that the store does not hold yet.

    Raises
    ------
    StoreUnavailable
        The store cannot be read.
    """
    return sum(
        backlog(directory, store.get_journal_position(directory.name))
        for directory in journals_of(store.uri)
    )
