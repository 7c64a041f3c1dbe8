"""What failed in us: kept for ``%mltrack status``, never raised into the user's cell."""

import logging
import signal
import threading
import time
from collections import OrderedDict
from typing import Final

import msgspec

logger = logging.getLogger("jupyter_mltrack")
MAX_KINDS: Final = 50
_SIGNALS: Final = sorted(signal.valid_signals())
_nanoseconds: Final = time.time_ns  # as it is now: what the user puts in its place is not for us


class Problem(msgspec.Struct):
    """A failure of ours: where, what, how often, when last (ms since the epoch)."""

    where: str
    message: str
    count: int
    last_time: int


class Problems:
    """The problems of this process, the newest kinds kept."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._problems: OrderedDict[tuple[str, str], Problem] = OrderedDict()

    def record(self, where: str, error: BaseException | str) -> None:
        """Count a failure; the traceback goes to the log at debug level."""
        try:
            self._record(where, error)
        except Exception:  # noqa: BLE001 - no recursion left, say: then it is not even counted
            return

    def _record(self, where: str, error: BaseException | str) -> None:
        message = (error if isinstance(error, str) else _describe(error))[:500]
        now = _nanoseconds() // 1_000_000
        with self._mutex:
            problem = self._problems.setdefault((where, message), Problem(where, message, 0, now))
            problem.count += 1
            problem.last_time = now
            self._problems.move_to_end((where, message))
            while len(self._problems) > MAX_KINDS:
                self._problems.popitem(last=False)
        if not isinstance(error, str):
            logger.debug("%s: %s", where, message, exc_info=error)

    def list_problems(self) -> list[Problem]:
        """All problems, newest last."""
        with self._mutex:
            return list(self._problems.values())

    def clear(self) -> None:
        """Forget them."""
        with self._mutex:
            self._problems.clear()

    def caught(self, where: str) -> "_Caught":
        """Run a block of ours; what it raises is recorded and goes no further.

        KeyboardInterrupt and SystemExit pass: they are the user's.
        """
        return _Caught(self, where)


class _Caught:
    """Not a generator's context manager, which costs three times as much: there are many."""

    __slots__ = ("_problems", "_where")

    def __init__(self, problems: Problems, where: str) -> None:
        self._problems = problems
        self._where = where

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> bool:
        # Our edge: nothing of ours may reach the user, and what is the user's goes on.
        if not isinstance(error, Exception) or _is_of_a_signal(error):
            return False
        self._problems.record(self._where, error)
        return True


def _describe(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an exception of the user's class may raise there
        return type(error).__name__


def _is_of_a_signal(error: BaseException) -> bool:
    """Whether a handler of the user's raised it, which an alarm called while we were running."""
    codes = {getattr(signal.getsignal(number), "__code__", None) for number in _SIGNALS}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in codes:
            return True
        traceback = traceback.tb_next
    return False


problems: Final = Problems()
"""The problems of this process."""
