"""``kill -9`` at random moments: nothing acknowledged is lost, and what died is said to have."""

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from jupyter_mltrack.entities import CellOutcome, RunStatus
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.faults.judge import expect_whole, judge_killed, reopen
from tests.faults.kernels import open_kernel
from tests.faults.outcome import Trial
from tests.faults.workers import Worker, store_of, wait_until

OLD_VERSION = "v0_1_0"
OLD_STORE = Path(__file__).parents[1] / "databases" / f"{OLD_VERSION}.sql"
GROUP = 10


def kills_of_users(trial: Trial) -> None:
    """Killed while the user's thread logs what it likes; mostly in one of its calls."""
    _kill_in_groups(trial, "ordinary", trial.count(5, 70), pause=0.0)


def kills_of_drainers(trial: Trial) -> None:
    """Killed while the user's thread waits and the drainer writes."""
    _kill_in_groups(trial, "points", trial.count(4, 50), flush_every=5000)


def kills_of_blob_writes(trial: Trial) -> None:
    """Killed while files of 5 MB are spooled by the user's thread or stored by the drainer."""
    _kill_in_groups(trial, "blobs", trial.count(3, 40))


def _kill_in_groups(trial: Trial, plan: str, count: int, **options: float) -> None:
    """Several workers, one after the other, beside a living one in the same store."""
    while count > 0:
        group = min(count, GROUP)
        count -= group
        with trial.fresh_directory() as home:
            companion = Worker(home, "ordinary", 0, pause=0.02, count=None)
            companion.wait_for(1)
            for _ in range(group):
                seed = trial.random.randrange(1, 10**9)
                worker = Worker(home, plan, seed, **options)
                worker.wait_for(1)
                time.sleep(trial.random.uniform(0, 0.6))
                worker.kill()
                store = reopen(home, trial.outcome)
                judge_killed(store, trial.outcome, plan, seed, worker.acknowledged)
                _expect_alive(trial, store, companion)
                store.close()
            companion.kill()
            store = reopen(home, trial.outcome)
            judge_killed(store, trial.outcome, "ordinary", 0, companion.acknowledged)
            store.close()
            expect_whole(home, trial.outcome)


def _expect_alive(trial: Trial, store: Store, companion: Worker) -> None:
    killed = [
        run.info.run_name
        for run in store.search_runs(RunSearch(limit=1_000_000))
        if run.info.run_name.startswith(f"{companion.plan}-{companion.seed}-")
        and run.info.status == RunStatus.KILLED
    ]
    trial.outcome.expect(not killed, f"runs of a living session are called KILLED: {killed}")
    trial.outcome.expect(companion.process.is_alive(), "the companion died by itself")


def make_old_store(home: Path) -> None:
    """A store of version 0.1.0 below ``home``."""
    store_of(home).mkdir(parents=True)
    with closing(sqlite3.connect(store_of(home) / "mltrack.db")) as connection:
        _load_old(connection)


def _load_old(connection: sqlite3.Connection) -> None:
    # A dump writes an infinity as a word that SQL does not know.
    connection.executescript(re.sub(r"\bInf\b", "9e999", OLD_STORE.read_text()))


def kills_of_migrations(trial: Trial) -> None:
    """Killed while a store is created or brought up to date: old or new, never between."""
    for number in range(trial.count(4, 40)):
        with trial.fresh_directory() as home:
            old = number % 2 == 0
            if old:
                make_old_store(home)
            seed = trial.random.randrange(1, 10**9)
            worker = Worker(home, "ordinary", seed, pause=0.005)
            worker.wait_for(1)
            # The store is opened when the first calls have settled, after a second at most.
            time.sleep(trial.random.uniform(0.8, 1.4))
            worker.kill()
            before = open_store(str(store_of(home))).get_schema_version()
            store = reopen(home, trial.outcome)
            trial.outcome.tally(f"left at {before or 'nothing'}")
            judge_killed(store, trial.outcome, "ordinary", seed, worker.acknowledged)
            if old:
                names = {run.info.run_name for run in store.search_runs(RunSearch(limit=10_000))}
                kept = {name for name in names if not name.startswith("ordinary")}
                trial.outcome.expect(_old_names() <= kept, f"old runs are gone: {kept}")
            store.close()
            expect_whole(home, trial.outcome)


def _old_names() -> set[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        _load_old(connection)
        query = "SELECT name FROM runs WHERE lifecycle_stage = 'active'"
        return {name for (name,) in connection.execute(query)}


def kills_of_kernels(trial: Trial) -> None:
    """A real kernel killed in a cell: its run is KILLED, with the cell it died in."""
    for number in range(trial.count(1, 10)):
        with trial.fresh_directory() as home:
            seed = trial.random.randrange(1, 10**9)
            acknowledgements = home / "kernel.ack"
            source = (
                "from tests.faults.model import Hand, points_plan\n"
                "from tests.faults.workers import Acknowledgements\n"
                "from pathlib import Path\n"
                f"done, hand = Acknowledgements(Path({str(acknowledgements)!r})), Hand()\n"
                f"for operation in points_plan({seed}):\n"
                "    hand.perform(operation)\n"
                "    done.add()"
            )
            with open_kernel(home) as kernel:
                kernel.run("%load_ext jupyter_mltrack\n%mltrack start --experiment killed")
                kernel.run(source, wait=False)
                wait_until(lambda path=acknowledgements: path.exists() and path.stat().st_size)
                time.sleep(trial.random.uniform(0, 0.5))
                kernel.manager.signal_kernel(9)
                wait_until(lambda kernel=kernel: not kernel.manager.is_alive(), what="its death")
            acknowledged = acknowledgements.stat().st_size
            store = reopen(home, trial.outcome)
            trial.outcome.trials += 1
            trial.outcome.acknowledged += acknowledged
            (run,) = store.search_runs(RunSearch())
            steps = [point.step for point in store.get_metric_history(run.info.run_id, "m")]
            trial.outcome.lost += max(0, acknowledged - 1 - len(steps))
            trial.outcome.duplicated += len(steps) - len(set(steps))
            cells = store.list_run_cells(run.info.run_id)
            trial.outcome.expect(run.info.status == RunStatus.KILLED, f"is {run.info.status}")
            trial.outcome.expect(
                [(cell.source, cell.outcome) for cell in cells]
                == [(source, CellOutcome.ABANDONED)],
                f"cells of kernel {number}: {cells}",
            )
            store.close()
            expect_whole(home, trial.outcome)
