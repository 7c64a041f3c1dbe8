"""How a client reaches its store: this process's session, or one of its own for another store."""

import atexit
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_mltrack import settings
from jupyter_mltrack.api.search import open_for_reading, warn_incomplete
from jupyter_mltrack.errors import StoreUnavailable
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.reading import wait_for_store
from jupyter_mltrack.tracking.values import check_run_id
from jupyter_mltrack.tracking.writer import RunWriter

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

# Sessions of clients that write to another store than the process does, by URI.
_sessions: dict[str, sessions.TrackingSession] = {}


class Connection:
    """The store of a client; ``uri`` None follows the store in use."""

    def __init__(self, uri: str | None) -> None:
        self._uri = settings.normalize_store_uri(uri) if uri else None

    @property
    def uri(self) -> str:
        """URI of the store."""
        return self._uri or sessions.store_uri()

    def session(self) -> sessions.TrackingSession:
        """The session to write with; raises JournalUnavailable."""
        if self._uri is None or self._uri == sessions.store_uri():
            return sessions.get_session()
        if self._uri not in _sessions:
            _sessions[self._uri] = sessions.TrackingSession(self._uri)
        return _sessions[self._uri]

    def wait(self) -> None:
        """Wait for the store, where its answer is needed to go on, as long as it does not fail."""
        wait_for_store(self.session(), needed=True)

    def run(self, run_id: str) -> Any:
        """What writes to a run: the open one of this id, else one that knows only the id."""
        session = self.session()
        run_id = check_run_id(run_id)
        return session.open_runs.get(run_id) or RunWriter(session, run_id)

    @contextmanager
    def reading(self) -> Iterator["Store"]:
        """The store, with what was written through this process when that takes no second."""
        if self._uri is None or self._uri == sessions.store_uri():
            with open_for_reading() as store:
                yield store
            return
        from jupyter_mltrack.store import open_store

        session = _sessions.get(self._uri)
        if session is not None and not wait_for_store(session):
            warn_incomplete()
        store = open_store(self._uri)
        try:
            yield store
        finally:
            store.close()

    def unavailable(self, what: str) -> StoreUnavailable:
        """The error for what needs the store's answer now."""
        why = self.session().drainer.last_error or "it is busy"
        place = settings.shown_store_uri(self.uri)
        return StoreUnavailable(f"Cannot {what} in {place} now: {why}.")


def _close_sessions() -> None:
    while _sessions:
        _, session = _sessions.popitem()
        session.close()


atexit.register(_close_sessions)
