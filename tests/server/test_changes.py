import asyncio
import json
import shutil

import pytest

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.server import changes
from tests.server.server_world import RUN, notebook_events


class Stream:
    """A client of the stream of changes, by HTTP 1.0, whose bodies have no frames."""

    def __init__(self, port, head):
        self._port = port
        self._head = head
        self._writer = None
        self.headers = {}

    async def line(self, timeout=3.0):
        """The next event or comment."""
        async with asyncio.timeout(timeout):
            if self._writer is None:
                await self._open()
            return (await self._reader.readuntil(b"\n\n")).decode().strip()

    async def next(self):
        line = await self.line()
        assert line.startswith("data: "), line
        return json.loads(line.removeprefix("data: "))

    def close(self):
        if self._writer is not None:
            self._writer.close()

    async def _open(self):
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writer.write(self._head.encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().strip().splitlines()
        assert head[0].endswith("200 OK")
        self.headers = {
            name.lower(): value for name, value in (one.split(": ", 1) for one in head[1:])
        }


@pytest.fixture
def listen(http_server_client, http_server_port, jp_base_url, jp_auth_header):
    streams = []

    def listen(since):
        path = f"{jp_base_url}mltrack/api/changes?since={since}"
        headers = {"Host": "127.0.0.1", "Connection": "close", **jp_auth_header}
        lines = [f"GET {path} HTTP/1.0", *(f"{name}: {value}" for name, value in headers.items())]
        streams.append(Stream(http_server_port[-1], "\r\n".join([*lines, "", ""])))
        return streams[-1]

    yield listen
    for stream in streams:
        stream.close()


@pytest.fixture
def watcher(jp_serverapp):
    return jp_serverapp.web_app.settings[changes.SETTING]


async def until(condition, timeout=3.0):
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_was_missed_comes_at_once(filled, listen):
    change = await listen(0).next()
    assert change["change"] == filled.store.get_change()
    assert RUN in change["run_ids"]
    assert change["experiments"]
    assert change["sessions"]


async def test_every_listener_hears_of_each_change(filled, listen):
    since = filled.store.get_change()
    streams = [listen(since) for _ in range(3)]
    assert [await stream.line() for stream in streams] == [": listening"] * 3
    for step in range(3):
        filled.write(ev.MetricLogged(RUN, "acc", 0.5, 3000, step))
        heard = [await stream.next() for stream in streams]
        assert [change["run_ids"] for change in heard] == [[RUN]] * 3
        assert {change["change"] for change in heard} == {since + step + 1}
        assert not heard[0]["experiments"]


async def test_a_store_that_appears_is_noticed(writer, store_directory, listen):
    writer.store.close()
    # The server looks for orphans as it starts and may be opening the store this very moment.
    await until(lambda: shutil.rmtree(store_directory, True) or not store_directory.exists())
    stream = listen(0)
    assert await stream.line() == ": listening"
    writer.store.prepare()
    writer.write(*notebook_events())
    assert RUN in (await stream.next())["run_ids"]


async def test_a_store_that_was_replaced_is_told_whole(filled, listen):
    change = await listen(10_000).next()
    assert RUN in change["run_ids"]
    assert change["change"] < 10_000


async def test_nobody_watches_when_nobody_listens(filled, listen, watcher):
    assert not watcher.is_watching
    first, second = listen(0), listen(0)
    await first.next()
    await second.next()
    assert watcher.is_watching
    first.close()
    await asyncio.sleep(0.1)
    assert watcher.is_watching
    second.close()
    await until(lambda: not watcher.is_watching)


async def test_silence_is_filled(filled, listen, monkeypatch):
    monkeypatch.setattr(changes, "KEEP_ALIVE", 0.2)
    stream = listen(filled.store.get_change())
    assert [await stream.line() for _ in range(3)] == [
        ": listening",
        ": keep-alive",
        ": keep-alive",
    ]


async def test_it_is_an_event_stream_that_no_proxy_holds_back(filled, listen):
    stream = listen(0)
    await stream.line()
    assert stream.headers["content-type"] == "text/event-stream"
    assert stream.headers["cache-control"] == "no-cache"
    assert stream.headers["x-accel-buffering"] == "no"
    assert "content-length" not in stream.headers


async def test_an_open_stream_is_no_activity(filled, listen, jp_serverapp):
    jp_serverapp.web_app.settings.pop("api_last_activity", None)
    stream = listen(0)
    await stream.next()
    stream.close()
    await asyncio.sleep(0.1)
    assert "api_last_activity" not in jp_serverapp.web_app.settings
