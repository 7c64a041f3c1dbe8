"""What MLflow returns of a log call with ``synchronous=False``."""

from typing import Any


class RunOperations:
    """Something logged; it is safe already when the call returns, whatever becomes of the process.

    :meth:`wait` waits until the store holds it, so that readers elsewhere see it.
    """

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the store holds what was logged, at most ``timeout`` seconds."""
        from jupyter_mltrack.tracking import session as sessions

        session = sessions.find_session()
        if session is not None:
            session.flush(timeout, patient=timeout is not None)


def to_answer(synchronous: bool | None, answer: Any = None) -> Any:
    """What a log call returns: ``answer``, or what can be waited for when that was asked for."""
    return RunOperations() if synchronous is False else answer
