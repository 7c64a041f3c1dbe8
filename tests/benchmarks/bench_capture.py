"""What tracking adds to a cell, seen by the front end, and what executions add to the store.

A tracked and an untracked kernel get the same cells in turn; a cell takes from its request to the
kernel's becoming idle. The front end sends a notebook of 200 cells along with each execution.
"""

import base64
import json
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from tests.magics import kernels

CELLS = 200
CELL_CHARACTERS = 500
WARM_UP = 10
ROUNDS = 80
PAUSE = 0.12
"""Seconds from a cell to the next: nobody is as fast, and the store takes in what was written."""
EXECUTIONS = 1000
WORDS = ("model", "data", "frame", "fit", "score", "train", "test", "value", "index", "column")


def make_notebook(generator: random.Random) -> list[dict[str, str]]:
    """Cells as JupyterLab sends them."""
    return [
        {
            "id": str(uuid.UUID(int=generator.getrandbits(128))),
            "type": "code" if number % 4 else "markdown",
            "source": make_source(generator),
        }
        for number in range(CELLS)
    ]


def make_source(generator: random.Random) -> str:
    lines = ["x = 1"]
    while sum(map(len, lines)) < CELL_CHARACTERS:
        words = " ".join(generator.choice(WORDS) for _ in range(8))
        lines.append(f"# {words} {generator.random():.4f}")
    return "\n".join(lines)


def sent(cells: list[dict[str, str]]) -> dict[str, Any]:
    return {"path": "nb.ipynb", "dirty": True, "cells": cells}


def time_cells(
    tracked: Any, plain: Any, cells: list[dict[str, str]], sources: Sequence[str], shows: str
) -> dict[str, float]:
    """What tracking adds to a cell: of its time side by side (median), of its thread's work (mean).

    On a busy machine only the second is steady.
    """
    differences: list[float] = []
    work = dict.fromkeys((tracked, plain), 0.0)
    for number, source in enumerate(sources):
        if number == WARM_UP:
            work = {kernel: -work_of(kernel) for kernel in work}
        cell = {**cells[1], "source": source}
        notebook = sent([cells[0], cell, *cells[2:]])
        taken = {}
        time.sleep(PAUSE)
        for kernel in (tracked, plain) if number % 2 else (plain, tracked):
            start = time.perf_counter()
            kernel.run(source, cellId=cell["id"], jupyter_mltrack=notebook)
            taken[kernel] = time.perf_counter() - start
        differences.append(1000 * (taken[tracked] - taken[plain]))
    work = {kernel: before + work_of(kernel) for kernel, before in work.items()}
    return {
        f"ms added to a cell that {shows}": median(differences[WARM_UP:]),
        f"   of them work of the cell's own thread, {shows}": 1000
        * (work[tracked] - work[plain])
        / (len(sources) - WARM_UP),
    }


def work_of(kernel: Any) -> float:
    """Seconds that the thread which runs the cells has worked."""
    return float(kernel.run("import time; print(time.thread_time())", silent=True).text())


def figure_source() -> str:
    """A cell that shows a picture of 30 kB, another at each execution."""
    content = base64.b64encode(random.Random(1).randbytes(30_000)).decode()
    return (
        "import random\n"
        f"if 'picture' not in globals(): picture = {content[:16]!r} + 'A' * {len(content) - 24}\n"
        "display({'image/png': picture + f'{random.getrandbits(40):08x}'[:8]}, raw=True)"
    )


def time_capture() -> dict[str, float]:
    """Milliseconds added to a cell, by what it shows."""
    cells = make_notebook(random.Random(1))
    count = WARM_UP + ROUNDS
    source = cells[1]["source"]
    kinds = {
        "shows nothing": [source] * count,
        "prints a line": ["print('a line')"] * count,
        "shows a figure of 30 kB": [figure_source()] * count,
        "was edited before": [f"{source}\nx = {number}" for number in range(count)],
    }
    figures: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as other,
        kernels.open_kernel(Path(one)) as tracked,
        kernels.open_kernel(Path(other)) as plain,
    ):
        tracked.run(kernels.START, jupyter_mltrack=sent(cells))
        tracked.run("import jupyter_mltrack as m; m.flush(20)", silent=True)
        plain.run("x = 1")
        for shows, sources in kinds.items():
            figures |= time_cells(tracked, plain, cells, sources, shows)
    return figures


def measure_growth(*, edited: bool) -> dict[str, float]:
    """What 1,000 executions add to a store, as a multiple of the notebook's size."""
    cells = make_notebook(random.Random(2))
    size = sum(len(cell["source"]) for cell in cells)
    code = [cell for cell in cells if cell["type"] == "code"]
    with tempfile.TemporaryDirectory() as directory:
        store = Path(directory)
        with kernels.open_kernel(store) as kernel:
            kernel.run(kernels.START)
        before = bytes_of(store)
        with kernels.open_kernel(store) as kernel:
            kernel.run(kernels.START, jupyter_mltrack=sent(cells))
            for number in range(EXECUTIONS):
                cell = code[number % len(code)]
                if edited:
                    cell["source"] = cell["source"].rsplit("\n", 1)[0] + f"\nx = {number}"
                kernel.run(cell["source"], cellId=cell["id"], jupyter_mltrack=sent(cells))
            kernel.run("import jupyter_mltrack as m; m.flush(60)", silent=True)
        added = bytes_of(store) - before
    which = "each edited before" if edited else "nothing edited"
    return {
        f"bytes a cell execution adds, {which}": added / EXECUTIONS,
        f"1,000 executions over the notebook's {size // 1000} kB, {which}": added / size,
    }


def bytes_of(store: Path) -> int:
    return sum(file.stat().st_size for file in store.rglob("*") if file.is_file())


def main() -> None:
    # The drainer works as it does for a user.
    kernels.KEEP_JOURNAL = "pass"
    figures = time_capture() | measure_growth(edited=False) | measure_growth(edited=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
