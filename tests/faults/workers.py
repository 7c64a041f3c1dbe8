"""Processes that log: forked from a clean server that has the imports done, or fresh ones.

A worker acknowledges each call that returned with one byte at the end of a file of its own, so
that the size of that file is the number of acknowledged operations whatever kills the worker.
"""

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.faults.model import PLANS, Hand, Operation

_PRELOADED = [
    "alembic.command",
    "jupyter_mltrack.api.client",
    "jupyter_mltrack.store.sql.store",
    "tests.faults.workers",
]


def _make_context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


context = _make_context()


def wait_until(
    condition: Callable[[], Any], timeout: float = 60, what: str = "", pause: float = 0.005
) -> Any:
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for {what or condition}")
        time.sleep(pause)
    return value


def use_store(home: Path, uri: str = "") -> None:
    """In a worker: write to this store, or the one below ``home``; all files are below ``home``."""
    import jupyter_mltrack as mltrack

    os.environ["XDG_DATA_HOME"] = str(home / "data")
    mltrack.set_tracking_uri(uri or store_of(home))


def store_of(home: Path) -> Path:
    return home / "store"


class Acknowledgements:
    """One byte a call that returned."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def add(self) -> None:
        os.write(self._descriptor, b".")


def count_acknowledged(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class Worker:
    """A process that does a plan's operations until it is killed."""

    def __init__(self, home: Path, plan: str, seed: int, **options: Any) -> None:
        self.home, self.plan, self.seed = home, plan, seed
        self.acknowledgements = home / f"{plan}-{seed}.ack"
        arguments = (home, plan, seed, self.acknowledgements)
        self.process: BaseProcess = context.Process(
            target=follow_plan, args=arguments, kwargs=options, daemon=True
        )
        self.process.start()

    @property
    def acknowledged(self) -> int:
        return count_acknowledged(self.acknowledgements)

    def wait_for(self, count: int) -> None:
        wait_until(lambda: self.acknowledged >= count or not self.process.is_alive(), 60, "a start")

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


def follow_plan(
    home: Path,
    plan: str,
    seed: int,
    acknowledgements: Path,
    *,
    count: int | None = None,
    pause: float = 0.0,
    flush_every: int = 0,
) -> None:
    """Do a plan's operations; after ``count`` of them end the session in order."""
    use_store(home)
    done = Acknowledgements(acknowledgements)
    hand = Hand()
    for number, operation in enumerate(PLANS[plan](seed), 1):
        hand.perform(operation)
        done.add()
        if flush_every and number % flush_every == 0:
            hand.flush()
        if number == count:
            break
        if pause:
            time.sleep(pause)
    close_session()


def close_session() -> None:
    """What an interpreter's exit does; processes of multiprocessing end without it."""
    from jupyter_mltrack.tracking import session

    session.close_session(60)


class Servant:
    """A process that does the operations it is sent, one after the other."""

    def __init__(self, home: Path, uri: str = "") -> None:
        self._pipe, theirs = context.Pipe()
        arguments = (home, theirs, uri)
        self.process: BaseProcess = context.Process(target=obey, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def do(self, operation: Operation) -> Exception | None:
        """The exception the operation raised, or None."""
        self._pipe.send(operation)
        assert self._pipe.poll(90), f"no answer to {operation}"
        answer: Exception | None = self._pipe.recv()
        return answer

    def close(self) -> None:
        """End in order."""
        self._pipe.send(None)
        self.process.join(90)
        assert self.process.exitcode == 0, self.process.exitcode
        self._pipe.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self._pipe.close()


def obey(home: Path, pipe: Connection, uri: str) -> None:
    use_store(home, uri)
    hand = Hand()
    while (operation := pipe.recv()) is not None:
        try:
            hand.perform(operation)
        except Exception as error:
            pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))
        else:
            pipe.send(None)
    close_session()


def start_script(code: str, home: Path, *arguments: str, **options: Any) -> "subprocess.Popen[str]":
    """A script in a fresh interpreter, writing to the store below ``home``."""
    environment = {
        **os.environ,
        "MLTRACK_STORE": str(store_of(home)),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        **options,
    )
