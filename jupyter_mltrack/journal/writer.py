"""The append side: one record, one ``write(2)``; what has returned survives ``kill -9``."""

import errno
import itertools
import os
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import JournalUnavailable
from jupyter_mltrack.journal.frame import frame
from jupyter_mltrack.journal.lock import OwnerLock
from jupyter_mltrack.journal.points import (
    POINT_BYTES,
    POINT_MAGIC,
    frame_point,
    pack_body,
    pack_point,
)
from jupyter_mltrack.journal.reader import Position
from jupyter_mltrack.settings import make_private_directory

# A reader that begins in the middle of a segment looks through what is before it.
SEGMENT_BYTES: Final = 8 << 20
# Full segments are held open until they are drained, so that deleting them loses nothing.
HELD_SEGMENTS: Final = 64

_encode = msgspec.msgpack.Encoder().encode
_write = os.write


class Series:
    """A metric of a run in a cell execution: its number, and the record that says so.

    ``segment`` is the one which has that record, while there is room in it.
    """

    __slots__ = ("number", "opening", "segment")

    def __init__(self, number: int, opening: bytes) -> None:
        self.number = number
        self.opening = opening
        self.segment: _Segment | None = None


Point = tuple[Series, float, int, int]
"""Series, value, time (ms), step."""


class _Segment:
    """An open file, and the bytes left in it (may go below 0)."""

    __slots__ = ("descriptor", "left", "number")

    def __init__(self, number: int, descriptor: int, left: int) -> None:
        self.number = number
        self.descriptor = descriptor
        self.left = left


class JournalWriter:
    """The journal of one session; safe to use from any thread of the process that opened it.

    An interrupt may come between any two instructions: a size is asked of the file and never
    counted, and a segment is left for the next by one assignment.

    Raises
    ------
    JournalUnavailable
        The directory cannot be made or written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.is_abandoned = False
        self._make_mutex()
        self._numbers = itertools.count(1)
        self._spooled = itertools.count(1)
        self._held: dict[int, int] = {}
        self._was_restored = False
        self._end: Position | None = None
        try:
            make_private_directory(directory)
            self.lock = OwnerLock(directory)
            if not self.lock.acquire():
                raise JournalUnavailable(f"Journal {directory} belongs to another process.")
            self._segment = self._open_segment(1)
        except OSError as error:
            raise JournalUnavailable(f"Cannot write a journal in {directory}: {error}.") from error

    def append(self, payload: bytes) -> None:
        """Append one record; when this returns, a kill of the process no longer loses it.

        Raises
        ------
        JournalUnavailable
            The disk is full or the file gone; nothing of the record is kept then.
        """
        self.append_all((payload,))

    def append_all(self, payloads: Iterable[bytes]) -> None:
        """Append records by one write, all or none; raises as :meth:`append`."""
        data = b"".join(map(frame, payloads))
        try:
            with self._mutex:
                while not self._put(self._room(), data):
                    pass
        except OSError as error:
            raise self._unavailable(error) from error

    def open_series(self, run_id: str, key: str, execution_id: str) -> Series:
        """A number for a series, to append points with; nothing is written before the first."""
        number = next(self._numbers)
        return Series(number, frame(_encode(ev.SeriesOpened(number, run_id, key, execution_id))))

    def append_point(self, series: Series, value: float, time: int, step: int) -> None:
        """Append one metric point (``time`` in ms).

        Raises
        ------
        JournalUnavailable
            As :meth:`append` does.
        struct.error
            The value is no number, the time or step none of 64 bits; nothing was appended.
        """
        body = pack_body(series.number, value, time, step)
        data = pack_point(POINT_MAGIC, crc32(body), body)
        try:
            # Half of what a with block costs, and as safe: an interrupt comes after a call, not
            # between two of these lines, and finds what was acquired within the try.
            self._acquire()
            segment = self._segment
            if series.segment is segment:
                if (written := _write(segment.descriptor, data)) != POINT_BYTES:
                    _take_back(segment, written)
                left = segment.left = segment.left - POINT_BYTES
                if left <= 0:
                    series.segment = None
            else:
                self._append_framed([(series, data)])
        except OSError as error:
            raise self._unavailable(error) from error
        finally:
            try:  # noqa: SIM105 - the fastest way
                self._release()
            except RuntimeError:
                pass  # interrupted while it waited for another thread

    def append_points(self, points: Sequence[Point]) -> None:
        """Append metric points, all or none; raises as :meth:`append_point`."""
        framed = [
            (series, frame_point(series.number, value, time, step))
            for series, value, time, step in points
        ]
        try:
            with self._mutex:
                self._append_framed(framed)
        except OSError as error:
            raise self._unavailable(error) from error

    def spool(self, content: bytes) -> str:
        """Keep content too large for a record in a file of its own; return the file's name."""
        name = f"{next(self._spooled):06d}"
        path = self.directory / "spool" / name
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise self._unavailable(error) from error
        return name

    def restore_if_gone(self) -> bool:
        """Write undrained segments anew when their files were deleted; False when they are there.

        The open files still have the bytes, though no name leads to them any more.

        Raises
        ------
        JournalUnavailable
            The directory cannot be made again.
        """
        if self._end is not None or self.is_abandoned:
            return False
        with self._mutex:
            if not self._path(self._segment.number).exists():
                try:
                    self._restore()
                except OSError as error:
                    raise self._unavailable(error) from error
            restored, self._was_restored = self._was_restored, False
        return restored

    def release_drained(self, drained: Position) -> None:
        """Let go of the segments before ``drained``; the store holds all that was in them."""
        with self._mutex:
            for number in [number for number in self._held if number < drained.segment]:
                os.close(self._held.pop(number))

    @property
    def position(self) -> Position:
        """The end of what has been appended."""
        with self._mutex:
            return self._end or _end_of(self._segment)

    def close(self) -> None:
        """Stop writing and give up ownership."""
        with self._mutex:
            if self._end is None and not self.is_abandoned:
                self._end = _end_of(self._segment)
                self._close_files()
        self.lock.release()

    def abandon_in_child(self) -> None:
        """After a fork: let go of the parent's files without touching them."""
        # A thread that held it does not exist here.
        self._make_mutex()
        self.is_abandoned = True
        if self._end is None:
            self._end = Position(self._segment.number, 0)
            self._close_files()
        self.lock.abandon_in_child()

    def _make_mutex(self) -> None:
        # A signal's handler may log while the thread it interrupts has it.
        self._mutex = threading.RLock()
        self._acquire, self._release = self._mutex.acquire, self._mutex.release

    def _append_framed(self, points: Sequence[tuple[Series, bytes]]) -> None:
        while not self._put_framed(points):
            pass

    def _put_framed(self, points: Sequence[tuple[Series, bytes]]) -> bool:
        segment = self._room()
        parts: list[bytes] = []
        new: set[Series] = set()
        for series, data in points:
            if series.segment is not segment and series not in new:
                parts.append(series.opening)
                new.add(series)
            parts.append(data)
        if not self._put(segment, b"".join(parts)):
            return False
        for series in new:
            series.segment = segment
        return True

    def _put(self, segment: _Segment, data: bytes) -> bool:
        if segment is not self._segment:
            # A signal's handler logged meanwhile, and more than there was room for.
            return False
        written = _write(segment.descriptor, data)
        segment.left -= written
        if written != len(data):
            _take_back(segment, written)
        return True

    def _room(self) -> _Segment:
        """The segment to write to; a full one is left for the next."""
        full = self._segment
        if full.left > 0 or self._end is not None:
            return full
        # Once the next file is there, readers leave this one. Should an interrupt come before it is
        # written to, this is another object, in which no series counts as explained.
        self._segment = full = _Segment(full.number, full.descriptor, left=0)
        self._held[full.number] = full.descriptor
        try:
            self._segment = self._open_segment(full.number + 1)
        except FileNotFoundError:
            self._restore()
            self._held[full.number] = self._segment.descriptor
            self._segment = self._open_segment(full.number + 1)
        while len(self._held) > HELD_SEGMENTS:
            os.close(self._held.pop(min(self._held)))
        return self._segment

    def _restore(self) -> None:
        gone, old_lock = self._segment, self.lock
        make_private_directory(self.directory)
        self.lock = OwnerLock(self.directory)
        self.lock.acquire()
        self._held.pop(gone.number, None)
        for number, descriptor in {**self._held, gone.number: gone.descriptor}.items():
            content = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            self._path(number).touch(mode=0o600)
            self._path(number).write_bytes(content)
        self._segment = self._open_segment(gone.number)
        self._was_restored = True
        os.close(gone.descriptor)
        old_lock.release()

    def _open_segment(self, number: int) -> _Segment:
        flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)
        descriptor = os.open(self._path(number), flags, 0o600)
        return _Segment(number, descriptor, SEGMENT_BYTES - os.fstat(descriptor).st_size)

    def _close_files(self) -> None:
        descriptors = {self._segment.descriptor, *self._held.values()}
        # The number may soon mean another file.
        self._segment.descriptor = -1
        self._held.clear()
        for descriptor in descriptors:
            os.close(descriptor)

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:06d}.journal"

    def _unavailable(self, reason: object) -> JournalUnavailable:
        return JournalUnavailable(
            f"Cannot append to the journal in {self.directory}: {reason}. "
            "Nothing that was acknowledged before is lost; free space or restore the directory."
        )


def _end_of(segment: _Segment) -> Position:
    return Position(segment.number, os.fstat(segment.descriptor).st_size)


def _take_back(segment: _Segment, written: int) -> None:
    os.ftruncate(segment.descriptor, os.fstat(segment.descriptor).st_size - written)
    raise OSError(errno.ENOSPC, "the disk is full")
