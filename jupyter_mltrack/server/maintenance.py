"""What a server does unasked: take in the journals of kernels that died."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from tornado.ioloop import PeriodicCallback

from jupyter_mltrack import settings
from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.server.backend import Backend

if TYPE_CHECKING:
    import logging

    from jupyter_mltrack.store.contract import Store

PERIOD: Final = 10.0
"""Seconds between two looks for orphans."""


class Maintenance:
    """Looks for orphans at once and then every :data:`PERIOD` seconds, in the backend's threads."""

    def __init__(self, backend: Backend, log: "logging.Logger") -> None:
        self._backend = backend
        self._log = log
        self._prepared = False
        self._timer = PeriodicCallback(self.run, PERIOD * 1000)

    async def start(self) -> None:
        """Begin, on the running event loop."""
        self._timer.start()
        await self.run()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    async def run(self) -> None:
        """Look once."""
        try:
            self._prepared = await self._backend.call(recover, prepared=self._prepared)
        except MltrackException as error:
            self._prepared = False
            self._log.warning("mltrack: cannot take in journals now: %s", error.message)


def recover(store: "Store", *, prepared: bool = False) -> bool:
    """Drain orphaned journals and tell whether the store is known to be ready.

    A store that nobody ever wrote to is not created: most servers run no tracking at all.
    """
    from jupyter_mltrack.tracking.drainer import drain_orphans

    if not _is_in_use(store.uri):
        return False
    if not prepared:
        store.prepare()
    drain_orphans(store, store.uri)
    return True


def _is_in_use(uri: str) -> bool:
    journals = settings.journal_directory(uri)
    if journals.is_dir() and any(journals.iterdir()):
        return True
    return not uri.startswith("sqlite:///") or Path(uri.removeprefix("sqlite:///")).exists()
