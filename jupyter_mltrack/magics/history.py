"""What ran in this kernel before tracking began, or before another store was chosen."""

import uuid
from collections.abc import Callable
from typing import Any

from jupyter_mltrack.capture.private import find_switch
from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.magics.document import Recalled
from jupyter_mltrack.tracking.session import TrackingSession


def record_history(
    shell: Any,
    session: TrackingSession,
    recall: Callable[[str, int], Recalled],
    redact: Callable[[str], str],
    notebook_path: str,
) -> list[str]:
    """Record the sources IPython remembers, without outputs: later cells may need what they did.

    ``recall`` identifies a source that ran with an execution count; a private one is passed over.
    Returns the sources that set parameters.
    """
    remembered = list(shell.history_manager.input_hist_raw)
    running = getattr(getattr(shell.displayhook, "exec_result", None), "info", None)
    if running is not None and running.store_history and not running.silent:
        # IPython remembers a cell as it begins; the running one is recorded by the hooks.
        remembered.pop()
    time = session.facts.start_time - len(remembered)
    parameters: list[str] = []
    is_private = False
    for count, source in enumerate(remembered):
        if count == 0 or not source.strip():
            continue
        seen = recall(source, count)
        was_private, switch = is_private, find_switch(source)
        is_private = is_private if switch is None else switch
        if seen.private or was_private:
            continue
        if seen.sets_parameters:
            parameters.append(source)
        _record(session, seen.cell_id, redact(source), count, time + count, notebook_path)
    return parameters


def _record(
    session: TrackingSession, cell_id: str, source: str, count: int, time: int, path: str
) -> None:
    execution_id = uuid.uuid4().hex
    started = ev.CellStarted(
        execution_id, session.session_id, cell_id, source, count, time, "", path
    )
    session.write(started)
    session.write(ev.CellEnded(execution_id, time, CellOutcome.UNSEEN))
