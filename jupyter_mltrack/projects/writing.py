"""Files of runs, written from outside the session that made them, through a journal as ever."""

from jupyter_mltrack.errors import StoreUnavailable
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.session import TrackingSession
from jupyter_mltrack.tracking.values import check_artifact_path

WAIT_SECONDS = 20.0


def write_file(store: Store, run_id: str, path: str, content: bytes, media_type: str) -> None:
    """Give a run a file, in the place of one of that path; it is in the store when this returns.

    Raises
    ------
    JournalUnavailable
        Nothing can be written now.
    StoreUnavailable
        The store does not take it; it waits in the journal.
    """
    open_one = sessions.find_session()
    if open_one is not None and open_one.store_uri == store.uri:
        _write(open_one, run_id, path, content, media_type)
        return
    session = TrackingSession(store.uri, {"tracking": False})
    try:
        _write(session, run_id, path, content, media_type)
    finally:
        session.close()


def _write(
    session: TrackingSession, run_id: str, path: str, content: bytes, media_type: str
) -> None:
    # Of no cell: the one that asks for a verdict has no part in the run.
    session.write_artifact(run_id, check_artifact_path(path), content, media_type, "")
    if not session.flush(WAIT_SECONDS):
        why = session.drainer.last_error or "it is busy"
        raise StoreUnavailable(f"{path} of run {run_id[:8]} waits in the journal: {why}.")
