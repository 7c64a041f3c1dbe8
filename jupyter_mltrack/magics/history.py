"""What ran in this kernel before tracking began, or before another store was chosen."""

import uuid
from collections.abc import Callable
from typing import Any

from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.tracking.session import TrackingSession


def record_history(
    shell: Any,
    session: TrackingSession,
    identify: Callable[[str, int], str],
    redact: Callable[[str], str],
    notebook_path: str,
) -> None:
    """Record the sources IPython remembers, without outputs: later cells may need what they did.

    ``identify`` finds the cell id of a source that ran with an execution count.
    """
    remembered = list(shell.history_manager.input_hist_raw)
    running = getattr(getattr(shell.displayhook, "exec_result", None), "info", None)
    if running is not None and running.store_history and not running.silent:
        # IPython remembers a cell as it begins; the running one is recorded by the hooks.
        remembered.pop()
    time = session.facts.start_time - len(remembered)
    for count, source in enumerate(remembered):
        if count == 0 or not source.strip():
            continue
        execution_id = uuid.uuid4().hex
        session.write(
            ev.CellStarted(
                execution_id,
                session.session_id,
                identify(source, count),
                redact(source),
                count,
                time + count,
                "",
                notebook_path,
            )
        )
        session.write(ev.CellEnded(execution_id, time + count, CellOutcome.UNSEEN))
