"""Chosen cells as nbformat has them."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.entities import CellExecution, CellOutcome
from jupyter_mltrack.query.cells import to_nbformat_output
from jupyter_mltrack.query.export.selection import EDITED, TEXT, Chosen
from jupyter_mltrack.store.contract import ReadStore

RAISES: Final = "raises-exception"
FACTS: Final = "jupyter_mltrack"
EXECUTION: Final = "execution"
"""Among a cell's facts the id of the execution it stands for, in exports in the order they ran."""
EDITED_NOTE: Final = (
    "The cell was edited after it last ran; what it showed came from another source, and is left "
    "out."
)
_ID: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def to_notebook_cells(
    store: ReadStore, cells: Sequence[Chosen], *, kind: str, outputs: bool
) -> list[dict[str, Any]]:
    """Cells of nbformat 4.5 with ids of their own; one that ran twice may stand there twice."""
    made = []
    seen: set[str] = set()
    for place, chosen in enumerate(cells):
        cell = _to_cell(store, chosen, kind=kind, outputs=outputs)
        cell["id"] = _free_id(chosen, place, seen)
        seen.add(cell["id"])
        made.append(cell)
    return made


def _to_cell(store: ReadStore, chosen: Chosen, *, kind: str, outputs: bool) -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(chosen.tags)} if chosen.tags else {}
    if chosen.cell_type != "code":
        kept = chosen.cell_type if chosen.cell_type == "raw" else "markdown"
        return {"cell_type": kept, "id": "", "metadata": metadata, "source": chosen.source}
    execution = chosen.execution
    facts = _facts(chosen, kind)
    if facts:
        metadata[FACTS] = facts
    if execution and execution.outcome in (CellOutcome.ERROR, CellOutcome.UNSEEN):
        # Front ends and nbclient go on after a cell that is expected to raise; of one that ran
        # before tracking began it is not known whether it does.
        metadata["tags"] = [*(tag for tag in chosen.tags if tag != RAISES), RAISES]
    shown = execution is not None and outputs
    return {
        "cell_type": "code",
        "id": "",
        "metadata": metadata,
        "source": chosen.source,
        "execution_count": execution.execution_count if execution and shown else None,
        "outputs": _outputs(store, execution) if execution and shown else [],
    }


def _facts(chosen: Chosen, kind: str) -> dict[str, Any]:
    if kind == "order":
        # One cell may stand there twice: this tells which of its executions is meant.
        return {EXECUTION: chosen.execution.execution_id} if chosen.execution else {}
    if chosen.origin == TEXT:
        return {}
    facts: dict[str, Any] = {"origin": chosen.origin}
    if chosen.origin == EDITED:
        facts["note"] = EDITED_NOTE
    return facts


def _outputs(store: ReadStore, execution: CellExecution) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for stored in store.list_outputs(execution.execution_id):
        output = to_nbformat_output(store, stored, execution.execution_count)
        if output["output_type"] == "stream":
            before = shown[-1] if shown else {}
            if before.get("output_type") == "stream" and before["name"] == output["name"]:
                # Long text is stored in pieces.
                before["text"] += output["text"]
                continue
        if "data" in output:
            _drop_lost(output["data"])
        shown.append(output)
    return shown


def _drop_lost(data: dict[str, Any]) -> None:
    """Leave out pictures whose content the store no longer has: front ends show them as broken."""
    for media_type in [kind for kind, text in data.items() if kind.startswith("image/")]:
        if data[media_type] == "":
            del data[media_type]
            data.setdefault("text/plain", "(a picture that is no longer kept)")


def _free_id(chosen: Chosen, place: int, seen: set[str]) -> str:
    """The cell's id if nbformat takes it and it is free, else one that the next export has too."""
    wanted = chosen.cell_id
    if not _ID.fullmatch(wanted):
        text = f"{place}:{chosen.cell_id}:{chosen.source}".encode("utf-8", "surrogatepass")
        wanted = hashlib.sha256(text).hexdigest()[:12]
    free, number = wanted, 1
    while free in seen:
        number += 1
        free = f"{wanted[:56]}-{number}"
    return free
