"""A notebook's cells in a kernel of their own, through nbclient; loaded when one is executed."""

import sys
from typing import Any, cast

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from traitlets import Type

METADATA_KEY = "jupyter_mltrack"


class OnePython(KernelSpecManager):
    """Knows one kernel, that of a Python executable, whatever kernels are installed."""

    python = sys.executable

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernel of this executable, by any name."""
        del kernel_name
        argv = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, language="python", display_name="Python 3")


class ShellChannel(AsyncZMQSocketChannel):
    """Sees the reply that arrives while something is sent.

    jupyter_client sends behind the back of the asyncio socket, which takes from it the one signal
    of a message that has just arrived (jupyter_client#1059): who waits for it waits for ever, while
    the kernel is idle. nbclient does send while it waits, namely what an output widget caught.
    """

    def send(self, msg: dict[str, Any]) -> None:
        """Send a message, and have what arrived meanwhile delivered."""
        super().send(msg)
        if self.socket is not None:
            self.socket.get(zmq.EVENTS)  # makes the socket look at what is there


class CellClient(AsyncKernelClient):
    """Sends metadata along with each execution, as JupyterLab does."""

    shell_channel_class = Type(ShellChannel)
    metadata: dict[str, Any] = {}

    def execute(
        self,
        code: str,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: dict[str, Any] | None = None,
        allow_stdin: bool | None = None,
        stop_on_error: bool = True,
    ) -> str:
        """Execute code in the kernel; returns the id of the request."""
        del allow_stdin
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": user_expressions or {},
            # Nobody is there to answer.
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        message = self.session.msg("execute_request", content, metadata=self.metadata)
        self.shell_channel.send(message)
        request: str = message["header"]["msg_id"]
        return request


class CellsClient(NotebookClient):
    """nbclient's client over a kernel of the given executable and connection file."""

    def __init__(self, notebook: Any, python: str, connection_file: str, path: str) -> None:
        # A cell that other programs are told to skip did run, or it would not be here.
        super().__init__(notebook, timeout=None, record_timing=False, skip_cells_with_tag="")
        self._python = python
        self._connection_file = connection_file
        self._document = _document(notebook, path)

    def create_kernel_manager(self) -> Any:
        """A manager of the one kernel there is."""
        specs = OnePython()
        specs.python = self._python
        self.km = AsyncKernelManager(
            connection_file=self._connection_file,
            kernel_spec_manager=specs,
            client_factory=CellClient,
        )
        return self.km

    async def execute_whole_cell(self, cell: Any, cell_index: int) -> None:
        """Execute a cell as a front end does that has this notebook open.

        Raises
        ------
        CellExecutionError
            It raised, and is not expected to.
        DeadKernelError
            The kernel is gone.
        """
        client = self._client()
        client.metadata = {"cellId": cell.id, METADATA_KEY: self._document}
        if tags := cell.metadata.get("tags"):
            client.metadata["tags"] = list(tags)
        await self.async_execute_cell(cell, cell_index)

    async def execute_silently(self, code: str) -> None:
        """Execute code that counts as no cell."""
        client = self._client()
        client.metadata = {METADATA_KEY: self._document}
        await self.async_wait_for_reply(client.execute(code, silent=True, store_history=False))

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running cell."""
        await cast(AsyncKernelManager, self.km).interrupt_kernel()

    async def kill(self) -> None:
        """End the kernel at once.

        It is not asked to leave: an orderly end would call the runs it has open finished.
        """
        await cast(AsyncKernelManager, self.km).shutdown_kernel(now=True)

    def _client(self) -> CellClient:
        return cast(CellClient, self.kc)


def _document(notebook: Any, path: str) -> dict[str, Any]:
    """The notebook as a front end sends it: what its cells are is what is executed here."""
    cells = [
        {
            "id": cell.id,
            "type": cell.cell_type,
            "source": cell.source,
            "tags": list(cell.metadata.get("tags", [])),
        }
        for cell in notebook.cells
    ]
    return {"path": path, "front_end": "nbclient", "cells": cells}
