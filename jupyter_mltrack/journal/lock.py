"""Who owns a journal: the living session holds a lock that dies with its process."""

import os
from pathlib import Path
from typing import Final

import filelock

LOCK_NAME: Final = "owner.lock"


class OwnerLock:
    """An advisory lock on a journal directory, held until :meth:`release` or the process's end."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / LOCK_NAME
        self._lock = filelock.FileLock(self.path, thread_local=False, mode=0o600)

    def acquire(self) -> bool:
        """Take the lock without waiting; False when another process has it."""
        try:
            self._lock.acquire(timeout=0)
        except filelock.Timeout:
            return False
        return True

    def release(self) -> None:
        """Give the lock back."""
        self._lock.release()

    def abandon_in_child(self) -> None:
        """After a fork: close the inherited descriptor, so that it cannot outlive the owner.

        Unlocking instead would unlock the parent's, which shares the open file.
        """
        descriptor = self._lock._context.lock_file_fd
        if descriptor is not None:
            os.close(descriptor)
            self._lock._context.lock_file_fd = None

    def heartbeat(self) -> None:
        """Stamp the lock file with the present, so that a killed owner's last moment is known."""
        os.utime(self.path)


def is_orphan(directory: Path) -> bool:
    """Whether nobody owns this journal now."""
    lock = OwnerLock(directory)
    if not lock.acquire():
        return False
    lock.release()
    return True
