"""Where everything ends up: one contract, its SQL implementation, blobs by content.

Open :mod:`.contract` first; :func:`open_store` is the one way from a URI to a store.
"""

from typing import TYPE_CHECKING

from jupyter_mltrack import settings

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


def open_store(uri: str) -> "Store":
    """Open the store of a URI (a directory, or ``sqlite:///path``); nothing is created yet.

    Raises
    ------
    InvalidParameterValue
        The URI's scheme is none we know.
    """
    from jupyter_mltrack.store.sql.store import SqlStore

    return SqlStore(settings.normalize_store_uri(uri))
