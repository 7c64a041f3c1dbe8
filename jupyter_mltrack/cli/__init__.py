"""The ``mltrack`` command: the nouns of the magics, for a terminal. Open :mod:`.commands`."""

from jupyter_mltrack.cli.main import main

__all__ = ["main"]
