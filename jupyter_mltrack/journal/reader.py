"""The drain side: whole records from a position on, torn ones stepped over and counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from jupyter_mltrack.journal.frame import SEGMENT_PATTERN, find_next, unframe

READ_BYTES: Final = 4 << 20


class Position(NamedTuple):
    """A place in a journal: segment number (from 1) and byte offset; positions order as tuples."""

    segment: int
    offset: int


class Record(NamedTuple):
    """A payload and the position right after it."""

    payload: bytes
    end: Position


class JournalReader:
    """Reads a session's journal from wherever the store says it was drained to."""

    def __init__(self, directory: Path, start: Position | None = None) -> None:
        self.directory = directory
        self.position = start or Position(1, 0)
        self.skipped_bytes = 0

    def read(self, limit: int = 5000) -> list[Record]:
        """Up to ``limit`` further whole records; an empty list when there are none now."""
        records: list[Record] = []
        for record in self._records():
            records.append(record)
            self.position = record.end
            if len(records) >= limit:
                break
        return records

    def remove_drained(self, drained: Position) -> None:
        """Delete the segments before ``drained``; the store holds all that was in them."""
        for path in self.directory.glob(SEGMENT_PATTERN):
            if int(path.stem) < drained.segment:
                path.unlink(missing_ok=True)

    def _records(self) -> Iterator[Record]:
        segment, offset = self.position
        while True:
            # Asked before reading: once the next segment exists, this one grows no more.
            complete = self._path(segment + 1).exists()
            yield from self._segment_records(segment, offset)
            if not complete:
                return
            segment, offset = segment + 1, 0
            self.position = Position(segment, 0)

    def _segment_records(self, segment: int, offset: int) -> Iterator[Record]:
        try:
            with self._path(segment).open("rb") as file:
                size = READ_BYTES
                while data := _read_at(file, offset, size):
                    start = offset
                    for payload, end in self._whole_records(data, last=len(data) < size):
                        offset = start + end
                        yield Record(payload, Position(segment, offset))
                    if len(data) < size:
                        return
                    # A record larger than what was read: read more from the same place.
                    size = size * 2 if offset == start else READ_BYTES
        except FileNotFoundError:
            return

    def _whole_records(self, data: bytes, *, last: bool) -> Iterator[tuple[bytes, int]]:
        at = 0
        while at < len(data):
            found = unframe(data, at)
            if found is None:
                following = find_next(data, at + 1) if last else None
                if following is None:
                    return
                self.skipped_bytes += following - at
                at = following
                continue
            payload, at = found
            yield payload, at

    def _path(self, segment: int) -> Path:
        return self.directory / f"{segment:06d}.journal"


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def list_journals(home: Path) -> list[Path]:
    """Directories of all sessions that have a journal below ``home``."""
    if not home.is_dir():
        return []
    return sorted(path for path in home.iterdir() if path.is_dir())
