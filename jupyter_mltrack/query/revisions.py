"""A revision as it was at one execution: which cells had run by then, and which were edited since.

A revision is stored once, with the origins of its first sight; an unchanged notebook is the same
revision while its cells run one after the other. The session's executions tell the rest.
"""

from collections.abc import Iterable

import msgspec

from jupyter_mltrack.entities import CellExecution, Revision, RevisionCell, is_not_stored


def as_of(
    revision: Revision, executions: Iterable[CellExecution], execution: CellExecution
) -> Revision:
    """A revision with the origins of its cells as of ``execution``.

    ``executions`` are those of the session in the order they began; later ones do not count.
    """
    ran: dict[str, str] = {}
    for one in executions:
        ran[one.cell_id] = one.source
        if one.execution_id == execution.execution_id:
            break
    cells = [
        msgspec.structs.replace(cell, origin=_origin(cell, ran, execution))
        for cell in revision.cells
    ]
    return msgspec.structs.replace(revision, cells=cells)


def _origin(cell: RevisionCell, ran: dict[str, str], execution: CellExecution) -> str:
    if cell.cell_type != "code":
        return "text"
    if cell.cell_id == execution.cell_id:
        return "executed"
    if is_not_stored(cell.source):
        # Of a private cell no execution is recorded; what was seen first is all there is.
        return "earlier" if cell.origin == "executed" else cell.origin
    source = ran.get(cell.cell_id)
    if source is None:
        return "never"
    return "earlier" if source == cell.source else "edited"
