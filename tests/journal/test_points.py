"""Metric points: small frames beside records, cut into columns a stretch at a time."""

import math
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import msgspec
import pytest

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.journal import (
    JournalReader,
    JournalWriter,
    PointsRecord,
    Position,
    backlog,
    points,
    writer,
)

NOW = 1_700_000_000_000
Seen = list[tuple[object, ...]]


def read_all(reader: JournalReader) -> Seen:
    """Payloads as they are; stretches point by point: (run, key, execution, step, time, value)."""
    seen: Seen = []
    while records := reader.read():
        for record in records:
            if isinstance(record, PointsRecord):
                found = record.points
                who = (found.run_id, found.key, found.execution_id)
                columns = zip(found.steps, found.times, found.values, strict=True)
                seen += [(*who, *point) for point in columns]
            else:
                seen.append((record.payload,))
    return seen


def by_series(seen: Seen) -> dict[tuple[object, ...], Seen]:
    series: dict[tuple[object, ...], Seen] = {}
    for point in seen:
        series.setdefault(point[:3], []).append(point[3:])
    return series


def segment(directory: Path, number: int = 1) -> Path:
    return directory / f"{number:06d}.journal"


@pytest.fixture
def journal(tmp_path: Path) -> JournalWriter:
    return JournalWriter(tmp_path / "journal")


@pytest.fixture
def rotating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JournalWriter:
    """A journal whose segments are full soon."""
    monkeypatch.setattr(writer, "SEGMENT_BYTES", 4000)
    return JournalWriter(tmp_path / "journal")


def test_a_point_takes_forty_bytes(journal: JournalWriter) -> None:
    series = journal.open_series("r", "loss", "")
    journal.append_point(series, 0.5, NOW, 1)
    before = journal.position.offset
    journal.append_point(series, 0.5, NOW, 2)
    assert journal.position.offset - before == 40
    journal.close()


def test_values_steps_and_times_come_back_exactly(journal: JournalWriter) -> None:
    series = journal.open_series("r", "m", "x")
    extremes = [(2**63 - 1, 0.1), (-(2**63), -math.inf), (0, 5e-324), (-1, -0.0), (1, math.nan)]
    for step, value in extremes:
        journal.append_point(series, value, -step if step > -(2**63) else NOW, step)
    seen = read_all(JournalReader(journal.directory))
    assert [(point[3], repr(point[5])) for point in seen] == [
        (step, repr(value)) for step, value in extremes
    ]
    assert {point[:3] for point in seen} == {("r", "m", "x")}
    journal.close()


def test_points_and_records_keep_their_order(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for number in range(20):
        journal = JournalWriter(tmp_path / str(number))
        series = [journal.open_series("r", f"k{i}", "") for i in range(4)]
        expected: Seen = []
        blocks: list[list[tuple[object, ...]]] = [[]]
        for step in range(chance.randrange(400)):
            if chance.random() < 0.1:
                payload = os.urandom(chance.randrange(300))
                journal.append(payload)
                expected.append((payload,))
                blocks += [[(payload,)], []]
            else:
                one = chance.choice(series)
                journal.append_point(one, step / 3, NOW + step, step)
                blocks[-1].append(("r", f"k{series.index(one)}", "", step, NOW + step, step / 3))
        seen = read_all(JournalReader(journal.directory))
        # Between two records each series is in order; which series comes first is free.
        at = 0
        for block in blocks:
            found = seen[at : at + len(block)]
            at += len(block)
            if block and len(block[0]) == 1:
                assert found == block
            else:
                assert by_series(found) == by_series(block)
        assert at == len(seen)
        journal.close()


def test_several_points_are_one_append(journal: JournalWriter) -> None:
    series = [journal.open_series("r", f"k{i}", "") for i in range(3)]
    journal.append_points([(one, 1.0, NOW, 0) for one in (*series, series[0])])
    seen = read_all(JournalReader(journal.directory))
    assert sorted(point[1] for point in seen) == ["k0", "k0", "k1", "k2"]  # type: ignore[type-var]
    journal.close()


@pytest.mark.parametrize("cut", [1, 20, 39])
def test_a_torn_point_in_the_middle_costs_only_itself(journal: JournalWriter, cut: int) -> None:
    series = journal.open_series("r", "m", "")
    for step in range(100):
        journal.append_point(series, 1.0, NOW, step)
    with segment(journal.directory).open("ab") as file:
        file.write(points.frame_point(series.number, 1.0, NOW, 100)[:cut])
    for step in range(101, 200):
        journal.append_point(series, 1.0, NOW, step)
    reader = JournalReader(journal.directory)
    assert [point[3] for point in read_all(reader)] == [*range(100), *range(101, 200)]
    assert reader.skipped_bytes == cut
    journal.close()


def test_a_damaged_point_costs_only_itself(journal: JournalWriter) -> None:
    series = journal.open_series("r", "m", "")
    for step in range(1000):
        journal.append_point(series, 1.0, NOW, step)
    path = segment(journal.directory)
    data = bytearray(path.read_bytes())
    data[-40 * 500 + 20] ^= 1
    path.write_bytes(data)
    steps = [point[3] for point in read_all(JournalReader(journal.directory))]
    assert steps == [*range(500), *range(501, 1000)]
    journal.close()


def test_a_torn_last_point_waits_for_its_rest(journal: JournalWriter) -> None:
    series = journal.open_series("r", "m", "")
    journal.append_point(series, 1.0, NOW, 0)
    torn = points.frame_point(series.number, 1.0, NOW, 1)
    reader = JournalReader(journal.directory)
    with segment(journal.directory).open("ab") as file:
        file.write(torn[:17])
        file.flush()
        assert len(read_all(reader)) == 1
        file.write(torn[17:])
        file.flush()
        assert len(read_all(reader)) == 1
    journal.close()


def test_reading_may_begin_anywhere(journal: JournalWriter) -> None:
    series = [journal.open_series("r", f"k{i}", "") for i in range(3)]
    for step in range(1000):
        journal.append_point(series[step % 3], 1.0, NOW, step)
    done: dict[Position, int] = {}
    for record in JournalReader(journal.directory).read():
        assert isinstance(record, PointsRecord)
        before = max(done.values(), default=0)
        done[record.end] = done.get(record.end, before) + len(record.points.steps)
    assert len(done) > 5
    for end, count in done.items():
        rest = read_all(JournalReader(journal.directory, end))
        assert sorted(point[3] for point in rest) == list(range(count, 1000))
        assert all(point[1] == f"k{point[3] % 3}" for point in rest)  # type: ignore[operator]
    journal.close()


def test_a_new_segment_opens_its_series_anew(rotating: JournalWriter) -> None:
    journal = rotating
    series = [journal.open_series("r", f"k{i}", "") for i in range(3)]
    for step in range(2000):
        journal.append_point(series[step % 3], 1.0, NOW, step)
    last = journal.position.segment
    assert last > 10
    whole = read_all(JournalReader(journal.directory))
    assert sorted(point[3] for point in whole) == list(range(2000))
    # The segments before are drained and gone: each explains itself.
    JournalReader(journal.directory).remove_drained(Position(last - 1, 0))
    rest = read_all(JournalReader(journal.directory, Position(last - 1, 0)))
    assert rest
    assert by_series(rest) == {
        who: found[-len(by_series(rest)[who]) :] for who, found in by_series(whole).items()
    }
    journal.close()


def test_points_of_a_series_nobody_opened_are_handed_on_whole(journal: JournalWriter) -> None:
    data = points.frame_point(77, 1.0, NOW, 0) + points.frame_point(77, 1.0, NOW, 1)
    with segment(journal.directory).open("ab") as file:
        file.write(data)
    journal.append(b"after")
    assert read_all(JournalReader(journal.directory)) == [(data,), (b"after",)]
    journal.close()


def test_a_stretch_can_be_kept_and_decoded(journal: JournalWriter) -> None:
    series = journal.open_series("r", "m", "x")
    for step in range(3):
        journal.append_point(series, step / 2, NOW + step, step)
    (record,) = JournalReader(journal.directory).read()
    packed = msgspec.msgpack.decode(record.payload, type=ev.AnyEvent)
    assert isinstance(packed, ev.PackedPoints)
    assert isinstance(record, PointsRecord)
    assert ev.unpack_points(packed) == record.points
    journal.close()


def test_a_batch_is_bounded(journal: JournalWriter) -> None:
    series = journal.open_series("r", "m", "")
    journal.append_points([(series, 1.0, NOW, step) for step in range(250_000)])
    reader = JournalReader(journal.directory)
    sizes = []
    while records := reader.read():
        sizes.append(sum(len(record.points.steps) for record in records))  # type: ignore[union-attr]
    assert sum(sizes) == 250_000
    assert max(sizes) < 120_000
    for _ in range(40):
        journal.append(b"x" * 1_000_000)
    assert len(reader.read()) <= 17
    journal.close()


def test_an_old_journal_is_still_read(tmp_path: Path) -> None:
    encoded = msgspec.msgpack.encode(ev.MetricLogged("r", "m", 0.5, NOW, 3))
    old = bytes.fromhex("f19e") + len(encoded).to_bytes(4, "little")
    old += zlib.crc32(encoded).to_bytes(4, "little") + encoded
    segment(tmp_path).write_bytes(old * 2)
    assert read_all(JournalReader(tmp_path)) == [(encoded,), (encoded,)]


def test_the_backlog_is_what_follows_a_position(rotating: JournalWriter) -> None:
    journal = rotating
    series = journal.open_series("r", "m", "")
    assert backlog(journal.directory, (1, 0)) == 0
    for step in range(500):
        journal.append_point(series, 1.0, NOW, step)
    sizes = [path.stat().st_size for path in sorted(journal.directory.glob("*.journal"))]
    assert backlog(journal.directory, (1, 0)) == sum(sizes)
    assert backlog(journal.directory, (2, 100)) == sum(sizes[1:]) - 100
    assert backlog(journal.directory, journal.position) == 0
    assert backlog(journal.directory / "nowhere", (1, 0)) == 0
    journal.close()


def test_what_was_deleted_undrained_is_written_anew(rotating: JournalWriter) -> None:
    journal = rotating
    series = journal.open_series("r", "m", "")
    for step in range(400):
        journal.append_point(series, 1.0, NOW, step)
    reader = JournalReader(journal.directory)
    reader.read(1)
    drained = Position(2, 0)
    reader.remove_drained(drained)
    journal.release_drained(drained)
    kept = [point[3] for point in read_all(JournalReader(journal.directory))]
    shutil.rmtree(journal.directory)
    for step in range(400, 1000):
        journal.append_point(series, 1.0, NOW, step)
    assert journal.restore_if_gone()
    assert not journal.restore_if_gone()
    journal.append_point(series, 1.0, NOW, 1000)
    seen = [point[3] for point in read_all(JournalReader(journal.directory))]
    assert seen == list(range(kept[0], 1001))  # type: ignore[call-overload]
    journal.close()


def test_closing_lets_go_of_every_file(rotating: JournalWriter) -> None:
    series = rotating.open_series("r", "m", "")
    for step in range(1000):
        rotating.append_point(series, 1.0, NOW, step)
    assert open_files(rotating.directory) > 5
    rotating.release_drained(Position(5, 0))
    assert open_files(rotating.directory) > 2
    rotating.close()
    assert open_files(rotating.directory) == 0


def open_files(directory: Path) -> int:
    names = (os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())  # noqa: PTH115
    return sum(name.startswith(str(directory)) for name in names)


def test_threads_append_points_and_records_at_once(rotating: JournalWriter) -> None:
    journal = rotating
    shared = journal.open_series("r", "shared", "")

    def work(number: int) -> None:
        own = journal.open_series("r", f"own{number}", "")
        for step in range(1000):
            journal.append_point(own, 1.0, NOW, step)
            journal.append_point(shared, 1.0, NOW, number * 1000 + step)
            if step % 100 == 0:
                journal.append(b"%d %d" % (number, step))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reader = JournalReader(journal.directory)
    seen = read_all(reader)
    assert reader.skipped_bytes == 0
    series = by_series([item for item in seen if len(item) > 1])
    for number in range(16):
        assert [point[0] for point in series["r", f"own{number}", ""]] == list(range(1000))
    assert sorted(point[0] for point in series["r", "shared", ""]) == list(range(16_000))
    assert len([item for item in seen if len(item) == 1]) == 160
    journal.close()


INTERRUPTED = """
import pathlib, signal, sys
from jupyter_mltrack.journal import JournalWriter, writer
writer.SEGMENT_BYTES = 20_000
journal = JournalWriter(pathlib.Path(sys.argv[1]))
series = [journal.open_series("r", f"k{i}", "") for i in range(3)]
step = interrupts = 0
armed = False
done = []
def interrupt(number, frame):
    global armed, interrupts
    if armed:
        armed = False
        interrupts += 1
        raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
print("ready", flush=True)
while interrupts < 50:
    try:
        armed = True
        while True:
            step += 1
            journal.append_point(series[step % 3], 1.0, 0, step)
            done.append(step)
            if step % 50 == 0:
                journal.append(b"between")
    except KeyboardInterrupt:
        pass
print(journal.position.segment, journal.position.offset)
print(*done)
"""


def test_interrupts_at_any_moment_leave_whole_records(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    while not select.select([child.stdout], [], [], 0.002)[0]:
        child.send_signal(signal.SIGINT)
    position = Position(*map(int, child.stdout.readline().split()))
    acknowledged = set(map(int, child.stdout.readline().split()))
    child.wait(20)
    child.stdout.close()
    reader = JournalReader(tmp_path)
    steps = [point[3] for point in read_all(reader) if len(point) > 1]
    assert reader.skipped_bytes == 0
    # An interrupt may leave the next segment made and empty.
    assert reader.position in (position, Position(position.segment + 1, 0))
    assert len(steps) == len(set(steps))
    assert acknowledged <= set(steps)
    for number in range(3):
        own = [step for step in steps if step % 3 == number]  # type: ignore[operator]
        assert own == sorted(own)  # type: ignore[type-var]


FROM_A_HANDLER = """
import pathlib, signal, sys, time
from jupyter_mltrack.journal import JournalWriter, writer
writer.SEGMENT_BYTES = 20_000
journal = JournalWriter(pathlib.Path(sys.argv[1]))
outer, inner = (journal.open_series("r", key, "") for key in ("outer", "inner"))
handled = 0
def handle(number, frame):
    global handled
    handled += 1
    journal.append_point(inner, 1.0, 0, handled)
signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
step = 0
while handled < 500:
    journal.append_point(outer, 1.0, 0, step)
    step += 1
signal.setitimer(signal.ITIMER_REAL, 0)
print(step, handled)
"""


def test_a_signals_handler_may_log_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FROM_A_HANDLER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    outer, inner = map(int, done.stdout.split())
    found = by_series(read_all(JournalReader(tmp_path)))
    assert [point[0] for point in found["r", "outer", ""]] == list(range(outer))
    # Signals come in the handler as well: the order is not theirs.
    assert sorted(point[0] for point in found["r", "inner", ""]) == list(range(1, inner + 1))


def test_series_of_runs_that_ended_are_forgotten_until_a_point_of_theirs_comes(
    journal: JournalWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mltrack.journal.reader.KEPT_SERIES", 20)
    opened = [journal.open_series(f"r{number}", "m", "") for number in range(100)]
    reader = JournalReader(journal.directory)
    for number, series in enumerate(opened):
        journal.append_point(series, 1.0, NOW, number)
    assert [point[0] for point in read_all(reader)] == [f"r{number}" for number in range(100)]
    assert len(reader.series) == 20
    for number in (3, 99, 0):
        journal.append_point(opened[number], 2.0, NOW, 0)
    assert [point[0] for point in read_all(reader)] == ["r3", "r99", "r0"]
    journal.close()
