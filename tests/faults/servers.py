"""A PostgreSQL server that is killed and started again while others write to its store."""

import os
import subprocess
import sys
import time
from pathlib import Path
from unittest.mock import patch

from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import RunSearch, Store
from jupyter_mltrack.store.sql.tables import Base
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.problems import problems
from tests.faults.outcome import Trial
from tests.postgresql import Server

WRITERS = 2

# Logs until its input ends; each line that came out was acknowledged before.
WRITER = """
import sys, threading
import jupyter_mltrack as mltrack
from jupyter_mltrack.tracking import session
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
step = 0
with mltrack.start_run(run_name=sys.argv[1]):
    while not ended.is_set():
        mltrack.log_metric("m", step, step=step)
        if step % 10 == 0:
            mltrack.log_param(f"p{step}", step)
            mltrack.log_text(f"text {step}", f"{step % 50}.txt")
        print(step, flush=True)
        step += 1
        ended.wait(0.0005)
session.close_session(60)
"""


def server_killed(trial: Trial) -> None:
    """``kill -9`` of all of the server's processes, at random moments, commits among them."""
    home = trial.new_directory()
    problems.clear()
    with patch.dict(os.environ, XDG_DATA_HOME=str(home / "data")):
        _kill_and_judge(trial, home)


def _kill_and_judge(trial: Trial, home: Path) -> None:
    server = Server()
    try:
        uri = server.create_database("killed")
        open_store(uri).prepare()
        writers = [_start_writer(uri, home, str(number)) for number in range(WRITERS)]
        time.sleep(1.5)
        for _ in range(trial.count(4, 20)):
            time.sleep(trial.random.uniform(0, 1.2))
            server.kill()
            time.sleep(trial.random.uniform(0, 0.3))
            server.start()
        started = time.monotonic()
        acknowledged = [_end(writer, home, number) for number, writer in enumerate(writers)]
        store = open_store(uri)
        # What a writer could not deliver before it ended is in its journal.
        drain_orphans(store, uri)
        trial.outcome.recovered_in(time.monotonic() - started)
        trial.outcome.expect(not store.get_counts().rejected, "records were rejected")
        for number, count in enumerate(acknowledged):
            _judge(trial, store, str(number), count)
        _expect_whole(trial, server)
        store.close()
        trial.outcome.expect(not problems.list_problems(), f"{problems.list_problems()}")
    finally:
        server.stop()


def _start_writer(uri: str, home: Path, name: str) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "MLTRACK_STORE": uri,
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with (home / f"{name}.out").open("w") as out:
        return subprocess.Popen(
            [sys.executable, "-c", WRITER, name],
            stdin=subprocess.PIPE,
            stdout=out,
            text=True,
            env=environment,
        )


def _end(writer: "subprocess.Popen[str]", home: Path, number: int) -> int:
    writer.communicate(timeout=90)
    return len((home / f"{number}.out").read_text().splitlines())


def _judge(trial: Trial, store: Store, name: str, acknowledged: int) -> None:
    outcome = trial.outcome
    outcome.trials += 1
    outcome.acknowledged += acknowledged
    found = [run for run in store.search_runs(RunSearch()) if run.info.run_name == name]
    outcome.expect(len(found) == 1, f"{len(found)} runs {name}")
    for run in found:
        steps = [point.step for point in store.get_metric_history(run.info.run_id, "m")]
        outcome.lost += len(set(range(acknowledged)) - set(steps))
        outcome.duplicated += len(steps) - len(set(steps))
        outcome.expect(steps == sorted(steps), "points are out of order")
        params = {f"p{step}" for step in range(0, acknowledged, 10)}
        outcome.lost += len(params - run.data.params.keys())
        for artifact in store.list_artifacts(run.info.run_id):
            text = store.read_blob(artifact.digest).decode()
            outcome.expect(text.startswith("text "), f"{artifact.path} reads {text[:40]!r}")
        outcome.expect(run.info.status == "FINISHED", f"the run is {run.info.status}")


def _expect_whole(trial: Trial, server: Server) -> None:
    server.execute("CREATE EXTENSION IF NOT EXISTS amcheck", "killed")
    tables = ", ".join(f"'{name}'::regclass" for name in Base.metadata.tables)
    checked = server.execute(
        "SELECT bt_index_check(indexrelid, true) FROM pg_index "
        f"WHERE indrelid IN ({tables}) AND indisvalid",
        "killed",
    )
    trial.outcome.notes["indexes checked"] = len(checked)
