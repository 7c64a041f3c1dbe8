"""Notices that the store changed, for all who listen, at the price of two stat calls."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.server.backend import Backend

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

PERIOD: Final = 0.25
"""Seconds between two looks."""

_LOOKS_BEFORE_READING: Final = 8

_log = logging.getLogger(__name__)

Signature = tuple[tuple[int, int, int], ...]


class Watcher:
    """Wakes its listeners when the store's change number moved; at rest while there are none."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._listeners: set[asyncio.Event] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def is_watching(self) -> bool:
        """Whether it looks at the store at all."""
        return self._task is not None and not self._task.done()

    @contextlib.contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """Give an event that is set after each change; the listener clears it."""
        listener = asyncio.Event()
        self._listeners.add(listener)
        if not self.is_watching:
            self._task = asyncio.get_running_loop().create_task(self._watch())
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _watch(self) -> None:
        known: tuple[Signature, int] | None = None
        looks = 0
        while True:
            looks += 1
            # Two commits within one tick of the file system's clock look like one from outside.
            again = looks % _LOOKS_BEFORE_READING == 0
            try:
                seen = await self._backend.call(_look, None if again else known)
            except MltrackException as error:
                _log.debug("cannot look at the store now: %s", error.message)
            else:
                # The first look counts as news: what it found may be younger than what a
                # listener read just before.
                if known is None or seen[1] != known[1]:
                    self._wake()
                known = seen
            await asyncio.sleep(PERIOD)

    def _wake(self) -> None:
        for listener in self._listeners:
            listener.set()


def _look(store: "Store", known: tuple[Signature, int] | None) -> tuple[Signature, int]:
    """Return the files' signature and the change number, read only when the files moved."""
    signature = _signature(store.uri)
    if known is not None and signature and signature == known[0]:
        return known
    return signature, store.get_change()


def _signature(uri: str) -> Signature:
    """Return what tells that a file was written or replaced; empty for a database server."""
    if not uri.startswith("sqlite:///"):
        return ()
    path = Path(uri.removeprefix("sqlite:///"))
    return tuple(_stat(file) for file in (path, path.with_name(f"{path.name}-wal")))


def _stat(file: Path) -> tuple[int, int, int]:
    try:
        status = os.stat(file)  # noqa: PTH116 - half the time of Path.stat, four times a second
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)
