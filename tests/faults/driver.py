"""Every call of the database driver, and every one of ours to the file system, failed in turn."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from jupyter_mltrack.errors import JournalUnavailable
from tests.faults.inside import run_inside
from tests.faults.judge import expect_whole, reopen, report
from tests.faults.model import Hand, Model, Operation, compare
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import (
    Acknowledgements,
    close_session,
    context,
    count_acknowledged,
    use_store,
)

ERRORS = ("disk I/O error", "database is locked", "database or disk is full")
SYSTEM_CALLS = ("write", "fsync", "open", "mkdir", "replace", "utime", "unlink")
MAX_CALLS = 2000
PER_PROCESS = 25
SHORT = 4
RETRY_SECONDS = 0.01


class Countdown:
    """Calls ``strike`` at the n-th call; counts them all."""

    def __init__(self, number: int, strike: Callable[[], None]) -> None:
        self.calls = 0
        self._number, self._strike = number, strike

    def tick(self) -> None:
        self.calls += 1
        if self.calls == self._number:
            self._strike()


_countdown = Countdown(0, lambda: None)


class Cursor(sqlite3.Cursor):
    def execute(self, *args: Any) -> Any:
        _countdown.tick()
        return super().execute(*args)

    def executemany(self, *args: Any) -> Any:
        _countdown.tick()
        return super().executemany(*args)

    def fetchall(self) -> Any:
        _countdown.tick()
        return super().fetchall()


class Connection(sqlite3.Connection):
    def cursor(self, *_args: Any) -> Any:
        return super().cursor(Cursor)

    def execute(self, *args: Any) -> Any:
        _countdown.tick()
        return super().execute(*args)

    def commit(self) -> None:
        _countdown.tick()
        super().commit()

    def rollback(self) -> None:
        _countdown.tick()
        super().rollback()


def _patch_driver() -> None:
    connect = sqlite3.dbapi2.connect

    def connect_faulty(*args: Any, **options: Any) -> Any:
        _countdown.tick()
        return connect(*args, **{**options, "factory": Connection})

    sqlite3.connect = sqlite3.dbapi2.connect = connect_faulty


def _life() -> Iterator[Operation]:
    yield ("create_experiment", "life")
    yield ("start", "one")
    yield ("params", {"a": "1", "b": "x"})
    yield ("metric", "m", 0.5, 0)
    yield ("tags", {"t": "1"})
    yield ("artifact", "a.bin", 1, 4000)
    yield ("metrics", {"m": 0.25, "n": float("nan")}, 1)
    yield ("flush",)
    yield ("artifact", "dir/big.bin", 2, 1_500_000)
    for step in range(30):
        yield ("metric", "m", step, step)
    yield ("tags", {"t": None, "u": "2"})
    yield ("end", "FINISHED")
    yield ("start", "two")
    yield ("metric", "m", 1, 1)
    yield ("flush",)
    yield ("end", "FAILED")


def driver_errors(trial: Trial) -> None:
    """The n-th call of the driver raises: no operation notices, all is stored once."""
    _sweep(trial, _live_with_error, ERRORS)


def system_errors(trial: Trial) -> None:
    """The n-th call to the file system fails; a refused operation says so and may be repeated."""
    _sweep(trial, _live_with_system_error, (errno.EIO, errno.ENOSPC))


def _sweep(trial: Trial, live: Callable[..., None], kinds: Sequence[Any]) -> None:
    """All n until no call fails, for each kind of failure; a few of them in the short form."""
    probe = Outcome("")
    with trial.fresh_directory() as home:
        run_inside(probe, live, home, [MAX_CALLS], kinds[0])
    calls = int(str(probe.notes.pop("calls", 0)))
    trial.outcome.add(probe)
    trial.outcome.notes["calls in a life"] = calls
    for kind in kinds:
        numbers = list(range(1, calls + 1))
        if not trial.whole:
            numbers = sorted(trial.random.sample(numbers, min(calls, SHORT)))
        for start in range(0, len(numbers), PER_PROCESS):
            with trial.fresh_directory() as home:
                found = Outcome("")
                run_inside(found, live, home, numbers[start : start + PER_PROCESS], kind)
                found.notes.pop("calls", 0)
                trial.outcome.add(found)


def _live_with_error(outcome: Outcome, home: Path, numbers: list[int], message: str) -> None:
    def strike() -> None:
        raise sqlite3.OperationalError(message)

    _patch_driver()
    _live_lives(outcome, home, numbers, strike)


def _live_with_system_error(outcome: Outcome, home: Path, numbers: list[int], code: int) -> None:
    def strike() -> None:
        raise OSError(code, os.strerror(code))

    for name in SYSTEM_CALLS:
        setattr(os, name, _counted(getattr(os, name), str(home)))
    _live_lives(outcome, home, numbers, strike)


def _counted(call: Callable[..., Any], place: str) -> Callable[..., Any]:
    def counted(*args: Any, **options: Any) -> Any:
        # Ours are those below the trial's directory and those on open files.
        if isinstance(args[0], int) or place in os.fspath(args[0]):
            _countdown.tick()
        return call(*args, **options)

    return counted


def _live_lives(
    outcome: Outcome, home: Path, numbers: list[int], strike: Callable[[], None]
) -> None:
    from jupyter_mltrack.tracking import drainer

    drainer.RETRY_SECONDS = RETRY_SECONDS  # type: ignore[misc]
    for number in numbers:
        _live(outcome, home / str(number), number, strike)


def _live(outcome: Outcome, home: Path, number: int, strike: Callable[[], None]) -> None:
    global _countdown
    home.mkdir(parents=True, exist_ok=True)
    use_store(home)
    hand, model = Hand(), Model()
    countdown = _countdown = Countdown(number, strike)
    for operation in _life():
        try:
            hand.perform(operation)
        except JournalUnavailable:
            hand.perform(operation)
        model.apply(operation)
        outcome.acknowledged += 1
    close_session()
    _countdown = Countdown(0, lambda: None)
    outcome.trials += 1
    outcome.notes["calls"] = countdown.calls
    store = reopen(home, outcome)
    report(outcome, compare(store, model), f"call {number}")
    rejected = store.get_counts().rejected
    outcome.expect(not rejected, f"call {number}: {rejected} records kept aside")
    store.close()
    expect_whole(home, outcome)


def driver_exits(trial: Trial) -> None:
    """The process ends at the n-th call of the driver: what was acknowledged is there after."""
    with trial.fresh_directory() as home:
        probe = Outcome("")
        run_inside(probe, _live_with_error, home, [MAX_CALLS], "")
    calls = int(str(probe.notes.get("calls", 0)))
    trial.outcome.expect(calls, f"no calls: {probe.faults}")
    numbers = list(range(1, calls + 1))
    if not trial.whole:
        numbers = sorted(trial.random.sample(numbers, min(len(numbers), 8)))
    for number in numbers:
        with trial.fresh_directory() as home:
            _exit_at(trial.outcome, home, number)


def _exit_at(outcome: Outcome, home: Path, number: int) -> None:
    acknowledgements = home / "life.ack"
    process = context.Process(target=_die, args=(home, number, acknowledgements), daemon=True)
    process.start()
    process.join(90)
    outcome.expect(process.exitcode == 7, f"call {number}: exit code {process.exitcode}")
    process.kill()
    done = count_acknowledged(acknowledgements)
    store = reopen(home, outcome)
    outcome.trials += 1
    outcome.acknowledged += done
    found = []
    for count in (done, done + 1):
        model = Model()
        for operation, _ in zip(_life(), range(count), strict=False):
            model.apply(operation)
        model.crash()
        found.append(compare(store, model))
    report(outcome, min(found, key=lambda one: one.lost + one.duplicated), f"exit at {number}")
    store.close()
    expect_whole(home, outcome)


def _die(home: Path, number: int, acknowledgements: Path) -> None:
    global _countdown
    _patch_driver()
    _countdown = Countdown(number, lambda: os._exit(7))
    use_store(home)
    hand, done = Hand(), Acknowledgements(acknowledgements)
    for operation in _life():
        hand.perform(operation)
        done.add()
    close_session()
