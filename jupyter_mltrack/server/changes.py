"""The stream of changes, as server-sent events."""

import asyncio
from typing import Final

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from jupyter_mltrack.query.overview import get_changes
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.watcher import Watcher

SETTING: Final = "mltrack_watcher"
"""Where the server's settings keep the watcher."""

KEEP_ALIVE: Final = 15.0
"""Seconds of silence after which a proxy might take the connection for dead."""

_MAX_CHANGE: Final = 2**63 - 1


class ChangesHandler(PanelHandler):
    """What changed in the store, pushed as it happens."""

    # An open panel is no sign that somebody is there; idle servers must still be culled.
    _track_activity = False
    _listener: asyncio.Event | None = None
    _closed = False

    @authenticated
    @authorized
    async def get(self) -> None:
        """Send a ChangeView for each change after ``since``, until the client goes."""
        since = self.read_int("since", 0, -1, _MAX_CHANGE)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        watcher: Watcher = self.settings[SETTING]
        with watcher.listening() as listener:
            self._listener = listener
            while not self._closed:
                listener.clear()
                since = await self._push(since)
                await self._wait(listener)

    def on_connection_close(self) -> None:
        """End the loop in :meth:`get`."""
        self._closed = True
        if self._listener is not None:
            self._listener.set()

    async def _push(self, since: int) -> int:
        change = await self.call(get_changes, since)
        if change.change < since:  # another store in its place: all of it is new
            change = await self.call(get_changes, -1)
        if change.change != since:
            await self._send(b"data: " + msgspec.json.encode(change) + b"\n\n")
        elif not self._headers_written:
            await self._send(b": listening\n\n")
        return change.change

    async def _wait(self, listener: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(listener.wait(), KEEP_ALIVE)
        except TimeoutError:
            await self._send(b": keep-alive\n\n")

    async def _send(self, chunk: bytes) -> None:
        try:
            self.write(chunk)
            await self.flush()
        except StreamClosedError:
            self._closed = True
