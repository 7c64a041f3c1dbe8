"""The store deleted, overwritten, made read-only or replaced under a session that goes on."""

import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch
from tests.faults.inside import obey_permissions, run_beside
from tests.faults.judge import expect_whole, reopen, report
from tests.faults.kernels import open_kernel
from tests.faults.model import Hand, Model, Operation, compare
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import close_session, store_of, use_store, wait_until

NOTICE_SECONDS = 3.0
DATABASE_FILES = ("mltrack.db", "mltrack.db-wal", "mltrack.db-shm")

Repair = Callable[[], None]


def _delete_directory(home: Path, _rng: random.Random) -> Repair:
    while store_of(home).exists():  # what it makes meanwhile too
        shutil.rmtree(store_of(home), ignore_errors=True)
    return lambda: None


def _delete_database(home: Path, _rng: random.Random) -> Repair:
    for name in DATABASE_FILES:
        (store_of(home) / name).unlink(missing_ok=True)
    return lambda: None


def _overwrite_database(home: Path, rng: random.Random) -> Repair:
    for name in DATABASE_FILES:
        _overwrite(store_of(home) / name, rng)
    return lambda: None


def _overwrite_everything(home: Path, rng: random.Random) -> Repair:
    for path in sorted(store_of(home).rglob("*")):
        _overwrite(path, rng)
    return lambda: None


def _overwrite(path: Path, rng: random.Random) -> None:
    if path.is_file():
        with path.open("r+b") as file:
            file.write(rng.randbytes(path.stat().st_size))


def _make_read_only(home: Path, _rng: random.Random) -> Repair:
    paths = [store_of(home), *store_of(home).rglob("*")]
    modes = [(path, path.stat().st_mode) for path in paths]
    for path in paths:
        path.chmod(0o500 if path.is_dir() else 0o400)

    def repair() -> None:
        for path, mode in modes:
            if path.exists():
                path.chmod(mode)

    return repair


def _replace_database(home: Path, _rng: random.Random) -> Repair:
    for name in DATABASE_FILES[1:]:
        (store_of(home) / name).unlink(missing_ok=True)
    (home / "other.db").replace(store_of(home) / "mltrack.db")
    return lambda: None


DAMAGES: dict[str, Callable[[Path, random.Random], Repair]] = {
    "directory deleted": _delete_directory,
    "database deleted": _delete_database,
    "database overwritten": _overwrite_database,
    "everything overwritten": _overwrite_everything,
    "made read-only": _make_read_only,
    "database replaced": _replace_database,
}


def damaged_stores(trial: Trial) -> None:
    """Calls go on, the damage is noticed, what the journal has arrives when it can."""
    for _ in range(trial.count(1, 10)):
        calls = [
            (_live, trial.new_directory(), kind, trial.random.randrange(10**6)) for kind in DAMAGES
        ]
        # Most of it is waiting: for what is noticed, for a next attempt.
        run_beside(trial.outcome, calls)


class Log:
    """Operations done and their meaning; none may raise or wait."""

    def __init__(self, outcome: Outcome, kind: str) -> None:
        self.model = Model()
        self._outcome, self._kind, self._hand = outcome, kind, Hand()

    def perform(self, *operation: object) -> None:
        began = time.monotonic()
        done: Operation = operation
        try:
            self._hand.perform(done)
        except Exception as error:
            self._outcome.fault(f"{self._kind}: {operation} raised {error!r}")
        else:
            self.model.apply(done)
            self._outcome.acknowledged += 1
        seconds = time.monotonic() - began
        self._outcome.expect(seconds < 1, f"{self._kind}: {operation} took {seconds:.2f} s")

    def log_some(self, name: str) -> None:
        self.perform("start", name)
        self.perform("params", {"name": name})
        for step in range(40):
            self.perform("metric", "m", step / 3, step)
        self.perform("artifact", "a.bin", 1, 5000)
        self.perform("tags", {"kind": "damage"})


def _live(outcome: Outcome, home: Path, kind: str, seed: int) -> None:
    """Runs before, across and after the damage."""
    import jupyter_mltrack as mltrack
    from jupyter_mltrack.tracking.problems import problems

    obey_permissions()
    rng = random.Random(seed)
    _make_other_database(home)
    use_store(home)
    log = Log(outcome, kind)
    log.log_some("before")
    log.perform("end", "FINISHED")
    log.log_some("across")
    assert mltrack.flush(60)
    repair = DAMAGES[kind](home, rng)
    damaged = (store_of(home) / "mltrack.db").read_bytes() if "overwritten" in kind else b""
    for step in range(40, 60):
        log.perform("metric", "m", step / 3, step)
    wait_until(problems.list_problems, NOTICE_SECONDS, f"notice of {kind}")
    log.perform("end", "FINISHED")
    log.log_some("after")
    log.perform("end", "FAILED")
    repair()
    repaired = time.monotonic()
    outcome.expect(mltrack.flush(60), f"{kind}: not flushed: {problems.list_problems()}")
    outcome.recovered_in(time.monotonic() - repaired)
    close_session()
    outcome.trials += 1
    outcome.worst("kinds of problems told", len(problems.list_problems()))
    _judge(outcome, home, kind, log.model, damaged)


def _judge(outcome: Outcome, home: Path, kind: str, model: Model, damaged: bytes) -> None:
    store = reopen(home, outcome)
    if kind == "everything overwritten":
        # What came before is gone with the only files that had it; of "across", the rest is there.
        del model.runs["before"]
        across = model.runs["across"]
        across.exact = False
        across.params, across.tags, across.artifacts = {}, {}, {}
        across.points = {"m": across.points["m"][40:]}
    report(outcome, compare(store, model), kind)
    names = {run.info.run_name for run in store.search_runs(RunSearch())}
    if kind == "database replaced":
        outcome.expect("other" in names, f"{kind}: the other database's run is gone: {names}")
    if damaged:
        kept = [path for path in store_of(home).iterdir() if _holds(path, damaged)]
        outcome.expect(kept, f"{kind}: the damaged file is not there any more")
        outcome.expect(kept != [store_of(home) / "mltrack.db"], f"{kind}: not set aside")
    store.close()
    expect_whole(home, outcome)


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _make_other_database(home: Path) -> None:
    """``other.db``: somebody else's store, with one run."""
    import jupyter_mltrack as mltrack

    use_store(home / "other")
    with mltrack.start_run(run_name="other"):
        mltrack.log_metric("m", 1)
    assert mltrack.flush(60)
    close_session()
    path = store_of(home / "other") / "mltrack.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, home / "other.db")
    shutil.rmtree(home / "other")


CELL = """
import jupyter_mltrack as mltrack
with mltrack.start_run(run_name="{name}"):
    for step in range(20):
        mltrack.log_metric("m", step, step=step)
"""


def damage_under_a_kernel(trial: Trial) -> None:
    """In a notebook: the next cells run as ever, one message says what happened."""
    kinds = list(DAMAGES)[:5]
    for kind in kinds if trial.whole else [trial.random.choice(kinds)]:
        with trial.fresh_directory() as home, open_kernel(home) as kernel:
            kernel.run(
                "from tests.faults.inside import obey_permissions\nobey_permissions()\n"
                "%load_ext jupyter_mltrack\n%mltrack start --experiment damage --no-autolog"
            )
            kernel.run(CELL.format(name="before") + "assert mltrack.flush(60)")
            rng = random.Random(trial.random.randrange(10**6))
            repair = DAMAGES[kind](home, rng)
            shown, errors = [], []
            for number in range(5):
                reply = kernel.run(CELL.format(name=f"after {number}") + "print('done')")
                shown += [one for one in reply.shown() if one[1].get("text") != "done\n"]
                errors += [reply.content] if reply.content["status"] != "ok" else []
                time.sleep(0.6)
            status = kernel.run("%mltrack status").shown()
            repair()
            flushed = kernel.run("print(mltrack.flush(60))").text()
            outcome = trial.outcome
            outcome.trials += 1
            outcome.acknowledged += 6 * 20
            outcome.expect(not errors, f"{kind}: {errors}")
            outcome.expect(len(shown) <= 1, f"{kind}: more than one message: {shown}")
            outcome.worst("messages", len(shown))
            told = "".join(one[1].get("data", {}).get("text/plain", "") for one in status)
            outcome.expect("\n! While" in told, f"{kind}: status says nothing: {told}")
            outcome.expect("True" in flushed, f"{kind}: not flushed: {flushed}")
            store = open_store(str(store_of(home)))
            found = {run.info.run_name: run.info.run_id for run in store.search_runs(RunSearch())}
            # What came before is gone with the only files that had it.
            gone = {"before"} if kind == "everything overwritten" else set()
            for name in {"before", *(f"after {number}" for number in range(5))} - gone:
                steps = store.get_metric_history(found.get(name, ""), "m")
                outcome.lost += 20 - len(steps)
            store.close()
