"""Executes a notebook in a fresh kernel: in order, in time, until it is done or cancelled.

The kernel is driven by a thread with an event loop of its own, so that it does not matter whether
the caller's thread has one, and an interrupt of the caller reaches the kernel at once.
"""

import asyncio
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.query.cells import title_of

if TYPE_CHECKING:
    from jupyter_mltrack.projects.client import CellsClient

FINISHED: Final = "finished"
FAILED: Final = "failed"
TIMEOUT: Final = "timeout"
CANCELLED: Final = "cancelled"

INTERRUPT_SECONDS: Final = 4.0
"""How long an interrupted cell may take to end before its kernel is killed."""
_LOOK_SECONDS: Final = 0.1
LOG_LENGTH: Final = 2000
"""Characters of what a kernel wrote that are told when it did not start."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far it is: cell number ``cell`` of ``cells`` is under way, or what ``message`` says."""

    cell: int
    cells: int
    message: str


class KernelDidNotStart(MltrackException):
    """The kernel could not be started; the message has what it said."""

    error_code = "TEMPORARILY_UNAVAILABLE"


Report = Callable[[Progress], None]


def report_nothing(_progress: Progress) -> None:
    """For callers who do not ask."""


class KernelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a notebook is executed: executable, directory, variables, and the kernel's id."""

    python: str
    directory: Path
    variables: Mapping[str, str]
    kernel_id: str
    notebook_path: str = ""
    prelude: str = ""
    """Code executed before the first cell, silently."""


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """How it went; ``error`` is the traceback of the cell titled ``error_cell``."""

    outcome: str
    cells: int
    executed: int
    seconds: float
    error: str = ""
    error_cell: str = ""


def execute_notebook(
    notebook: dict[str, Any],
    settings: KernelSettings,
    *,
    timeout: float | None = None,
    report: Report = report_nothing,
    cancel: threading.Event | None = None,
) -> Execution:
    """Execute the code cells of a notebook (nbformat 4) in order.

    A cell that raises stops it unless it is tagged ``raises-exception``. Once ``cancel`` is set,
    the caller is interrupted, or ``timeout`` (s) has passed, the running cell is interrupted and
    the kernel killed, so that runs it has open end as KILLED. ``report`` is called in the caller's
    thread.
    """
    driver = _Driver(notebook, settings, timeout, cancel or threading.Event())
    thread = threading.Thread(target=driver.drive, name="mltrack-rerun", daemon=True)
    thread.start()
    try:
        _pass_on(driver, report)
    except BaseException:
        driver.cancel.set()
        raise
    finally:
        thread.join()
    if driver.failure is not None:
        raise driver.failure
    assert driver.result is not None
    return driver.result


def _pass_on(driver: "_Driver", report: Report) -> None:
    while True:
        try:
            progress = driver.reports.get()
            if progress is None:
                return
            report(progress)
        except KeyboardInterrupt:
            driver.cancel.set()


class _Driver:
    """The thread that drives the kernel; ``reports`` ends with None."""

    def __init__(
        self,
        notebook: dict[str, Any],
        settings: KernelSettings,
        timeout: float | None,
        cancel: threading.Event,
    ) -> None:
        import nbformat

        from_dict: Any = nbformat.from_dict
        self.cancel = cancel
        self.reports: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        self.result: Execution | None = None
        self.failure: Exception | None = None
        self._notebook: Any = from_dict(notebook)
        self._settings = settings
        self._began = time.monotonic()
        self._deadline = self._began + timeout if timeout is not None else float("inf")
        self._cells = [
            (index, cell)
            for index, cell in enumerate(self._notebook.cells)
            if cell.cell_type == "code" and cell.source.strip()
        ]
        self._executed = 0

    def drive(self) -> None:
        """Execute it all; never raises."""
        try:
            with tempfile.TemporaryDirectory(prefix="mltrack-") as directory:
                self.result = asyncio.run(self._execute(Path(directory)))
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            self.failure = error
        finally:
            self.reports.put(None)

    async def _execute(self, directory: Path) -> Execution:
        from jupyter_mltrack.projects.client import CellsClient

        settings = self._settings
        client = CellsClient(
            self._notebook,
            settings.python,
            str(directory / f"kernel-{settings.kernel_id}.json"),
            settings.notebook_path,
        )
        with (directory / "kernel.log").open("wb") as log:
            # Of no terminal's or notebook's concern; what cells print comes as messages.
            quiet = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            try:
                return await self._execute_in(client, quiet)
            except (RuntimeError, OSError) as error:
                tail = (directory / "kernel.log").read_text("utf-8", "replace")[-LOG_LENGTH:]
                raise KernelDidNotStart(_did_not_start(settings.python, error, tail)) from error

    async def _execute_in(self, client: "CellsClient", streams: dict[str, Any]) -> Execution:
        settings = self._settings
        options = {"cwd": str(settings.directory), "env": dict(settings.variables), **streams}
        async with client.async_setup_kernel(**options):
            if settings.prelude:
                await client.execute_silently(settings.prelude)
            for number, (index, cell) in enumerate(self._cells, 1):
                self._tell(number, title_of(cell.source))
                stopped = await self._execute_cell(client, cell, index)
                if stopped is not None:
                    return stopped
                self._executed += 1
        return self._ended(FINISHED)

    async def _execute_cell(self, client: "CellsClient", cell: Any, index: int) -> Execution | None:
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        if reason := self._reason_to_stop():
            await client.kill()
            return self._ended(reason, cell=cell)
        task = asyncio.ensure_future(client.execute_whole_cell(cell, index))
        while not task.done():
            await asyncio.wait({task}, timeout=_LOOK_SECONDS)
            if not task.done() and (reason := self._reason_to_stop()):
                await _cut_off(client, task)
                return self._ended(reason, cell=cell)
        try:
            task.result()
        except CellExecutionError as error:
            return self._ended(FAILED, str(error), cell)
        except DeadKernelError:
            return self._ended(FAILED, "The kernel died in this cell.", cell)
        return None

    def _reason_to_stop(self) -> str:
        if self.cancel.is_set():
            return CANCELLED
        return TIMEOUT if time.monotonic() > self._deadline else ""

    def _tell(self, number: int, message: str) -> None:
        self.reports.put(Progress(cell=number, cells=len(self._cells), message=message))

    def _ended(self, outcome: str, error: str = "", cell: Any = None) -> Execution:
        return Execution(
            outcome=outcome,
            cells=len(self._cells),
            executed=self._executed,
            seconds=time.monotonic() - self._began,
            error=error,
            error_cell=title_of(cell.source) if cell is not None else "",
        )


def _did_not_start(python: str, error: Exception, log: str) -> str:
    return f"A kernel of {python} could not be used: {error}\n{log.strip()}".strip()


async def _cut_off(client: "CellsClient", task: "asyncio.Future[Any]") -> None:
    """Interrupt the running cell, so that its code can clean up, and end the kernel."""
    await client.interrupt()
    await asyncio.wait({task}, timeout=INTERRUPT_SECONDS)
    await client.kill()
    task.cancel()
    await asyncio.wait({task}, timeout=1)
    if not task.cancelled():
        task.exception()
