"""What is left after a fault, opened as the next user of the store would open it."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.drainer import drain_orphans
from tests.faults.model import Difference, compare, model_after
from tests.faults.outcome import Outcome
from tests.faults.workers import store_of

REOPEN_SECONDS = 1.0
BUSY_SECONDS = 5.0
RECOVERY_SECONDS = 60.0


def reopen(home: Path, outcome: Outcome) -> Store:
    """The store, opened and with the journals of the dead drained; how long it took is judged."""
    started, worked = time.monotonic(), time.process_time()
    store = open_store(str(store_of(home)))
    store.prepare()
    store.get_counts()
    opened = time.monotonic() - started
    outcome.worst("worst reopen (s)", opened)
    # On a busy machine others' work is not ours.
    worked = time.process_time() - worked
    slow = worked > REOPEN_SECONDS or opened > BUSY_SECONDS
    outcome.expect(not slow, f"reopened in {opened:.2f} s, {worked:.2f} s of it work")
    drain_orphans(store, store.uri)
    recovered = time.monotonic() - started
    outcome.recovered_in(recovered)
    outcome.expect(recovered < RECOVERY_SECONDS, f"recovered in {recovered:.1f} s")
    return store


def expect_whole(home: Path, outcome: Outcome) -> None:
    """The database passes SQLite's own check."""
    path = store_of(home) / "mltrack.db"
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        outcome.expect(found == [("ok",)], f"integrity check: {found[:3]}")
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
        outcome.expect(not broken, f"foreign keys: {broken[:3]}")


def judge_killed(
    store: Store, outcome: Outcome, plan: str, seed: int, acknowledged: int
) -> Difference:
    """All that was acknowledged is there exactly once, and the call in flight not by half."""
    outcome.trials += 1
    outcome.acknowledged += acknowledged
    differences = []
    for count in (acknowledged, acknowledged + 1):
        model = model_after(plan, seed, count)
        model.crash()
        differences.append(compare(store, model))
    best = min(differences, key=lambda one: (one.lost + one.duplicated, len(one.texts)))
    report(outcome, best, f"{plan} {seed} after {acknowledged}")
    return best


def report(outcome: Outcome, difference: Difference, where: str) -> None:
    outcome.lost += difference.lost
    outcome.duplicated += difference.duplicated
    for text in difference.texts[:5]:
        outcome.fault(f"{where}: {text}")
