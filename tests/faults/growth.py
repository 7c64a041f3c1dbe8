"""A long life: memory, threads and files do not grow with the runs."""

import gc
import threading
import time
from pathlib import Path

import psutil

from jupyter_mltrack.store.contract import RunSearch
from tests.faults.inside import run_inside
from tests.faults.judge import expect_whole, reopen
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import close_session, use_store

MAX_BYTES_A_RUN = 1000
# What the allocator and the database's page cache move by in a short life.
SHORT_SLACK = 2_000_000


def growth(trial: Trial) -> None:
    """Runs with points, params and tags, one after the other, in one process."""
    runs, points = trial.count(300, 3000), trial.count(50_000, 1_000_000)
    slack = 0 if trial.whole else SHORT_SLACK
    with trial.fresh_directory() as home:
        run_inside(trial.outcome, _live, home, runs, points // runs, slack, timeout=900)


def _live(outcome: Outcome, home: Path, runs: int, points: int, slack: int) -> None:
    import jupyter_mltrack as mltrack

    use_store(home)
    process = psutil.Process()
    warm = runs // 3
    before = (0, 0, 0)
    for number in range(runs):
        if number == warm:
            before = _measure(process)
        with mltrack.start_run(run_name=f"run {number}"):
            mltrack.log_params({f"p{i}": number + i for i in range(5)})
            mltrack.set_tags({f"t{i}": number for i in range(3)})
            for step in range(points):
                mltrack.log_metric(f"m{step % 4}", step / 7, step=step)
        if number % 100 == 0:
            assert mltrack.flush(60)
    after = _measure(process)
    per_run = (after[0] - before[0] - slack) / (runs - warm)
    outcome.trials = outcome.acknowledged = runs
    outcome.acknowledged *= points
    outcome.notes["bytes a run"] = round((after[0] - before[0]) / (runs - warm))
    outcome.notes["RSS (MB)"] = round(after[0] / 1e6)
    outcome.expect(per_run < MAX_BYTES_A_RUN, f"{per_run:.0f} bytes a run")
    outcome.expect(after[1] <= before[1], f"threads: {before[1]} before, {after[1]} after")
    outcome.expect(after[2] <= before[2], f"open files: {before[2]} before, {after[2]} after")
    close_session()
    names = [thread.name for thread in threading.enumerate() if "mltrack" in thread.name]
    outcome.expect(not names, f"threads left: {names}")
    store = reopen(home, outcome)
    found = store.search_runs(RunSearch(limit=10**6))
    outcome.lost += runs - len(found)
    for run in found[:: max(1, runs // 50)]:
        stored = sum(len(store.get_metric_history(run.info.run_id, f"m{i}")) for i in range(4))
        outcome.lost += points - stored
    store.close()
    expect_whole(home, outcome)


def _measure(process: psutil.Process) -> tuple[int, int, int]:
    import jupyter_mltrack as mltrack

    assert mltrack.flush(60)
    gc.collect()
    # The drainer may have a file open just now; what leaks is open whenever one looks.
    files = process.num_fds()
    for _ in range(20):
        time.sleep(0.02)
        files = min(files, process.num_fds())
    return process.memory_info().rss, process.num_threads(), files
