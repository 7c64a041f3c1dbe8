"""Runs every benchmark in processes of its own and prints one table.

``python -m tests.benchmarks [--peers PYTHON]``: PYTHON is an interpreter that has mlflow installed
(``make bench`` makes one). Figures are medians; ratios are theirs over ours.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
REPEATS = 5
PEERED = {"bench_first_run.py": 5, "bench_log_metric.py": 3, "bench_autolog.py": 3}


def measure(script: str, python: str, *arguments: str) -> dict[str, float]:
    """Run a script in a fresh process and directory; it prints its figures as JSON, last line."""
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            [python, str(HERE / script), *arguments],
            capture_output=True,
            text=True,
            cwd=directory,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def medians(script: str, python: str, *arguments: str, repeats: int = REPEATS) -> dict[str, float]:
    """The median of each figure over several processes."""
    runs = [measure(script, python, *arguments) for _ in range(repeats)]
    return {key: median(run[key] for run in runs) for key in runs[0]}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", help="an interpreter with mlflow", default="")
    peers = parser.parse_args().peers
    rows: list[tuple[str, float, float | None]] = []
    for key, value in medians("bench_start.py", sys.executable).items():
        rows.append((key, value, None))
    for script, repeats in PEERED.items():
        ours = medians(script, sys.executable, "mltrack", repeats=repeats)
        theirs = medians(script, peers, "mlflow", repeats=1) if peers else {}
        rows += [(key, value, theirs.get(key)) for key, value in ours.items()]
    for key, value in medians("bench_log_metric.py", sys.executable, "floor", repeats=3).items():
        rows.append((f"bare sqlite3: {key}", value, None))
    print(f"{'figure':88} {'ours':>12} {'mlflow':>12} {'ratio':>8}")
    for key, value, other in rows:
        ratio = "" if other is None else f"{other / value:8.1f}"
        print(f"{key:88} {value:12.4g} {'' if other is None else f'{other:12.4g}'} {ratio}")


if __name__ == "__main__":
    main()
