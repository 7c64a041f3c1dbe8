"""The append side: one record, one ``write(2)``; what has returned survives ``kill -9``."""

import os
import threading
from pathlib import Path
from typing import Final

from jupyter_mltrack.errors import JournalUnavailable
from jupyter_mltrack.journal.frame import frame
from jupyter_mltrack.journal.lock import OwnerLock
from jupyter_mltrack.journal.reader import Position

SEGMENT_BYTES: Final = 32 << 20


class JournalWriter:
    """The journal of one session; safe to use from any thread of the process that opened it.

    Raises
    ------
    JournalUnavailable
        The directory cannot be made or written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._mutex = threading.Lock()
        self._segment = 0
        self._size = 0
        self._spooled = 0
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.lock = OwnerLock(directory)
            if not self.lock.acquire():
                raise JournalUnavailable(f"Journal {directory} belongs to another process.")
            self._descriptor = self._open_segment()
        except OSError as error:
            raise JournalUnavailable(f"Cannot write a journal in {directory}: {error}.") from error

    def append(self, payload: bytes) -> None:
        """Append one record; when this returns, a kill of the process no longer loses it.

        Raises
        ------
        JournalUnavailable
            The disk is full or the file gone; nothing of the record is kept then.
        """
        data = frame(payload)
        with self._mutex:
            if self._size > SEGMENT_BYTES:
                self._rotate()
            try:
                written = os.write(self._descriptor, data)
            except OSError as error:
                raise self._unavailable(error) from error
            if written != len(data):
                os.ftruncate(self._descriptor, self._size)
                raise self._unavailable("the disk is full")
            self._size += written

    def spool(self, content: bytes) -> str:
        """Keep content too large for a record in a file of its own; return the file's name."""
        with self._mutex:
            self._spooled += 1
            name = f"{self._spooled:06d}"
        path = self.directory / "spool" / name
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise self._unavailable(error) from error
        return name

    def restore_if_gone(self) -> bool:
        """Write the present segment anew when its file was deleted; False when it is there.

        The open file still has the bytes, though no name leads to them any more.

        Raises
        ------
        JournalUnavailable
            The directory cannot be made again.
        """
        path = self.directory / f"{self._segment:06d}.journal"
        if path.exists() or self._descriptor < 0:
            return False
        with self._mutex:
            deleted, old_lock = self._descriptor, self.lock
            try:
                self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                self.lock = OwnerLock(self.directory)
                self.lock.acquire()
                content = os.pread(deleted, self._size, 0)
                self._segment -= 1
                self._descriptor = self._open_segment()
                os.write(self._descriptor, content)
                self._size = len(content)
            except OSError as error:
                raise self._unavailable(error) from error
            os.close(deleted)
            old_lock.release()
        return True

    @property
    def position(self) -> Position:
        """The end of what has been appended."""
        return Position(self._segment, self._size)

    def close(self) -> None:
        """Stop writing and give up ownership."""
        with self._mutex:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
        self.lock.release()

    def abandon_in_child(self) -> None:
        """After a fork: let go of the parent's files without touching them."""
        os.close(self._descriptor)
        self._descriptor = -1
        self.lock.abandon_in_child()

    def _open_segment(self) -> int:
        self._segment += 1
        path = self.directory / f"{self._segment:06d}.journal"
        flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags, 0o600)
        self._size = os.fstat(descriptor).st_size
        return descriptor

    def _rotate(self) -> None:
        full = self._descriptor
        self._descriptor = self._open_segment()
        os.close(full)

    def _unavailable(self, reason: object) -> JournalUnavailable:
        return JournalUnavailable(
            f"Cannot append to the journal in {self.directory}: {reason}. "
            "Nothing that was acknowledged before is lost; free space or restore the directory."
        )
