"""Where everything ends up: one contract, its SQL implementation, blobs by content.

Open :mod:`.contract` first; :func:`open_store` is the one way from a URI to a store.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mltrack import settings

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


def find_obstacle(uri: str) -> str:
    """Why this store cannot be used, as far as a look at its files tells; empty when nothing shows.

    Loads no database library, so that it can be asked when tracking starts.
    """
    path = Path(settings.normalize_store_uri(uri).removeprefix("sqlite:///"))
    try:
        if path.is_dir() or (path.parent.exists() and not path.parent.is_dir()):
            return f"{path} is not a file in a directory"
        if path.exists() and _beginning(path) not in (b"", b"SQLite format 3\x00"):
            return f"{path} is not a database"
        existing = next(parent for parent in path.parents if parent.exists())
        if not os.access(existing, os.W_OK):
            return f"{existing} cannot be written"
    except OSError as error:
        return f"{path} cannot be read: {error}"
    return ""


def open_store(uri: str) -> "Store":
    """Open the store of a URI (a directory, or ``sqlite:///path``); nothing is created yet.

    Raises
    ------
    InvalidParameterValue
        The URI's scheme is none we know.
    """
    from jupyter_mltrack.store.sql.store import SqlStore

    return SqlStore(settings.normalize_store_uri(uri))


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
