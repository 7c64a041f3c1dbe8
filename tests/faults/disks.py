"""A disk that is full, then not: fits are untouched, explicit calls say so, nothing is lost."""

import contextlib
import resource
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_mltrack.errors import MltrackException
from tests.faults.inside import mount_small_disk, run_inside
from tests.faults.judge import expect_whole, reopen, report
from tests.faults.model import Hand, Model, Operation, compare
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import close_session, store_of, use_store

MAX_CALLS = 20_000
REFUSED = 100


def disk_full(trial: Trial) -> None:
    """A small disk fills up; something else is deleted from it later."""
    for number in range(trial.count(1, 10)):
        with trial.fresh_directory() as home:
            seed = trial.random.randrange(10**6)
            run_inside(trial.outcome, _live_on_small_disk, home, seed, number)


def file_size_limited(trial: Trial) -> None:
    """The process may not let files grow (RLIMIT_FSIZE), and then may again."""
    for _ in range(trial.count(1, 10)):
        with trial.fresh_directory() as home:
            seed = trial.random.randrange(10**6)
            run_inside(trial.outcome, _live, home, seed, _limited_size)


def _live_on_small_disk(outcome: Outcome, home: Path, seed: int, number: int) -> None:
    if not mount_small_disk(home, 12):
        outcome.notes["tmpfs"] = "cannot be mounted here, RLIMIT_FSIZE instead"
        _live(outcome, home, seed, _limited_size)
        return
    _live(outcome, home, seed, lambda home: _ballast(home, left=(0, 40_000, 300_000)[number % 3]))


@contextmanager
def _ballast(home: Path, left: int) -> Iterator[None]:
    """Fill the disk but for ``left`` bytes."""
    file = home / "ballast"
    with file.open("wb", buffering=0) as out:
        with contextlib.suppress(OSError):
            while out.write(b"x" * 4096):
                pass
        out.truncate(max(0, out.tell() - left))
    yield
    file.unlink()


@contextmanager
def _limited_size(home: Path) -> Iterator[None]:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def _operations(seed: int) -> Iterator[Operation]:
    for number in range(MAX_CALLS):
        yield ("metric", "m", number / 3, number)
        if number % 5 == 0:
            yield ("params", {f"p{number}": "x" * (number % 100)})
        if number % 7 == 0:
            yield ("tags", {f"t{number % 9}": str(number)})
        if number % 11 == 0:
            yield ("artifact", f"a{number % 13}.bin", seed + number, 3000)


def _live(outcome: Outcome, home: Path, seed: int, full: Callable[..., Any]) -> None:
    """A life with a full disk in its middle."""
    import jupyter_mltrack as mltrack

    untracked = _fit()
    # What is logged as an artifact lies elsewhere than on the disk that fills up.
    use_store(home)
    hand, model = Hand(), Model()
    operations = _operations(seed)
    log = Log(outcome, hand, model)
    mltrack.autolog()
    log.perform(("start", "full"))
    # The first fit is logged to the open run, which has more than the model knows then.
    model.runs["full"].exact = False
    for _ in range(50):
        log.perform(next(operations))
    hand.flush()
    log.raises = True
    with full(home):
        while log.refused < REFUSED and log.done < MAX_CALLS:
            if log.done % 100 == 0:
                _expect_untouched(outcome, untracked)
            log.perform(next(operations))
        _expect_untouched(outcome, untracked)
        outcome.expect(log.refused == REFUSED, f"only {log.refused} calls refused")
    outcome.notes["calls refused"] = log.refused
    log.raises = False
    freed = time.monotonic()
    for _ in range(50):
        log.perform(next(operations))
    log.perform(("end", "FINISHED"))
    hand.flush()
    outcome.recovered_in(time.monotonic() - freed)
    _expect_untouched(outcome, untracked)
    close_session()
    store = reopen(home, outcome)
    report(outcome, compare(store, model), f"full, seed {seed}")
    outcome.trials += 1
    store.close()
    expect_whole(home, outcome)


class Log:
    """Does operations, of which some may be refused for want of space (``raises``)."""

    def __init__(self, outcome: Outcome, hand: Hand, model: Model) -> None:
        self._outcome, self._hand, self._model = outcome, hand, model
        self.raises = False
        self.done = 0
        self.refused = 0

    def perform(self, operation: Operation) -> None:
        self.done += 1
        try:
            self._hand.perform(operation)
        except MltrackException as error:
            if not self.raises:
                raise
            self.refused += 1
            clear = str(store_of(Path())) in error.message and "space" in error.message
            self._outcome.expect(clear, f"not clear: {error.message}")
        else:
            self._outcome.acknowledged += 1
            self._model.apply(operation)


def _fit() -> tuple[object, ...]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = LogisticRegression().fit(x, y)
        return (fitted.coef_.tobytes(), fitted.predict(x).tobytes(), [str(w) for w in caught])


def _expect_untouched(outcome: Outcome, untracked: tuple[object, ...]) -> None:
    try:
        tracked = _fit()
    except Exception as error:
        outcome.fault(f"a tracked fit raised {error!r}")
    else:
        outcome.expect(tracked == untracked, "a tracked fit gave another result or a warning")
