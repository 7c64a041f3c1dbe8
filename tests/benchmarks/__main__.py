"""Runs every benchmark in processes of its own and prints one table.

``python -m tests.benchmarks [--peers PYTHON]``: PYTHON is an interpreter that has mlflow installed
(``make bench`` makes one). Figures are medians; ratios are the others' over ours.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import NamedTuple

HERE = Path(__file__).parent
REPEATS = 5


def measure(script: str, python: str, *arguments: str) -> dict[str, float]:
    """Run a script in a fresh process and directory; it prints its figures as JSON, last line."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [python, str(HERE / script), *arguments],
            capture_output=True,
            text=True,
            cwd=directory,
            env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


class Bench(NamedTuple):
    """A script, how often it runs, and beside whom: ``floor`` is plain sqlite3 in this process."""

    script: str
    repeats: int
    floor: bool = False
    mlflow: bool = True
    arguments: tuple[str, ...] = ()


def medians(bench: Bench, python: str, which: str, repeats: int) -> dict[str, float]:
    """The median of each figure over several processes."""
    runs = [measure(bench.script, python, which, *bench.arguments) for _ in range(repeats)]
    return {key: median(run[key] for run in runs) for key in runs[0]}


BENCHES = (
    Bench("bench_start.py", REPEATS, mlflow=False),
    Bench("bench_first_run.py", 3),
    Bench("bench_log_metric.py", 3, floor=True),
    Bench("bench_runs.py", 3, floor=True),
    Bench("bench_series.py", 1, floor=True, mlflow=False),
    Bench("bench_search.py", 1, floor=True, arguments=("10000",)),
    Bench("bench_search.py", 1, floor=True, mlflow=False, arguments=("100000",)),
    Bench("bench_autolog.py", 1),
    Bench("bench_autolog.py", 1, arguments=("log_models=False",)),
    Bench("bench_capture.py", 1, mlflow=False),
    Bench("bench_certificate.py", REPEATS, mlflow=False),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", help="an interpreter with mlflow", default="")
    parser.add_argument("--only", help="part of a script's name", default="")
    arguments = parser.parse_args()
    print(f"{'figure':78} {'ours':>10} {'sqlite3':>10} {'mlflow':>10} {'theirs/ours':>12}")
    for bench in BENCHES:
        if arguments.only in bench.script:
            # Scripts run in directories of their own; a link is not followed, it says which venv.
            peers = arguments.peers and str(Path(arguments.peers).absolute())
            _print_figures(bench, peers)


def _print_figures(bench: Bench, peers: str) -> None:
    ours = medians(bench, sys.executable, "mltrack", bench.repeats)
    floor = medians(bench, sys.executable, "floor", bench.repeats) if bench.floor else {}
    theirs = medians(bench, peers, "mlflow", 1) if bench.mlflow and peers else {}
    for key, value in ours.items():
        others = (floor.get(key), theirs.get(key))
        shown = [f"{'' if other is None else f'{other:.4g}':>10}" for other in others]
        ratios = [f"{other / value:.3g}" for other in others if other is not None]
        print(f"{key:78} {value:10.4g} {' '.join(shown)} {' / '.join(ratios):>12}", flush=True)


if __name__ == "__main__":
    main()
