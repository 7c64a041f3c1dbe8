"""The Jupyter server extension: the panel's API over the store, and nothing that computes.

Open :mod:`.routes` first (the one table of paths), then :mod:`.base` (how a handler reads, answers
and fails). A handler decodes, calls one function of the query room or the store in a thread of
:mod:`.backend`, and encodes. :func:`load` is what the server calls.
"""

from typing import Any


def load(server_app: Any) -> None:
    """Add the API to a Jupyter server; called by ``_load_jupyter_server_extension``."""
    from jupyter_mltrack.server.extension import load_extension

    load_extension(server_app)


__all__ = ["load"]
