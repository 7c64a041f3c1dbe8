"""Where everything ends up: one contract, its SQL implementation, blobs by content.

Open :mod:`.contract` first; :func:`open_store` is the one way from a URI to a store.
"""

import importlib.util
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from jupyter_mltrack import settings

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

ANSWER_SECONDS: Final = 0.8


def find_obstacle(uri: str) -> str:
    """Why this store cannot be used, as far as a first look tells; empty when nothing shows.

    Loads no database library and takes less than a second, so that it can be asked when tracking
    starts.
    """
    normalized = settings.normalize_store_uri(uri)
    if settings.is_server_uri(normalized):
        return _find_server_obstacle(normalized)
    return _find_file_obstacle(Path(normalized.removeprefix("sqlite:///")))


def open_store(uri: str) -> "Store":
    """Open the store of a URI, see :func:`jupyter_mltrack.settings.normalize_store_uri`.

    Nothing is created yet, and no connection is made.

    Raises
    ------
    InvalidParameterValue
        The URI's scheme is none we know.
    """
    from jupyter_mltrack.store.sql.store import SqlStore

    return SqlStore(settings.normalize_store_uri(uri))


def _find_file_obstacle(path: Path) -> str:
    try:
        if path.is_dir() or (path.parent.exists() and not path.parent.is_dir()):
            return f"{path} is not a file in a directory"
        if path.exists() and _beginning(path) not in (b"", b"SQLite format 3\x00"):
            return f"{path} is not a database"
        existing = next(parent for parent in path.parents if parent.exists())
        for place in (existing, path):
            if place.exists() and not os.access(place, os.W_OK):
                return f"{place} cannot be written"
    except OSError as error:
        return f"{path} cannot be read: {error}"
    return ""


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _find_server_obstacle(uri: str) -> str:
    if importlib.util.find_spec("psycopg") is None:
        return (
            "its driver psycopg is not installed; install it: "
            "pip install 'jupyter_mltrack[postgresql]'"
        )
    parts = urlsplit(uri)
    if not parts.hostname:  # a socket in a directory, or several hosts: the driver knows
        return ""
    address = (parts.hostname, parts.port or 5432)
    failures = [f"{address[0]}:{address[1]} has not answered in {ANSWER_SECONDS} s"]
    # In a thread, since looking up a name knows no timeout.
    look = threading.Thread(target=_look_for, args=(address, failures), daemon=True)
    look.start()
    look.join(ANSWER_SECONDS)
    return failures[-1]


def _look_for(address: tuple[str, int], failures: list[str]) -> None:
    try:
        socket.create_connection(address, timeout=ANSWER_SECONDS).close()
    except OSError as error:
        failures.append(f"{address[0]}:{address[1]} cannot be reached: {error}")
    else:
        failures.append("")
