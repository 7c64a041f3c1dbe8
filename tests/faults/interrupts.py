"""SIGINT at random moments: what was acknowledged is there, the next call works, nothing hangs."""

import signal
import time
from collections import Counter
from pathlib import Path

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.faults.judge import expect_whole, reopen
from tests.faults.kernels import open_kernel
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import start_script, wait_until

PER_PROCESS = 50

SCRIPT = """
import json, os, sys, tempfile
from pathlib import Path
import jupyter_mltrack as mltrack
log = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
file = Path(tempfile.mkdtemp()) / "a.bin"
file.write_bytes(b"x" * 1_200_000)

def calls(number):
    yield "run", lambda: mltrack.start_run(run_name=f"r{number}")
    for step in range(20):
        key = f"{number}-{step}"
        yield "m", lambda: mltrack.log_metric(f"m{number}", step, step=step)
        yield "p", lambda: mltrack.log_params({f"p{key}": step})
        yield "t", lambda: mltrack.set_tags({f"t{key}": step})
    if number % 3 == 0:
        yield "a", lambda: mltrack.log_artifact(file, f"d{number}")
    yield "end", mltrack.end_run

def live(until):
    number = 0
    while not until():
        number += 1
        for step, (kind, call) in enumerate(calls(number)):
            name = f"{kind} {number} {step}"
            while True:
                done = False
                try:
                    call()
                    done = True
                    os.write(log, f"done {name}\\n".encode())
                    break
                except KeyboardInterrupt:
                    os.write(log, f"{'late' if done else 'cut'} {name}\\n".encode())
                    if done or kind != "run":
                        break
"""

LOOP = """
stop = Path(sys.argv[1] + ".stop")
while True:
    try:
        live(stop.exists)
    except KeyboardInterrupt:
        continue  # between two calls
    break
assert mltrack.flush(60), "not flushed"
print("flushed", flush=True)
"""

# What each record of the worker's log says: kind, number of the run, number of the call.
Call = tuple[str, int, int]


def interrupts_of_scripts(trial: Trial) -> None:
    """A script that catches each interrupt and goes on."""
    left = trial.count(15, 200)
    while left > 0:
        with trial.fresh_directory() as home:
            count = min(left, PER_PROCESS)
            left -= count
            _interrupt_script(trial, home, count)


def _interrupt_script(trial: Trial, home: Path, count: int) -> None:
    log = home / "calls.log"
    worker = start_script(SCRIPT + LOOP, home, str(log))
    wait_until(lambda: log.exists() and log.stat().st_size, what="its first call")
    for _ in range(count):
        time.sleep(trial.random.uniform(0.005, 0.1))
        worker.send_signal(signal.SIGINT)
    time.sleep(0.05)
    Path(f"{log}.stop").touch()
    began = time.monotonic()
    out, error = worker.communicate(timeout=90)
    trial.outcome.recovered_in(time.monotonic() - began)
    trial.outcome.trials += count
    if worker.returncode or "flushed" not in out or error:
        trial.outcome.fault(f"exit code {worker.returncode}: {out} {error[-2000:]}")
    store = reopen(home, trial.outcome)
    _judge(trial.outcome, store, read_log(log))
    store.close()
    expect_whole(home, trial.outcome)


def read_log(path: Path) -> dict[Call, str]:
    """Whether each call was ``done`` or ``cut`` off, which may have come to something or not."""
    calls: dict[Call, str] = {}
    for line in path.read_text().splitlines():
        verb, kind, number, step = line.split()
        call = (kind, int(number), int(step))
        # A call may be begun again when the loop was cut between two; a success stands.
        if calls.get(call) != "done":
            calls[call] = "cut" if verb == "cut" else "done"
    return calls


def _judge(outcome: Outcome, store: Store, calls: dict[Call, str]) -> None:
    runs = store.search_runs(RunSearch(limit=100_000))
    done = Counter(kind for (kind, _, _), verb in calls.items() if verb == "done")
    outcome.acknowledged += done.total()
    outcome.notes["cut off"] = int(str(outcome.notes.get("cut off", 0))) + sum(
        verb == "cut" for verb in calls.values()
    )
    params = Counter(key for run in runs for key in run.data.params)
    tags = Counter(key for run in runs for key in run.data.tags)
    artifacts = Counter(a.path for run in runs for a in store.list_artifacts(run.info.run_id))
    points: Counter[tuple[str, int]] = Counter()
    for run in runs:
        for key in run.data.metrics:
            history = store.get_metric_history(run.info.run_id, key)
            points.update((key, point.step) for point in history)
    for (kind, number, step), verb in calls.items():
        index = (step - 1) // 3
        found = {
            "run": lambda n=number: sum(run.info.run_name == f"r{n}" for run in runs),
            "m": lambda n=number, i=index: points[f"m{n}", i],
            "p": lambda n=number, i=index: params[f"p{n}-{i}"],
            "t": lambda n=number, i=index: tags[f"t{n}-{i}"],
            "a": lambda n=number: artifacts[f"d{n}/a.bin"],
            "end": lambda: 1,
        }[kind]()
        if verb == "done" and not found:
            outcome.lost += 1
            outcome.fault(f"{kind} {number} {step} is lost")
    running = [run.info.run_name for run in runs if run.info.status == RunStatus.RUNNING]
    outcome.expect(not running, f"still running: {running}")
    rejected = store.get_counts().rejected
    outcome.expect(not rejected, f"{rejected} records kept aside")


def interrupts_of_kernels(trial: Trial) -> None:
    """The stop button of a notebook, again and again, in a cell that logs."""
    count = trial.count(6, 200)
    with trial.fresh_directory() as home, open_kernel(home) as kernel:
        log = home / "calls.log"
        kernel.run("%load_ext jupyter_mltrack\n%mltrack start --experiment interrupted")
        kernel.run(f"import sys\nsys.argv = ['', {str(log)!r}]\n" + SCRIPT)
        outcome = trial.outcome
        for number in range(count):
            # Not caught: the cell ends with the interrupt, and the run with the cell.
            first = 1000 * (number + 1)
            message = kernel.run(
                f"for number in range({first}, {first} + 900):\n"
                "    with mltrack.start_run(run_name=f'r{number}'):\n"
                "        for step in range(60):\n"
                "            mltrack.log_metric(f'm{number}', step, step=step)\n"
                "            os.write(log, f'done m {number} {1 + 3 * step}\\n'.encode())",
                wait=False,
            )
            time.sleep(trial.random.uniform(0.01, 0.12))
            kernel.manager.interrupt_kernel()
            began = time.monotonic()
            reply = kernel.finish(message)
            outcome.recovered_in(time.monotonic() - began)
            outcome.tally(str(reply.content.get("ename", "not interrupted")))
            outcome.trials += 1
        after = kernel.run("with mltrack.start_run(run_name='after'): mltrack.log_metric('x', 1)")
        outcome.expect(after.content["status"] == "ok", f"the next cell: {after.content}")
        outcome.expect("True" in kernel.run("print(mltrack.flush(60))").text(), "not flushed")
        store = reopen(home, outcome)
        _judge(outcome, store, read_log(log))
        store.close()
        expect_whole(home, outcome)


FITS = """
import numpy as np
from sklearn.linear_model import LogisticRegression
x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
model = LogisticRegression()
"""


def interrupts_of_fits(trial: Trial) -> None:
    """The stop button in autologged fits: the cell is interrupted, no run goes on."""
    outcome = trial.outcome
    with trial.fresh_directory() as home, open_kernel(home) as kernel:
        kernel.run("%load_ext jupyter_mltrack\n%mltrack start --experiment fits")
        kernel.run("import jupyter_mltrack as mltrack\n" + FITS + "model.fit(x, y)")
        for _ in range(trial.count(5, 100)):
            message = kernel.run("while True: model.fit(x, y)", wait=False)
            time.sleep(trial.random.uniform(0.01, 0.15))
            kernel.manager.interrupt_kernel()
            reply = kernel.finish(message)
            outcome.trials += 1
            name = reply.content.get("ename", "")
            outcome.expect(name == "KeyboardInterrupt", f"the cell ended with {reply.content}")
            outcome.expect(len(reply.shown()) == 1, f"shown: {reply.shown()}")
        outcome.expect("True" in kernel.run("print(mltrack.flush(60))").text(), "not flushed")
        store = reopen(home, outcome)
        runs = store.search_runs(RunSearch(limit=10_000))
        running = [run.info.run_name for run in runs if run.info.status == RunStatus.RUNNING]
        outcome.expect(not running, f"{len(running)} runs still running")
        whole = [r for r in runs if r.info.status == RunStatus.FINISHED and r.data.metrics]
        outcome.acknowledged += len(whole)
        killed = len(runs) - len(whole)
        outcome.expect(killed <= outcome.trials, f"{killed} runs are not whole")
        outcome.notes["runs cut off"] = killed
        store.close()
