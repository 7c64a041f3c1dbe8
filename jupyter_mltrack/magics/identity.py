"""Tells the store which notebook a session runs, so that its runs are found after a rename.

Nothing is written into the notebook: it is recognised by its path and its cells. The decision
needs the store, so a background thread makes it.
"""

import atexit
import platform
import threading
import time
import uuid
from pathlib import Path
from typing import Final

import msgspec

from jupyter_mltrack.capture.document import Document
from jupyter_mltrack.capture.sketch import sketch_document
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.identity import Notebook
from jupyter_mltrack.errors import StoreUnavailable
from jupyter_mltrack.magics.notebook import locate_file
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.clock import now_ms
from jupyter_mltrack.tracking.problems import problems
from jupyter_mltrack.tracking.session import TrackingSession

INTERVAL_SECONDS: Final = 60.0
"""How often the cells of a notebook that stays where it is are told again, if they changed."""
FLUSH_SECONDS: Final = 10.0
EXIT_SECONDS: Final = 2.0


class NotebookIdentity:
    """Follows which notebook one shell runs."""

    def __init__(self) -> None:
        self._told: tuple[str, str] | None = None
        self._document: Document | None = None
        self._next = 0.0
        self._waiting: tuple[TrackingSession, str, Document | None] | None = None
        self._thread: threading.Thread | None = None
        self._mutex = threading.Lock()
        # Called before the session is closed, which was registered earlier.
        atexit.register(self.settle, EXIT_SECONDS)

    def see(self, session: TrackingSession, path: str, document: Document | None) -> None:
        """Note the notebook of a cell that begins; takes microseconds when it is the same."""
        if not path:
            return
        place = (session.session_id, path)
        now = time.monotonic()
        if place == self._told and (document is self._document or now < self._next):
            return
        self._told, self._document, self._next = place, document, now + INTERVAL_SECONDS
        with self._mutex:
            self._waiting = (session, path, document)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="mltrack-identity", daemon=True
                )
                self._thread.start()

    def settle(self, timeout: float) -> None:
        """Wait until what was seen is told."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)

    def _work(self) -> None:
        while True:
            with self._mutex:
                if self._waiting is None:
                    self._thread = None
                    return
                (session, path, document), self._waiting = self._waiting, None
            with problems.caught("recognising the notebook"):
                try:
                    _tell(session, path, document)
                except StoreUnavailable:
                    self._told = None  # said elsewhere; tried again at the next cell


def _tell(session: TrackingSession, path: str, document: Document | None) -> None:
    from jupyter_mltrack.query.notebooks import recognise
    from jupyter_mltrack.store import open_store

    seen = _describe(path, document)
    # What this session told before counts.
    session.flush(FLUSH_SECONDS, patient=False)
    store = open_store(session.store_uri)
    try:
        found = recognise(store, session.session_id, seen, _exists)
    finally:
        store.close()
    if sessions.find_session() is not session:
        return  # another store was chosen meanwhile; that session tells its own
    notebook_id = found.notebook_id or uuid.uuid4().hex
    session.write(
        ev.NotebookSeen(
            session.session_id,
            msgspec.structs.replace(seen, notebook_id=notebook_id, copied_from=found.copied_from),
        )
    )


def _describe(path: str, document: Document | None) -> Notebook:
    file = locate_file(path)
    now = now_ms()
    return Notebook(
        notebook_id="",
        path=path,
        file=str(file.resolve()) if file else "",
        host=platform.node(),
        sketch=sketch_document(document),
        first_seen=now,
        last_seen=now,
    )


def _exists(known: Notebook) -> bool:
    """Whether the file of a known notebook is on this machine."""
    return bool(known.file) and known.host == platform.node() and Path(known.file).is_file()
