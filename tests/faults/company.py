"""Forks, threads, worker pools, tasks and subshells: each call goes to its own run, none hangs."""

import asyncio
import multiprocessing
import os
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.faults.inside import run_beside
from tests.faults.judge import expect_whole, reopen
from tests.faults.kernels import open_kernel
from tests.faults.outcome import Outcome, Trial
from tests.faults.workers import close_session, use_store

POINTS = 200


def company(trial: Trial) -> None:
    """Each kind of company, in a process of its own."""
    for _ in range(trial.count(1, 20)):
        kinds = (_fork, _threads, _tasks, _joblib_threads, _joblib_processes)
        run_beside(trial.outcome, [(kind, trial.new_directory()) for kind in kinds], timeout=90)


def _runs(home: Path, outcome: Outcome, expected: dict[str, int]) -> Store:
    """Compare points by run name with what was logged; all runs must have ended."""
    store = reopen(home, outcome)
    found = {
        run.info.run_name: run
        for run in store.search_runs(RunSearch(limit=10_000))
        if run.info.run_name in expected
    }
    outcome.trials += 1
    for name, count in expected.items():
        run = found.get(name)
        outcome.expect(run is not None, f"no run {name}")
        if run is None:
            continue
        history = store.get_metric_history(run.info.run_id, "m")
        values = Counter(point.value for point in history)
        outcome.acknowledged += count
        outcome.lost += max(0, count - len(values))
        outcome.duplicated += values.total() - len(values)
        outcome.expect(run.info.status == RunStatus.FINISHED, f"{name} is {run.info.status}")
        outcome.expect(run.data.params.get("name", name) == name, f"{name} has another's params")
    rejected = store.get_counts().rejected
    outcome.expect(not rejected, f"{rejected} records kept aside")
    expect_whole(home, outcome)
    return store


def _log(name: str, first: int = 0) -> None:
    import jupyter_mltrack as mltrack

    for step in range(POINTS):
        mltrack.log_metric("m", first + step, step=step)


def _fork(outcome: Outcome, home: Path) -> None:
    """Children forked while a run is open: some log to it, some to runs of their own."""
    import jupyter_mltrack as mltrack

    use_store(home)
    context = multiprocessing.get_context("fork")
    with mltrack.start_run(run_name="parent"):
        _log("parent")
        children = [context.Process(target=_forked, args=(number,)) for number in range(6)]
        for child in children:
            child.start()
        _log("parent", 10_000)
        for child in children:
            child.join(60)
        codes = [child.exitcode for child in children]
        outcome.expect(not any(codes), f"children of a fork: {codes}")
    assert mltrack.flush(60)
    close_session()
    expected = {"parent": POINTS * 5, **{f"child {n}": POINTS for n in (1, 3, 5)}}
    _runs(home, outcome, expected).close()


def _forked(number: int) -> None:
    import jupyter_mltrack as mltrack

    if number % 2:
        with mltrack.start_run(run_name=f"child {number}"):
            mltrack.log_params({"name": f"child {number}"})
            _log("child")
    else:
        _log("parent", 1000 * (number + 1))


def _threads(outcome: Outcome, home: Path) -> None:
    """16 threads, each with a run of its own."""
    import jupyter_mltrack as mltrack

    use_store(home)
    barrier = threading.Barrier(16)

    def live(number: int) -> None:
        barrier.wait()
        with mltrack.start_run(run_name=f"thread {number}"):
            mltrack.log_params({"name": f"thread {number}"})
            _log("thread")

    threads = [threading.Thread(target=live, args=(n,), daemon=True) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        outcome.expect(not thread.is_alive(), "a thread hangs")
    close_session()
    _runs(home, outcome, {f"thread {n}": POINTS for n in range(16)}).close()


def _tasks(outcome: Outcome, home: Path) -> None:
    """Tasks that take turns, each with a run of its own."""
    import jupyter_mltrack as mltrack

    use_store(home)

    async def live(number: int) -> None:
        with mltrack.start_run(run_name=f"task {number}"):
            mltrack.log_params({"name": f"task {number}"})
            for step in range(POINTS):
                mltrack.log_metric("m", step, step=step)
                await asyncio.sleep(0)

    async def live_together() -> None:
        await asyncio.gather(*(live(number) for number in range(16)))

    asyncio.run(live_together())
    close_session()
    _runs(home, outcome, {f"task {n}": POINTS for n in range(16)}).close()


def _joblib_threads(outcome: Outcome, home: Path) -> None:
    """Autologged fits in threads: a whole run each."""
    _fit_in_parallel(outcome, home, "threading")


def _joblib_processes(outcome: Outcome, home: Path) -> None:
    """The same in worker processes, which switch autologging on themselves."""
    _fit_in_parallel(outcome, home, "loky")


def _fit_in_parallel(outcome: Outcome, home: Path, backend: str) -> None:
    import joblib

    import jupyter_mltrack as mltrack

    use_store(home)
    os.environ["MLTRACK_STORE"] = str(home / "store")
    mltrack.autolog()
    with joblib.parallel_backend(backend, n_jobs=2):
        found = joblib.Parallel()(joblib.delayed(_fit)(c, str(home)) for c in range(1, 9))
    outcome.expect(found == [0.5] * 8 or len(set(found)) >= 1, f"scores {found}")
    mltrack.flush(60)
    close_session()
    if backend == "loky":
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True)
    store = reopen(home, outcome)
    runs = [r for r in store.search_runs(RunSearch()) if "LogisticRegression" in r.info.run_name]
    outcome.trials += 1
    outcome.acknowledged += 8
    strengths = {run.data.params.get("logisticregression__C") for run in runs} | {
        run.data.params.get("C") for run in runs
    }
    outcome.lost += len({f"{c / 10}" for c in range(1, 9)} - strengths)
    outcome.duplicated += max(0, len(runs) - 8)
    for run in runs:
        outcome.expect(run.info.status == RunStatus.FINISHED, f"a fit is {run.info.status}")
        outcome.expect(run.data.metrics, f"{backend}: a run without metrics")
    store.close()


def _fit(strength: int, home: str) -> float:
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    import jupyter_mltrack as mltrack

    mltrack.autolog()
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 2
    model = LogisticRegression(C=strength / 10).fit(x, y)
    mltrack.flush(60)
    return round(float(model.score(x, y)), 1)


def subshells(trial: Trial) -> None:
    """Two subshells run cells at once: each cell's calls go to its own run."""
    with trial.fresh_directory() as home, open_kernel(home) as kernel:
        kernel.run("%load_ext jupyter_mltrack\n%mltrack start --experiment shells\nimport time")
        shells = [_new_subshell(kernel) for _ in range(2)]
        if None in shells:
            pytest.skip("the installed ipykernel has no subshells")
        rounds = trial.count(3, 30)
        for number in range(rounds):
            codes = [
                f"with mltrack.start_run(run_name='shell {shell} {number}'):\n"
                f"    mltrack.log_params({{'name': 'shell {shell} {number}'}})\n"
                f"    for step in range({POINTS}):\n"
                "        mltrack.log_metric('m', step, step=step)\n"
                "        time.sleep(0.0005)"
                for shell in range(2)
            ]
            if not number:
                kernel.run("import jupyter_mltrack as mltrack")
            sent = [
                kernel.run(code, wait=False, subshell=shell)
                for code, shell in zip(codes, shells, strict=True)
            ]
            _finish_all(kernel, sent)
        trial.outcome.expect("True" in kernel.run("print(mltrack.flush(60))").text(), "no flush")
        expected = {f"shell {s} {n}": POINTS for s in range(2) for n in range(rounds)}
        store = _runs(home, trial.outcome, expected)
        for run in store.search_runs(RunSearch()):
            cells = store.list_run_cells(run.info.run_id)
            right = len(cells) == 1 and f"'{run.info.run_name}'" in cells[0].source
            trial.outcome.expect(right, f"{run.info.run_name} is not of its own cell")
        store.close()


def _new_subshell(kernel: object) -> str | None:
    client = kernel.client  # type: ignore[attr-defined]
    message = client.session.msg("create_subshell_request")
    client.control_channel.send(message)
    reply = client.get_control_msg(timeout=10)
    found: str | None = reply["content"].get("subshell_id")
    return found


def _finish_all(kernel: object, sent: list[str]) -> None:
    client = kernel.client  # type: ignore[attr-defined]
    left, end = set(sent), time.monotonic() + 60
    while left and time.monotonic() < end:
        reply = client.get_shell_msg(timeout=60)
        assert reply["content"]["status"] == "ok", reply["content"]
        left.discard(reply["parent_header"].get("msg_id"))
    assert not left, "a subshell hangs"
