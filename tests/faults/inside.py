"""Trials that need a process of their own for what they do to it: limits, mounts, patches."""

import contextlib
import ctypes
import os
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.faults.outcome import Outcome
from tests.faults.workers import context

_NEW_MOUNT_NAMESPACE = 0x00020000
_CAPABILITY_VERSION = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2


def run_inside(
    outcome: Outcome, target: Callable[..., None], *arguments: Any, timeout: float = 45
) -> None:
    """Call ``target(outcome, …)`` in a process of its own and add what it counted."""
    outcome.add(_run(target, arguments, timeout))


def run_beside(outcome: Outcome, calls: Sequence[tuple[Any, ...]], timeout: float = 45) -> None:
    """The same with several at once, each a target and its arguments."""
    with ThreadPoolExecutor(len(calls)) as threads:
        for found in threads.map(lambda call: _run(call[0], call[1:], timeout), calls):
            outcome.add(found)


def _run(target: Callable[..., None], arguments: tuple[Any, ...], timeout: float) -> Outcome:
    pipe, theirs = context.Pipe()
    # Not a daemon: what is inside may have children of its own.
    process = context.Process(target=_call, args=(theirs, target, arguments))
    process.start()
    theirs.close()
    found: Outcome | None = None
    with contextlib.suppress(EOFError):
        found = pipe.recv() if pipe.poll(timeout) else None
    process.join(10 if found else 0)
    process.kill()
    process.join()
    pipe.close()
    if found is None:
        found = Outcome("")
        found.fault(f"{target.__name__}{arguments} died or hung, exit code {process.exitcode}")
    return found


def _call(pipe: Connection, target: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    outcome = Outcome("")
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            target(outcome, *arguments)
        except BaseException:
            outcome.fault(f"{target.__name__}{arguments}: {traceback.format_exc()}")
        printed.seek(0)
        text = printed.read().decode(errors="replace")
        outcome.expect(not text, f"printed into the user's program: {text[-1500:]}")
    pipe.send(outcome)


def mount_small_disk(path: Path, megabytes: int) -> bool:
    """Mount a small file system that only this process sees; False where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0 or libc.unshare(_NEW_MOUNT_NAMESPACE) != 0:
        return False
    path.mkdir(parents=True, exist_ok=True)
    commands = (
        ["mount", "--make-rprivate", "/"],
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(path)],
    )
    return all(not subprocess.run(one, capture_output=True).returncode for one in commands)


def obey_permissions() -> None:
    """As root: give up passing over the permissions of files, as everyone else must."""
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    assert libc.capget(header, data) == 0
    gone = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH
    for place in (0, 1, 2):
        data[place] &= ~gone & 0xFFFFFFFF
    assert libc.capset(header, data) == 0
