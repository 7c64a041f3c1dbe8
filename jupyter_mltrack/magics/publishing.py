"""Where the kernel's messages to the front end can be seen, and whose cell they belong to.

In a kernel, all of them pass ``Session.send``: streams from the publishing thread, displays from
any thread or subshell, results, errors. The message's parent names the request, so that what comes
after its cell ended still finds it. The publishers' own hooks see less: they are kept per thread,
and none sees streams. What a forked child prints is sent by the child's own copy and not seen.
Without a kernel, IPython (9.1 and later) remembers what a cell showed.
"""

import os
import traceback
from collections.abc import Mapping
from typing import Any, Protocol

from jupyter_mltrack.capture.outputs import MESSAGE_TYPES
from jupyter_mltrack.tracking.problems import problems


class Receiver(Protocol):
    """Who is told of the messages."""

    def receive(self, message_id: str, message_type: str, content: Mapping[str, Any]) -> None:
        """Take a message whose parent request is ``message_id``."""


class KernelTap:
    """Sees every message the kernel sends; placed around ``send`` of the kernel's session object.

    The message is sent first, and nothing that happens here reaches the sender.
    """

    def __init__(self, kernel_session: Any, receiver: Receiver) -> None:
        self._session: Any = kernel_session
        self._receiver: Receiver | None = receiver
        self._pid = os.getpid()
        self._send = kernel_session.send
        send = self._send

        def send_and_tell(stream: Any, msg_or_type: Any, *args: Any, **kwargs: Any) -> Any:
            sent = send(stream, msg_or_type, *args, **kwargs)
            try:
                self._receive(msg_or_type, args, kwargs)
            except Exception as error:  # noqa: BLE001 - the sender is the user's print or display
                problems.record("capturing an output", error)
            return sent

        self._wrapper = send_and_tell
        kernel_session.send = send_and_tell

    def remove(self) -> None:
        """Put ``send`` back as it was; where somebody wrapped it after us, only fall silent."""
        self._receiver = None
        if vars(self._session).get("send") is self._wrapper:
            was_bound = getattr(self._send, "__self__", None) is self._session
            if was_bound:
                del self._session.send
            else:
                self._session.send = self._send

    def _receive(self, message: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        receiver = self._receiver
        if receiver is None:
            return
        if isinstance(message, Mapping):
            message_type = message.get("msg_type") or message["header"]["msg_type"]
            content, parent = message["content"], message.get("parent_header")
        else:
            message_type = message
            content = args[0] if args else kwargs.get("content")
            parent = args[1] if len(args) > 1 else kwargs.get("parent")
        if message_type not in MESSAGE_TYPES or not content or os.getpid() != self._pid:
            return
        receiver.receive(message_id_of(parent), message_type, content)


def message_id_of(parent: Any) -> str:
    """Id of a request, from its message or its header."""
    if not isinstance(parent, Mapping):
        return ""
    header = parent.get("header", parent)
    return str(header.get("msg_id", "")) if isinstance(header, Mapping) else ""


def find_kernel_session(shell: Any) -> Any:
    """The object through which this shell's kernel sends; None outside of ipykernel."""
    session = getattr(getattr(shell, "kernel", None), "session", None)
    return session if callable(getattr(session, "send", None)) else None


def current_request(shell: Any) -> Mapping[str, Any]:
    """The execute request being served in this thread; empty outside of a kernel."""
    get_parent = getattr(shell, "get_parent", None)
    parent = get_parent() if callable(get_parent) else None
    return parent if isinstance(parent, Mapping) else {}


class RememberedOutputs:
    """What IPython remembers a cell to have shown, from the cell's start on.

    Its memory is one for all the shells of a process, by execution count: what another shell, or
    this one before its count was reset, showed under the same count is there too.
    """

    def __init__(self, shell: Any, execution_count: int | None) -> None:
        outputs = getattr(getattr(shell, "history_manager", None), "outputs", None)
        self._outputs: Mapping[Any, Any] = outputs if isinstance(outputs, Mapping) else {}
        self._count = execution_count
        before = self._remembered()
        self._before = len(before)
        # Text is added to the last output where that is text.
        self._texts = len(before[-1].bundle.get("stream", ())) if before else 0

    def messages(self) -> list[tuple[str, dict[str, Any]]]:
        """As the messages of a kernel; empty for an older IPython."""
        found: list[tuple[str, dict[str, Any]]] = []
        for position, output in enumerate(self._remembered()):
            skipped = self._texts if position == self._before - 1 else 0
            if position < self._before - 1 or not (message := _as_message(output, skipped)):
                continue
            if position >= self._before or message[0] == "stream":
                found.append(message)
        return found

    def _remembered(self) -> Any:
        return self._outputs.get(self._count, ())


def _as_message(output: Any, skipped: int) -> tuple[str, dict[str, Any]] | None:
    bundle = output.bundle
    if output.output_type in ("out_stream", "err_stream"):
        name = "stdout" if output.output_type == "out_stream" else "stderr"
        text = "".join(bundle["stream"][skipped:])
        return ("stream", {"name": name, "text": text}) if text else None
    if output.output_type in ("display_data", "execute_result"):
        return output.output_type, {"data": dict(bundle)}
    return None


def error_message(error: BaseException) -> dict[str, Any]:
    """An exception as the ``error`` message a kernel would have sent."""
    lines = [line.rstrip("\n") for line in traceback.format_exception(error)]
    return {"ename": type(error).__name__, "evalue": text_of(error), "traceback": lines}


def text_of(error: BaseException) -> str:
    """The message of an exception, whose ``__str__`` may be the user's."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - see above
        return ""
