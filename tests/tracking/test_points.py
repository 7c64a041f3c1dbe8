"""Metric points under load: fast loops, threads, interrupts, kills; each is stored exactly once."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.journal import JournalWriter
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.session import close_session, get_session
from jupyter_mltrack.tracking.writer import RunWriter

UNKNOWN = "f" * 32


def test_a_burst_is_stored_whole_and_in_order(store: Store) -> None:
    with mltrack.start_run() as run:
        for step in range(150_000):
            mltrack.log_metric("loss", step * 0.5, step=step)
            if step % 3 == 0:
                run.log_metric("third", step)
    assert mltrack.flush(60)
    assert list(store.get_series(run.info.run_id, "loss").steps) == list(range(150_000))
    third = store.get_series(run.info.run_id, "third")
    assert list(third.values) == list(range(0, 150_000, 3))


def test_slow_logging_is_soon_in_the_store(store: Store) -> None:
    with mltrack.start_run() as run:
        assert mltrack.flush(20)
        waits = []
        for step in range(10):
            mltrack.log_metric("m", 1, step=step)
            started = time.monotonic()
            while len(store.get_series(run.info.run_id, "m").steps) <= step:
                time.sleep(0.01)
                assert time.monotonic() - started < 30
            waits.append(time.monotonic() - started)
    assert sorted(waits)[5] < 5  # a tenth of it on an idle machine


def test_threads_share_a_run_and_have_their_own(store: Store) -> None:
    shared = mltrack.start_run(run_name="shared")
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with mltrack.start_run(run_name=f"own {number}", nested=True):
                for step in range(500):
                    mltrack.log_metric("own", number, step=step)
                    shared.log_metric("same", number, step=number * 500 + step)
                    shared.log_metric(f"one {number}", number, step=step)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mltrack.end_run()
    assert failures == []
    assert mltrack.flush(60)
    same = store.get_series(shared.info.run_id, "same")
    assert sorted(same.steps) == list(range(8000))
    assert [value for _, value in sorted(zip(same.steps, same.values, strict=True))] == [
        step // 500 for step in range(8000)
    ]
    for run in store.search_runs(RunSearch()):
        if run.info.run_name.startswith("own"):
            number = int(run.info.run_name.split()[1])
            own = store.get_series(run.info.run_id, "own")
            assert (list(own.steps), set(own.values)) == (list(range(500)), {number})
            one = store.get_series(shared.info.run_id, f"one {number}")
            assert list(one.steps) == list(range(500))


INTERRUPTED = """
import signal
import jupyter_mltrack as m
interrupts = 0
armed = False
def interrupt(number, frame):
    global armed, interrupts
    if armed:
        armed = False
        interrupts += 1
        raise KeyboardInterrupt
run = m.start_run()
m.log_metric("warm", 1)
m.flush(20)
signal.signal(signal.SIGINT, interrupt)
print(run.info.run_id, flush=True)
step = 0
done = []
while interrupts < 50:
    try:
        armed = True
        while True:
            step += 1
            m.log_metric("m", step, step=step)
            done.append(step)
    except KeyboardInterrupt:
        pass
signal.signal(signal.SIGINT, signal.SIG_IGN)
m.end_run()
print(int(m.flush(30)), *done)
"""


def test_interrupts_lose_nothing_and_leave_no_lock_held(store_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MLTRACK_STORE": str(store_path)},
    )
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    while not select.select([child.stdout], [], [], 0.005)[0]:
        child.send_signal(signal.SIGINT)
    flushed, *acknowledged = map(int, child.stdout.read().split())
    assert child.wait(30) == 0
    child.stdout.close()
    assert flushed
    steps = list(open_store(str(store_path)).get_series(run_id, "m").steps)
    assert steps == sorted(set(steps))
    assert set(acknowledged) <= set(steps)
    # A call that was interrupted may have been recorded; none was that was never made.
    assert len(steps) <= len(acknowledged) + 50


BURST = """
import jupyter_mltrack as m
run = m.start_run()
print(run.info.run_id, flush=True)
step = 0
while True:
    for _ in range(500):
        m.log_metric("m", step, step=step)
        step += 1
    print(step, flush=True)
"""


@pytest.mark.parametrize("seconds", [0.1, 0.7, 1.5])
def test_a_kill_amid_a_burst_loses_nothing(store_path: Path, seconds: float) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", BURST],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MLTRACK_STORE": str(store_path)},
    )
    assert child.stdout is not None
    run_id = child.stdout.readline().strip()
    reading = threading.Thread(target=lambda: lines.extend(child.stdout or ()))
    lines: list[str] = []
    reading.start()
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()
    reading.join()
    child.stdout.close()
    acknowledged = int(lines[-1]) if lines and lines[-1].endswith("\n") else 0
    store = open_store(str(store_path))
    store.prepare()
    assert drain_orphans(store, store.uri) == 1
    steps = list(store.get_series(run_id, "m").steps)
    assert steps == list(range(len(steps)))
    assert len(steps) >= acknowledged


def test_points_of_a_run_that_comes_later_are_applied_then(store: Store, store_path: Path) -> None:
    session = get_session()
    writer = RunWriter(session, UNKNOWN)
    writer.log_metric("m", 0.5, step=3)
    writer.log_params({"C": 1})
    assert mltrack.flush(20)
    assert store.get_counts().rejected == 2
    other = JournalWriter(store_path / "journal" / ("a" * 32))
    other.append(msgspec.msgpack.encode(ev.RunStarted(UNKNOWN, "a" * 32, "", "late", 1)))
    other.close()
    close_session()
    get_session()
    assert mltrack.flush(20)
    assert store.get_counts().rejected == 0
    assert store.get_run(UNKNOWN).data.metrics == {"m": 0.5}
    assert store.get_run(UNKNOWN).data.params == {"C": "1"}


def test_a_torn_end_does_not_keep_a_flush_waiting(store: Store, store_path: Path) -> None:
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1)
        segment = store_path / "journal" / get_session().session_id / "000001.journal"
        with segment.open("ab") as file:
            file.write(segment.read_bytes()[-40:-5])
        assert mltrack.flush(20)
        mltrack.log_metric("m", 2, step=1)
    assert mltrack.flush(20)
    assert list(store.get_series(run.info.run_id, "m").values) == [1, 2]


@pytest.mark.parametrize("timestamp", ["now", 2**63, float("nan")])
def test_a_wrong_timestamp_is_refused(store: Store, timestamp: object) -> None:
    with mltrack.start_run():
        with pytest.raises(InvalidParameterValue, match="milliseconds since the epoch"):
            mltrack.log_metric("m", 1, timestamp=timestamp)  # type: ignore[arg-type]
        with pytest.raises(InvalidParameterValue, match="milliseconds since the epoch"):
            mltrack.log_metrics({"m": 1}, timestamp=timestamp)  # type: ignore[arg-type]


class _Half:
    def __float__(self) -> float:
        return 0.5


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (True, 1.0),
        (7, 7.0),
        (np.float32(0.25), 0.25),
        (np.array(4), 4.0),
        (Decimal("1.25"), 1.25),
        (_Half(), 0.5),
        (bytearray(b"1.5"), 1.5),
    ],
)
def test_whatever_is_a_number_is_logged_as_one(store: Store, value: Any, stored: float) -> None:
    with mltrack.start_run() as run:
        for step in (np.int64(3), True, 5.0, None):
            mltrack.log_metric("m", value, step=step)
    assert mltrack.flush(60)
    series = store.get_series(run.info.run_id, "m")
    assert list(series.values) == [stored] * 4
    assert list(series.steps) == [3, 1, 5, 0]


@pytest.mark.parametrize("value", ["1.0", b"1", None, 1j, [1.0], 10**400, np.array([1.0, 2.0])])
def test_what_is_no_number_is_refused_and_costs_itself_only(store: Store, value: Any) -> None:
    with mltrack.start_run() as run:
        mltrack.log_metric("m", 1.0, step=1)
        with pytest.raises(InvalidParameterValue, match="must be a number"):
            mltrack.log_metric("m", value, step=2)
        with pytest.raises(InvalidParameterValue, match="must be a number"):
            mltrack.log_metric("another", value)
        mltrack.log_metric("m", 3.0, step=3)
    assert mltrack.flush(60)
    assert list(store.get_series(run.info.run_id, "m").steps) == [1, 3]
    assert "another" not in store.get_run(run.info.run_id).data.metrics


@pytest.mark.parametrize("step", [7.5, "7", 2**63, float("nan"), [1]])
def test_a_wrong_step_is_refused(store: Store, step: Any) -> None:
    with mltrack.start_run():
        for _ in range(2):
            with pytest.raises(InvalidParameterValue, match="A step must be a whole number"):
                mltrack.log_metric("m", 1.0, step=step)
            mltrack.log_metric("m", 1.0)


def test_metrics_are_logged_all_or_none(store: Store) -> None:
    with mltrack.start_run() as run:
        with pytest.raises(InvalidParameterValue, match="'b'"):
            mltrack.log_metrics({"a": 1, "b": "high"})  # type: ignore[dict-item]
        mltrack.log_metrics({"c": 1, "d": 2}, step=4, timestamp=1000)
    assert mltrack.flush(20)
    assert store.get_run(run.info.run_id).data.metrics == {"c": 1.0, "d": 2.0}
    (point,) = store.get_metric_history(run.info.run_id, "d")
    assert (point.step, point.timestamp) == (4, 1000)
