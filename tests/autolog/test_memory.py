"""What memory a fit took."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sklearn.naive_bayes import GaussianNB

from jupyter_mltrack.autolog import memory
from jupyter_mltrack.autolog.memory import MemoryMeter
from jupyter_mltrack.entities import Run

Logged = Callable[[], list[Run]]
SCRIPT = """
from jupyter_mltrack.autolog.memory import MemoryMeter

meter = MemoryMeter()
held = bytearray(200_000_000)
del held
print(meter.taken_mb())
meter = MemoryMeter()
held = bytearray(50_000_000)
print(meter.taken_mb())
"""


def test_memory_of_a_block_in_a_process_of_its_own() -> None:
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, check=True)
    first, second = found.stdout.decode().split()
    if not Path("/proc/self/status").exists():
        assert (first, second) == ("None", "None")
        return
    assert 195 < float(first) < 215
    assert second == "None"


@pytest.mark.usefixtures("no_problems", "autologging")
def test_a_fit_that_made_the_process_grow(
    logged: Logged, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    greatest = iter([500_000_000, 800_000_000, 800_000_000, 800_000_000])
    monkeypatch.setattr(memory, "_sizes", lambda: (next(greatest), 400_000_000))
    GaussianNB().fit(*data)
    GaussianNB().fit(*data)
    first, second = logged()
    assert first.data.metrics["fit_peak_memory_mb"] == 400
    assert "fit_peak_memory_mb" not in second.data.metrics


def test_where_the_system_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_sizes", lambda: (0, 0))
    assert MemoryMeter().taken_mb() is None
