"""The client that executes notebooks hears of every reply."""

import asyncio
import time
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.session import Session

from jupyter_mltrack.projects.client import CellClient, ShellChannel


def is_readable(socket: Any) -> bool:
    poller = zmq.Poller()
    poller.register(socket.FD, zmq.POLLIN)
    return bool(poller.poll(10_000))


def test_executions_use_the_channel() -> None:
    assert CellClient.shell_channel_class.klass is ShellChannel


def test_a_reply_that_arrives_while_something_is_sent_is_received() -> None:
    session = Session(key=b"k")

    async def wait_and_send() -> dict[str, Any]:
        context = zmq.asyncio.Context()
        kernel = zmq.Socket(context, zmq.DEALER)
        socket = context.socket(zmq.DEALER)
        kernel.bind("inproc://kernel")
        socket.connect("inproc://kernel")
        channel = ShellChannel(socket, session)
        try:
            reply = asyncio.ensure_future(channel.get_msg())
            await asyncio.sleep(0.1)  # it waits
            session.send(kernel, "execute_reply")
            assert is_readable(socket)
            time.sleep(0.05)  # libzmq looks at most once a millisecond
            channel.send(session.msg("comm_msg"))
            return await asyncio.wait_for(reply, 10)
        finally:
            kernel.close(linger=0)
            context.destroy(linger=0)

    reply = asyncio.run(wait_and_send())
    assert reply["header"]["msg_type"] == "execute_reply"
