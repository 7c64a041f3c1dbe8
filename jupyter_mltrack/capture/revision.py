"""What the notebook was when a cell ran.

The kernel's own record of what ran is the authority; the front end's document or, without one, the
file on disk gives the rest: order, markdown, cells that never ran. ``origin`` of a revision's cells
is as of its first sight: a revision is stored once, while later executions of an unchanged notebook
turn its cells from ``never`` to ``earlier``; that follows from the executions that name it.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import msgspec

from jupyter_mltrack.capture.document import IGNORE_TAG, Document, DocumentCell
from jupyter_mltrack.capture.matching import CellMatcher
from jupyter_mltrack.capture.parameters import INJECTED_TAG, is_injected
from jupyter_mltrack.capture.private import list_private_ids, says_private
from jupyter_mltrack.entities import NOT_STORED, Revision, RevisionCell

LANGUAGE: Final = "python"
MAX_EXECUTED_CELLS: Final = 300
"""Where no document is known, a revision is what ran so far; it is not written from here on, for
the cell executions themselves say the same."""
REMEMBERED_CELLS: Final = 5000


class Execution(msgspec.Struct, frozen=True, kw_only=True):
    """What the kernel is about to run; ``cell_id`` is empty when the front end sent none."""

    source: str
    cell_id: str = ""
    execution_count: int | None = None
    time: int = 0
    private: bool = False


class _Ran(msgspec.Struct, frozen=True):
    source: str
    time: int
    private: bool


class RevisionBuilder:
    """Builds the revision of each execution of one kernel; remembers what ran."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._ran: OrderedDict[str, _Ran] = OrderedDict()
        self._matcher = CellMatcher()
        self._count = 0
        self._document: Document | None = None
        self._by_id: dict[str, DocumentCell] = {}
        self._private: set[str] = set()
        self._guests: dict[str, str] = {}
        self._last: Revision | None = None

    def identify(self, execution: Execution, document: Document | None) -> tuple[str, bool]:
        """The id of the cell that runs, and whether it is private."""
        cell_id = execution.cell_id or self._matcher.match(execution.source, document)
        if not cell_id:
            self._count += 1
            number = execution.execution_count
            cell_id = f"x-{self._count if number is None else number}"
        self._know(document)
        cell = self.find_cell(cell_id)
        is_tagged = cell is not None and IGNORE_TAG in cell.tags
        return cell_id, execution.private or is_tagged or says_private(execution.source)

    def find_cell(self, cell_id: str) -> DocumentCell | None:
        """A cell as the document of the last look has it."""
        return self._by_id.get(cell_id)

    def remember(self, cell_id: str, execution: Execution, document: Document | None) -> None:
        """Note that a cell ran, for the revisions to come."""
        self._ran[cell_id] = _Ran(execution.source, execution.time, execution.private)
        self._know(document)
        is_headless = document is not None and document.layer == "file" and not execution.cell_id
        if document is not None and is_headless and cell_id not in self._by_id:
            self._guests[self._cell_before(document)] = cell_id

    def build(
        self, cell_id: str, execution: Execution, document: Document | None
    ) -> Revision | None:
        """The revision it runs in; None when nothing is known but ever more executions.

        An unchanged notebook gives the revision made before, with the origins of that time.
        """
        before = self._ran.get(cell_id)
        self.remember(cell_id, execution, document)
        cell = self.find_cell(cell_id)
        # It runs as the document has it, and ran so before if it did: the digest cannot move.
        is_plain = (
            cell is not None and cell.source == execution.source and cell_id not in self._private
        ) and not execution.private
        if is_plain and self._last is not None and _is_repeated(before, execution):
            return self._last
        while len(self._ran) > REMEMBERED_CELLS:
            self._ran.popitem(last=False)
        if document is not None:
            cells = self._overlay(cell_id, document)
            layer, path = document.layer, document.path
        elif len(self._ran) <= MAX_EXECUTED_CELLS:
            cells = [self._executed_cell(ran_id, cell_id) for ran_id in self._ran]
            layer, path = "executed", ""
        else:
            return None
        revision = Revision(
            digest=digest_cells(cells),
            notebook_path=path,
            layer=layer,
            language=LANGUAGE,
            cells=cells,
        )
        self._last = revision if is_plain else None
        return revision

    def _know(self, document: Document | None) -> None:
        if document is not self._document:
            self._document, self._last = document, None
            self._by_id = {cell.cell_id: cell for cell in document.cells} if document else {}
            self._private = list_private_ids(document.cells) if document else set()

    def _overlay(self, cell_id: str, document: Document) -> list[RevisionCell]:
        """The document's cells with what ran, and beside them the cells it does not have.

        Of those the one that runs: from a console on the same kernel, or deleted since. In a file
        that is executed headless also those from before, such as papermill's injected parameters,
        the last one at each place.
        """
        cells = self._with_guest([], "", cell_id)
        for cell in document.cells:
            cells.append(self._document_cell(cell, cell_id, document))
            self._with_guest(cells, cell.cell_id, cell_id)
        if cell_id not in self._by_id and cell_id not in self._guests.values():
            place = min(self._matcher.next_position, len(document.cells))
            cells.insert(place, self._executed_cell(cell_id, cell_id))
        return cells

    def _with_guest(
        self, cells: list[RevisionCell], place: str, current: str
    ) -> list[RevisionCell]:
        guest = self._guests.get(place, "")
        if guest in self._ran:
            cells.append(self._executed_cell(guest, current))
        return cells

    def _cell_before(self, document: Document) -> str:
        """Id of the document's cell that was matched last; empty before the first."""
        position = min(self._matcher.next_position, len(document.cells))
        return document.cells[position - 1].cell_id if position else ""

    def _executed_cell(self, ran_id: str, current: str) -> RevisionCell:
        ran = self._ran[ran_id]
        return RevisionCell(
            cell_id=ran_id,
            cell_type="code",
            source=NOT_STORED if ran.private else self._redact(ran.source),
            origin="executed" if ran_id == current else "earlier",
            tags=self._tags_of(ran),
        )

    def _tags_of(self, ran: _Ran) -> tuple[str, ...]:
        """The tag of papermill's injected cell, which no client sends; papermill goes by it.

        Without a document the notebook's own cell may begin so: it must not be replaced.
        """
        is_papermills = self._document is not None and is_injected(ran.source)
        return (INJECTED_TAG,) if is_papermills and not ran.private else ()

    def _document_cell(self, cell: DocumentCell, current: str, document: Document) -> RevisionCell:
        source, origin = cell.source, "never"
        ran = self._ran.get(cell.cell_id)
        if cell.cell_type != "code":
            origin = "text"
        elif ran is not None:
            source, origin = _reconcile(cell, ran, current, document)
        return RevisionCell(
            cell_id=cell.cell_id,
            cell_type=cell.cell_type,
            source=NOT_STORED if self._is_hidden(cell, ran) else self._redact(source),
            origin=origin,
            tags=cell.tags,
        )

    def _is_hidden(self, cell: DocumentCell, ran: _Ran | None) -> bool:
        if ran is not None and ran.private:
            return True
        if cell.cell_id not in self._private:
            return False
        # One that stands below `%mltrack private on` may have run while that was not in effect.
        return ran is None or IGNORE_TAG in cell.tags or says_private(cell.source)


def _reconcile(cell: DocumentCell, ran: _Ran, current: str, document: Document) -> tuple[str, str]:
    """Source and origin of a cell that the document has one way and the kernel ran another way."""
    if cell.cell_id == current:
        return ran.source, "executed"
    if cell.source == ran.source:
        return ran.source, "earlier"
    if document.layer == "file" and document.saved_at < ran.time:
        # The file was not saved since: what ran is newer than what it says.
        return ran.source, "earlier"
    return cell.source, "edited"


def _is_repeated(before: _Ran | None, execution: Execution) -> bool:
    return before is None or (before.source == execution.source and not before.private)


def digest_cells(cells: list[RevisionCell]) -> str:
    """SHA-256 over ids, types and sources, in order; lengths keep neighbours apart."""
    parts: list[bytes] = []
    for cell in cells:
        for text in (cell.cell_id, cell.cell_type, cell.source):
            content = text.encode("utf-8", "surrogatepass")
            parts += (b"%d:" % len(content), content)
    return hashlib.sha256(b"".join(parts)).hexdigest()
