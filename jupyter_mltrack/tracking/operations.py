"""What MLflow returns of a log call with ``synchronous=False``."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_mltrack.tracking.session import TrackingSession


class RunOperations:
    """Something logged; it is safe already when the call returns, whatever becomes of the process.

    :meth:`wait` waits until the store holds it, so that readers elsewhere see it: the store of
    ``session``, or the one in use.
    """

    def __init__(self, session: "TrackingSession | None" = None) -> None:
        self._session = session

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the store holds what was logged, at most ``timeout`` seconds."""
        from jupyter_mltrack.tracking import session as sessions

        session = self._session or sessions.find_session()
        if session is not None:
            session.flush(timeout, patient=timeout is not None)


def to_answer(
    synchronous: bool | None, answer: Any = None, session: "TrackingSession | None" = None
) -> Any:
    """What a log call returns: ``answer``, or what can be waited for when that was asked for."""
    return RunOperations(session) if synchronous is False else answer
