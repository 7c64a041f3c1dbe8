"""The notebook as seen at each cell: which cell it is, which revision, under which path."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from jupyter_mltrack.capture.document import IGNORE_TAG, Document, DocumentFiles, LiveDocuments
from jupyter_mltrack.capture.parameters import has_parameters
from jupyter_mltrack.capture.redaction import Redactor
from jupyter_mltrack.capture.revision import Execution, RevisionBuilder
from jupyter_mltrack.capture.unlogged import is_unlogged
from jupyter_mltrack.entities import Revision
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.changes import diff_items
from jupyter_mltrack.magics.finder import NotebookFinder
from jupyter_mltrack.magics.identity import NotebookIdentity
from jupyter_mltrack.magics.notebook import (
    METADATA_KEY,
    NotebookFact,
    find_front_end,
    is_sent,
    locate_file,
)
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.session import TrackingSession

_VAGUE: Final = ("nbclient", "kernel")
FactsUpdate = Callable[..., None]


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cell when it begins."""

    cell_id: str
    revision: str
    notebook_path: str
    private: bool
    sets_parameters: bool = False
    autologged: bool = True


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a cell that ran before it could be seen."""

    cell_id: str
    private: bool
    sets_parameters: bool


class NotebookView:
    """Follows the notebook of one shell from cell to cell.

    ``layer`` says what filled in the cells that did not run, at the last look: ``live``, ``file``
    or ``executed``. While ``private`` is on, what runs is not stored.
    """

    def __init__(self, shell: Any, redactor: Redactor, update_facts: FactsUpdate) -> None:
        self.shell = shell
        self._update_facts = update_facts
        self.fact = NotebookFact()
        self.finder = NotebookFinder(shell)
        self.identity = NotebookIdentity()
        self.front_end = ""
        self.layer = ""
        self._files = DocumentFiles()
        self._builder = RevisionBuilder(redactor.redact_source)
        self._received = LiveDocuments()
        self._live: Document | None = None
        self._written: set[str] = set()
        self._written_to = ("", 0)
        self._previous: Revision | None = None
        self.private = False
        self._private_counts: set[int | None] = set()

    def follow(self, cell_meta: Mapping[str, Any]) -> dict[str, Any]:
        """Look for the notebook's path and front end; the session facts that changed."""
        fact = self.finder.find(cell_meta, self.fact)
        was_sent = self.fact.source == "front end" and not is_sent(cell_meta)
        front_end = self.front_end if was_sent else find_front_end(self.shell, cell_meta)
        changed: dict[str, Any] = {}
        if fact != self.fact:
            self.fact = fact
            changed |= {"notebook_path": fact.path, "notebook_source": fact.source}
        if front_end != self.front_end and not (self.front_end and front_end in _VAGUE):
            self.front_end = front_end
            changed["front_end"] = front_end
        return changed

    def look(self, session: TrackingSession, info: Any, execution_count: int | None) -> Sight:
        """Identify the cell that begins, and record the revision it runs in when that is new."""
        cell_meta = getattr(info, "cell_meta", None) or {}
        changed = self.follow(cell_meta)
        if changed:
            self._update_facts(session, **changed)
        document = self._find_document(cell_meta)
        self.identity.see(session, self.fact.path, document)
        tags = tuple(cell_meta.get("tags") or ())
        execution = Execution(
            source=info.raw_cell,
            cell_id=str(getattr(info, "cell_id", None) or ""),
            execution_count=execution_count,
            time=now_ms(),
            private=self.private or IGNORE_TAG in tags,
        )
        cell_id, private = self._builder.identify(execution, document)
        if private:
            self._private_counts.add(execution_count)
        execution = msgspec.structs.replace(execution, private=private)
        return Sight(
            cell_id=cell_id,
            revision=self._record_revision(session, cell_id, execution, document),
            notebook_path=self.fact.path,
            private=private,
            sets_parameters=not private and self._sets_parameters(execution.source, cell_id, tags),
            autologged=not is_unlogged(execution.source, self._all_tags(cell_id, tags)),
        )

    def recognise(self, session: TrackingSession, cell_meta: Mapping[str, Any]) -> None:
        """Tell the store which notebook the session runs, before its first cell."""
        self.identity.see(session, self.fact.path, self._find_document(cell_meta))

    def recall(self, cell_meta: Mapping[str, Any], source: str, execution_count: int) -> Recalled:
        """Identify a cell that ran before it could be seen."""
        execution = Execution(
            source=source,
            cell_id="",
            execution_count=execution_count,
            time=now_ms(),
            private=execution_count in self._private_counts,
        )
        document = self._find_document(cell_meta)
        cell_id, private = self._builder.identify(execution, document)
        execution = msgspec.structs.replace(execution, private=private)
        self._builder.remember(cell_id, execution, document)
        return Recalled(
            cell_id=cell_id,
            private=private,
            sets_parameters=not private and self._sets_parameters(source, cell_id, ()),
        )

    def _sets_parameters(self, source: str, cell_id: str, tags: Iterable[str]) -> bool:
        is_known = self._builder.find_cell(cell_id) is not None
        return has_parameters(source, self._all_tags(cell_id, tags), is_known=is_known)

    def _all_tags(self, cell_id: str, tags: Iterable[str]) -> set[str]:
        known = self._builder.find_cell(cell_id)
        return {*tags, *(known.tags if known else ())}

    def _record_revision(
        self,
        session: TrackingSession,
        cell_id: str,
        execution: Execution,
        document: Document | None,
    ) -> str:
        revision = self._builder.build(cell_id, execution, document)
        self.layer = document.layer if document else "executed"
        if revision is None:
            return ""
        if self._written_to != (session.session_id, session.announcements):
            self._written_to = (session.session_id, session.announcements)
            self._written.clear()
            self._previous = None
        if revision.digest not in self._written:
            revision = msgspec.structs.replace(revision, notebook_path=self.fact.path)
            session.write(_revision_event(revision, self._previous))
            self._written.add(revision.digest)
            self._previous = revision
        return revision.digest

    def _find_document(self, cell_meta: Mapping[str, Any]) -> Document | None:
        sent = cell_meta.get(METADATA_KEY)
        if isinstance(sent, Mapping):
            self._live = self._received.find(sent)
        if self._live is not None and self.fact.source == "front end":
            return self._live
        if self.finder.document is not None:
            return self.finder.document
        file = locate_file(self.fact.path)
        return self._files.find(file, self.fact.path) if file else None


def _revision_event(revision: Revision, previous: Revision | None) -> ev.Event:
    """A revision to be written: what was edited, unless that is most of it."""
    if previous is None:
        return ev.RevisionSeen(revision)
    splices = diff_items(previous.cells, revision.cells, lambda cell: cell.cell_id)
    if 2 * sum(len(cells) for _, _, cells in splices) > len(revision.cells):
        return ev.RevisionSeen(revision)
    return ev.RevisionChanged(
        revision.digest,
        previous.digest,
        revision.notebook_path,
        revision.layer,
        revision.language,
        splices,
    )
