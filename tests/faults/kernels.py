"""A real kernel whose drainer runs, with the store and the data directory of a trial."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client import KernelManager

from tests.faults.workers import store_of
from tests.magics.kernels import Kernel

ROOT = Path(__file__).parents[2]


@contextmanager
def open_kernel(home: Path, **environment: str) -> Iterator[Kernel]:
    """A kernel that imports the tests and writes to the store below ``home``."""
    inherited = {
        k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "MLTRACK_", "VSC"))
    }
    variables = {
        **inherited,
        "MLTRACK_STORE": str(store_of(home)),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    manager = KernelManager()
    # What the kernel's server says of its connection is not about us.
    manager.start_kernel(env=variables, cwd=str(home), stderr=subprocess.DEVNULL)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield Kernel(client, manager)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
