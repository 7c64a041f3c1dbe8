"""From IPython's events to cell executions in the journal.

A cell begins at ``pre_run_cell`` and ends at ``post_run_cell`` (not ``post_execute``: inline
figures are published by a callback of that event). Cells nest (``%%capture``,
``get_ipython().run_cell``) and, in subshells, overlap; so each thread has its stack, and only the
outermost cell is recorded. Every callback is guarded, for IPython prints what one raises into the
user's cell.
"""

import asyncio
import atexit
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_mltrack.capture.budget import OutputBudget
from jupyter_mltrack.capture.parameters import evaluated_parameters, literal_parameters
from jupyter_mltrack.capture.redaction import Redactor
from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.magics import publishing
from jupyter_mltrack.magics.document import NotebookView
from jupyter_mltrack.magics.recording import Background, CellRecorder
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.parameters import give_parameters
from jupyter_mltrack.tracking.problems import problems

RECENT_CELLS: Final = 64
"""Cells whose late outputs and display updates still find them."""
MAX_ERROR_LENGTH: Final = 500

BeforeCell = Callable[[Any], None]


class _Frame:
    """One run of ``run_cell`` on a thread's stack; ``recorder`` is None when it is not recorded."""

    def __init__(self, info: Any) -> None:
        self.info = info
        self.recorder: CellRecorder | None = None
        self.private_cell: cells.Cell | None = None
        self.parameters = False
        self.message_id = ""
        self.remembered: publishing.RememberedOutputs | None = None


class CellHooks:
    """Records the cells of one shell while installed.

    ``before_cell`` holds what else is to be called, with the shell, before each outermost cell.
    """

    def __init__(self, shell: Any, notebook: NotebookView, redactor: Redactor) -> None:
        self.shell = shell
        self.notebook = notebook
        self.before_cell: list[BeforeCell] = []
        self.cells_recorded = 0
        self.cells_private = 0
        self._redactor = redactor
        self.budget = OutputBudget()
        self._background = Background()
        self._stacks = threading.local()
        self._recent: dict[str, CellRecorder] = {}
        self._tap: publishing.KernelTap | None = None
        self._installed = False

    @property
    def output_source(self) -> str:
        """How outputs are seen: ``kernel messages``, ``IPython history`` or ``errors only``."""
        if self._tap is not None:
            return "kernel messages"
        outputs = getattr(getattr(self.shell, "history_manager", None), "outputs", None)
        return "IPython history" if isinstance(outputs, Mapping) else "errors only"

    def install(self) -> None:
        """Start recording; the cell that is running now is recorded from here on."""
        if self._installed:
            return
        self._installed = True
        self.shell.events.register("pre_run_cell", self._before)
        self.shell.events.register("post_run_cell", self._after)
        kernel_session = publishing.find_kernel_session(self.shell)
        if kernel_session is not None:
            self._tap = publishing.KernelTap(kernel_session, self)
        # Called before the session's own, which was registered earlier: it still takes what comes.
        atexit.register(self._background.finish)
        with problems.caught("recording the running cell"):
            self._adopt_running_cell()

    def remove(self) -> None:
        """Stop recording; the cell that is running now ends here."""
        if not self._installed:
            return
        self._installed = False
        for event, callback in (("pre_run_cell", self._before), ("post_run_cell", self._after)):
            with problems.caught("removing the cell hooks"):
                self.shell.events.unregister(event, callback)
        stack = self._stack()
        with problems.caught("ending the running cell"):
            if stack:
                self._end(stack[0], CellOutcome.OK)
        stack.clear()
        if self._tap is not None:
            self._tap.remove()
            self._tap = None
        atexit.unregister(self._background.finish)
        self._background.finish()

    def receive(self, message_id: str, message_type: str, content: Mapping[str, Any]) -> None:
        """Take a message the kernel sent to the front end."""
        recorder = self._recent.get(message_id)
        if recorder is None:
            return
        if message_type == "update_display_data":
            self._receive_update(content)
        else:
            recorder.receive(message_type, content)

    def _receive_update(self, content: Mapping[str, Any]) -> None:
        # The display may be another cell's: `handle.update()` is often called later.
        display_id = str((content.get("transient") or {}).get("display_id") or "")
        for recorder in reversed(list(self._recent.values())):
            recorder.receive_update(display_id, content.get("data") or {})

    def _before(self, info: Any) -> None:
        with problems.caught("recording the start of a cell"):
            stack = self._stack()
            frame = _Frame(info)
            stack.append(frame)
            if len(stack) > 1:
                return
            for call in self.before_cell:
                with problems.caught("preparing a cell"):
                    call(self.shell)
            count = self.shell.execution_count - 1 if info.store_history else None
            self._begin(frame, count)

    def _after(self, result: Any) -> None:
        with problems.caught("recording the end of a cell"):
            stack = self._stack()
            info = getattr(result, "info", None)
            source = getattr(info, "raw_cell", None)
            if source is not None and (not source or source.isspace()):
                return  # an empty cell has no pre event
            if not stack:
                return
            frame = stack.pop()
            if not stack:
                self._end(frame, *_outcome(result), error=_error_of(result))

    def _adopt_running_cell(self) -> None:
        # The cell that runs `%load_ext` or `%mltrack start` had its pre event before we listened.
        result = getattr(self.shell.displayhook, "exec_result", None)
        info = getattr(result, "info", None)
        if info is None or getattr(info, "silent", False) or self._stack():
            return
        frame = _Frame(info)
        self._stack().append(frame)
        count = self.shell.execution_count - 1 if info.store_history else None
        self._begin(frame, count)

    def _begin(self, frame: _Frame, execution_count: int | None) -> None:
        info = frame.info
        if not info.store_history:
            return  # run by code, not by a person: completions, variable viewers
        session = sessions.get_session()
        self._redactor.refresh()
        seen = self.notebook.look(session, info, execution_count)
        if seen.private:
            self.cells_private += 1
            frame.private_cell = cells.begin_private_cell(session)
            return
        cell = cells.begin_cell(
            session,
            cell_id=seen.cell_id,
            source=self._redactor.redact_source(info.raw_cell),
            execution_count=execution_count,
            revision=seen.revision,
            notebook_path=seen.notebook_path,
        )
        cell.is_autologged = seen.autologged
        if seen.sets_parameters:
            frame.parameters = True
            with problems.caught("reading the notebook's parameters"):
                give_parameters(session, literal_parameters(info.raw_cell))
        if self._tap is None:
            frame.remembered = publishing.RememberedOutputs(self.shell, execution_count)
        frame.recorder = CellRecorder(
            cell, self._redactor.redact_output, self._background, self.budget
        )
        frame.message_id = publishing.message_id_of(publishing.current_request(self.shell))
        self._remember(frame.message_id or cell.execution_id, frame.recorder)
        self.cells_recorded += 1

    def _end(
        self, frame: _Frame, outcome: str, text: str = "", error: BaseException | None = None
    ) -> None:
        private, frame.private_cell = frame.private_cell, None
        if private is not None:
            cells.end_cell(private, outcome)
        recorder, frame.recorder = frame.recorder, None
        if recorder is None:
            return
        if frame.remembered is not None:
            for kind, content in frame.remembered.messages():
                recorder.receive(kind, content)
            if error is not None:
                recorder.receive("error", publishing.error_message(error))
        recorder.finish()
        if frame.parameters:
            with problems.caught("reading the notebook's parameters"):
                found = evaluated_parameters(frame.info.raw_cell, self.shell.user_ns)
                give_parameters(recorder.cell.session, found)
        cells.end_cell(recorder.cell, outcome, self._redactor.redact_output(text))

    def _remember(self, key: str, recorder: CellRecorder) -> None:
        for earlier in self._recent.values():
            if earlier.cell.ended:
                earlier.seal()
        self._recent[key] = recorder
        while len(self._recent) > RECENT_CELLS:
            del self._recent[next(iter(self._recent))]

    def _stack(self) -> list[_Frame]:
        # A forked child has our stack too, but none of our business.
        pid = os.getpid()
        if getattr(self._stacks, "pid", None) != pid:
            self._stacks.pid = pid
            self._stacks.frames = []
        frames: list[_Frame] = self._stacks.frames
        return frames


def _error_of(result: Any) -> BaseException | None:
    error = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
    return error if isinstance(error, BaseException) else None


def _outcome(result: Any) -> tuple[str, str]:
    if result is None:
        return CellOutcome.INTERRUPTED, ""  # the coroutine of an async cell was thrown away
    error = _error_of(result)
    if error is None:
        return CellOutcome.OK, ""
    text = f"{type(error).__name__}: {publishing.text_of(error)}"[:MAX_ERROR_LENGTH]
    # An interrupt reaches an async cell as a cancellation.
    if isinstance(error, KeyboardInterrupt | asyncio.CancelledError):
        return CellOutcome.INTERRUPTED, text
    return CellOutcome.ERROR, text
