"""A real kernel driven as a front end drives it, and the journal it leaves."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from jupyter_client import KernelManager

from jupyter_mltrack.entities import Revision
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.changes import apply_splices
from jupyter_mltrack.journal import JournalReader, list_journals

START = (
    "from jupyter_mltrack.magics.start import start_tracking; "
    "start_tracking(get_ipython(), autolog=False)"
)
STOP = "from jupyter_mltrack.magics.start import stop_tracking; stop_tracking(get_ipython())"
# The journal is what these tests read; a drained one would be deleted under them.
KEEP_JOURNAL = "from jupyter_mltrack.tracking.drainer import Drainer; Drainer._run = lambda s: None"


class Reply:
    def __init__(self, content: dict[str, Any], messages: list[dict[str, Any]]) -> None:
        self.content = content
        self.messages = messages

    def shown(self) -> list[tuple[str, Any]]:
        kinds = ("stream", "display_data", "execute_result", "error", "update_display_data")
        return [(m["msg_type"], m["content"]) for m in self.messages if m["msg_type"] in kinds]

    def text(self) -> str:
        """What was printed, however many messages brought it."""
        return "".join(content["text"] for kind, content in self.shown() if kind == "stream")


class Kernel:
    def __init__(self, client: Any, manager: Any) -> None:
        self.client = client
        self.manager = manager

    def run(self, code: str, *, wait: bool = True, subshell: str | None = None, **meta: Any) -> Any:
        content = {
            "code": code,
            "silent": meta.pop("silent", False),
            "store_history": meta.pop("store_history", True),
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content, metadata=meta)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        message_id = message["header"]["msg_id"]
        return self.finish(message_id) if wait else message_id

    def finish(self, message_id: str, timeout: float = 60) -> Reply:
        messages = []
        while True:
            message = self.client.get_iopub_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") != message_id:
                continue
            messages.append(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                break
        while True:
            reply = self.client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == message_id:
                return Reply(reply["content"], messages)


@contextmanager
def open_kernel(
    store: Path, cwd: Path | None = None, *, drains: bool = False, **environment: str
) -> Iterator[Kernel]:
    """A kernel whose journal is kept to be read, or (``drains``) one as users have it."""
    # Not the session name of a server these tests may be run under.
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "MLTRACK_", "VSC"))
    }
    variables = {**inherited, "MLTRACK_STORE": str(store), **environment}
    manager = KernelManager()
    manager.start_kernel(env=variables, cwd=str(cwd or store))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        kernel = Kernel(client, manager)
        if not drains:
            kernel.run(KEEP_JOURNAL, silent=True)
        yield kernel
    finally:
        client.stop_channels()
        manager.shutdown_kernel()


_decode = msgspec.msgpack.Decoder(ev.AnyEvent).decode


class CellRecord:
    """One cell execution as the journal has it."""

    def __init__(self, started: ev.CellStarted) -> None:
        self.started = started
        self.source = started.source
        self.cell_id = started.cell_id
        self.outcome = "running"
        self.error = ""
        self.outputs: dict[int, Any] = {}
        self.writes = 0

    def listed(self) -> list[Any]:
        return [self.outputs[position] for position in sorted(self.outputs)]

    def text(self, name: str = "stdout") -> str:
        return "".join(
            output.data["text/plain"]
            for output in self.listed()
            if output.output_type == "stream" and output.name == name
        )

    def mimes(self) -> list[str]:
        return [mime for output in self.listed() for mime in output.data]


def read_events(store: Path) -> list[Any]:
    events = []
    for directory in list_journals(store / "journal"):
        reader = JournalReader(directory)
        while records := reader.read():
            events += [_decode(record.payload) for record in records]
    return events


def read_cells(store: Path) -> list[CellRecord]:
    cells: dict[str, CellRecord] = {}
    for event in read_events(store):
        match event:
            case ev.CellStarted():
                cells[event.execution_id] = CellRecord(event)
            case ev.CellOutput():
                cells[event.execution_id].outputs[event.position] = event.output
                cells[event.execution_id].writes += 1
            case ev.CellOutputsCleared():
                cells[event.execution_id].outputs.clear()
            case ev.CellEnded():
                cells[event.execution_id].outcome = event.outcome
                cells[event.execution_id].error = event.error
    return list(cells.values())


def read_revisions(store: Path) -> dict[str, Any]:
    revisions: dict[str, Revision] = {}
    for event in read_events(store):
        match event:
            case ev.RevisionSeen():
                revisions[event.revision.digest] = event.revision
            case ev.RevisionChanged():
                cells = apply_splices(revisions[event.base].cells, event.splices)
                revisions[event.digest] = Revision(
                    digest=event.digest,
                    notebook_path=event.notebook_path,
                    layer=event.layer,
                    language=event.language,
                    cells=cells,
                )
    return revisions


def find_cell(store: Path, text: str) -> CellRecord:
    found = [cell for cell in read_cells(store) if text in cell.source]
    assert found, f"no cell with {text!r}"
    return found[-1]


def wait_until(condition: Any, timeout: float = 10) -> Any:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")
