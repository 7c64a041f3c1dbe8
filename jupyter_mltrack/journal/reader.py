"""The drain side: whole records from a position on, torn ones stepped over and counted."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import msgspec

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.journal.frame import SEGMENT_PATTERN, find_next, unframe
from jupyter_mltrack.journal.points import (
    FIRST_STRETCH_POINTS,
    POINT_MAGIC,
    STRETCH_POINTS,
    Stretch,
    read_stretch,
)

READ_BYTES: Final = 4 << 20
BATCH_RECORDS: Final = 5_000
BATCH_POINTS: Final = 100_000
BATCH_BYTES: Final = 16 << 20
KEPT_SERIES: Final = 2_048
"""Of more, those opened first are forgotten: they are mostly of runs that ended."""

_encode = msgspec.msgpack.Encoder().encode
_decode_series = msgspec.msgpack.Decoder(ev.SeriesOpened).decode
# How a SeriesOpened begins: told without decoding, for every record is asked.
_SERIES_START: Final = _encode(ev.SeriesOpened(0, "", ""))[:8]


class Position(NamedTuple):
    """A place in a journal: segment number (from 1) and byte offset; positions order as tuples."""

    segment: int
    offset: int


class Record(NamedTuple):
    """A payload and the position right after it."""

    payload: bytes
    end: Position


class PointsRecord(NamedTuple):
    """A stretch of points of one series; others that end at the same position belong to it."""

    points: ev.MetricPoints
    end: Position

    @property
    def payload(self) -> bytes:
        """The points as a record that can be kept and decoded."""
        return _encode(ev.pack_points(self.points))


AnyRecord = Record | PointsRecord


class JournalReader:
    """Reads a session's journal from wherever the store says it was drained to.

    ``known`` are series another reader has met, should their records be damaged since.
    """

    def __init__(
        self,
        directory: Path,
        start: Position | None = None,
        *,
        known: Mapping[int, ev.SeriesOpened] | None = None,
    ) -> None:
        self.directory = directory
        self.position = start or Position(1, 0)
        self.skipped_bytes = 0
        # The series opened in one segment, as far as it was read; numbers are never used twice.
        self._series: dict[int, ev.SeriesOpened] = {}
        self._known = dict(known or {})
        self._series_segment = 0
        self._read_from_start = False
        self._keep_all = False

    @property
    def series(self) -> dict[int, ev.SeriesOpened]:
        """The series met in the segment that was read last, by number."""
        return self._known | self._series

    def read(self, limit: int = BATCH_RECORDS) -> list[AnyRecord]:
        """Further whole records, one batch of them; an empty list when there are none now.

        A batch ends after ``limit`` records other than points, 100,000 points, or 16 MB.
        """
        records: list[AnyRecord] = []
        others = points = size = 0
        for found, end in self._groups():
            records += found
            self.position = end
            for record in found:
                if isinstance(record, Record):
                    others, size = others + 1, size + len(record.payload)
                else:
                    points += len(record.points.steps)
            if others >= limit or points >= BATCH_POINTS or size >= BATCH_BYTES:
                break
        return records

    def remove_drained(self, drained: Position) -> None:
        """Delete the segments before ``drained``; the store holds all that was in them."""
        for number, path in list_segments(self.directory):
            if number < drained.segment:
                path.unlink(missing_ok=True)

    def _groups(self) -> Iterator[tuple[list[AnyRecord], Position]]:
        segment, offset = self.position
        while True:
            # Asked before reading: once a later segment exists, this one grows no more.
            following = [n for n, _ in list_segments(self.directory) if n > segment]
            yield from self._segment_groups(segment, offset)
            if not following:
                return
            segment, offset = following[0], 0
            self.position = Position(segment, 0)

    def _segment_groups(
        self, segment: int, offset: int
    ) -> Iterator[tuple[list[AnyRecord], Position]]:
        if segment != self._series_segment:
            self._series, self._series_segment = {}, segment
            self._read_from_start = offset == 0
        try:
            with _path(self.directory, segment).open("rb") as file:
                size = READ_BYTES
                while data := _read_at(file, offset, size):
                    start = offset
                    for found, end in self._parts(data, last=len(data) < size):
                        offset = start + end
                        position = Position(segment, offset)
                        if isinstance(found, Stretch):
                            raw = data[end - found.size : end]
                            yield self._points(found, raw, position), position
                        elif found.startswith(_SERIES_START) and self._open_series(found):
                            yield [], position
                        else:
                            yield [Record(found, position)], position
                    if len(data) < size:
                        return
                    # A record larger than what was read: read more from the same place.
                    size = size * 2 if offset == start else READ_BYTES
        except FileNotFoundError:
            return

    def _parts(self, data: bytes, *, last: bool) -> Iterator[tuple[bytes | Stretch, int]]:
        view = memoryview(data)
        at, limit = 0, FIRST_STRETCH_POINTS
        while at < len(data):
            if data.startswith(POINT_MAGIC, at):
                stretch = read_stretch(view, at, limit)
                if stretch is not None:
                    at += stretch.size
                    yield stretch, at
                    # Short at first: it is looked at whole, and other records may follow soon.
                    limit = min(limit * 4, STRETCH_POINTS)
                    continue
            elif (found := unframe(view, at)) is not None:
                payload, at = found
                yield payload, at
                limit = FIRST_STRETCH_POINTS
                continue
            following = find_next(data, at + 1) if last else None
            if following is None:
                return
            self.skipped_bytes += following - at
            at = following

    def _points(self, stretch: Stretch, raw: bytes, end: Position) -> list[AnyRecord]:
        records: list[AnyRecord] = []
        for number, columns in stretch.series.items():
            series = self._find_series(number, end)
            if series is None:
                # Nothing says whose points these are; kept whole, where it is reported.
                return [Record(raw, end)]
            points = ev.MetricPoints(series.run_id, series.key, *columns, series.execution_id)
            records.append(PointsRecord(points, end))
        return records

    def _find_series(self, number: int, end: Position) -> ev.SeriesOpened | None:
        series = self._series.get(number)
        if series is None and not self._read_from_start:
            earlier = JournalReader(self.directory, Position(end.segment, 0))
            earlier._keep_all = True
            for _, position in earlier._segment_groups(end.segment, 0):
                if position >= end:
                    break
            self._series |= earlier._series
            # Looked for once, not at every point: from now on a segment's series are all kept.
            self._read_from_start = self._keep_all = True
            series = self._series.get(number)
        return series or self._known.get(number)

    def _open_series(self, payload: bytes) -> bool:
        try:
            series = _decode_series(payload)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return False
        self._series[series.series] = series
        if len(self._series) > KEPT_SERIES and not self._keep_all:
            del self._series[next(iter(self._series))]
            self._read_from_start = False
        return True


def backlog(directory: Path, position: tuple[int, int]) -> int:
    """Bytes of a journal after a position: what waits when the store was fed up to there."""
    segment, offset = position
    waiting = 0
    for number, path in list_segments(directory):
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            continue
        if number >= segment:
            waiting += max(0, size - offset) if number == segment else size
    return waiting


def list_segments(directory: Path) -> list[tuple[int, Path]]:
    """The segments there are, with their numbers, in order."""
    return sorted((int(path.stem), path) for path in directory.glob(SEGMENT_PATTERN))


def list_journals(home: Path) -> list[Path]:
    """Directories of all sessions that have a journal below ``home``."""
    try:
        return sorted(path for path in home.iterdir() if path.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _path(directory: Path, segment: int) -> Path:
    return directory / f"{segment:06d}.journal"


def _read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)
