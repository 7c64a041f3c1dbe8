"""Finds the notebook of a shell at each cell, by whatever can tell, the surest first."""

from collections.abc import Mapping
from typing import Any

from jupyter_mltrack.capture.document import Document
from jupyter_mltrack.magics.ladder.hosted import HostedNotebook
from jupyter_mltrack.magics.ladder.server import SessionAsker
from jupyter_mltrack.magics.notebook import (
    NotebookFact,
    find_kernel_id,
    find_notebook,
    is_sent,
)


class NotebookFinder:
    """Remembers, between the cells of one shell, what was found and asked."""

    def __init__(self, shell: Any, environment: Mapping[str, str] | None = None) -> None:
        self._shell = shell
        self._environment = environment
        self._asker = SessionAsker(find_kernel_id(shell), environment)
        self._hosted = HostedNotebook(environment)

    @property
    def document(self) -> Document | None:
        """The notebook itself, where a host hands it out."""
        return self._hosted.document

    def find(self, cell_meta: Mapping[str, Any], before: NotebookFact) -> NotebookFact:
        """The notebook of the cell that begins; ``before`` is that of the cell before it."""
        found = find_notebook(self._shell, cell_meta, self._environment, self._ask(cell_meta))
        if before.source == "front end" and found.source != "front end":
            # A console or a headless client on the same kernel; the notebook is still that one,
            # unless the server knows it under another name by now.
            renamed = found.source == "server sessions" and found.path != before.path
            return found if renamed else before
        return found

    def wait(self, timeout: float) -> None:
        """Wait for the answers that are under way, each so long (s)."""
        self._asker.wait(timeout)
        self._hosted.wait(timeout)

    def _ask(self, cell_meta: Mapping[str, Any]) -> NotebookFact | None:
        if is_sent(cell_meta):
            return None
        return self._hosted.find() or self._asker.find()
