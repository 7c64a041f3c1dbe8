"""``python -m tests.reproduction DIR [--only NAME] [--trials N] [--json FILE]``."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.reproduction.examine import examine
from tests.reproduction.report import NotebookResult, list_remarks, print_table, save_report


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reproduction")
    parser.add_argument("directory", type=Path, help="where the notebooks are; links are followed")
    parser.add_argument("--only", default="", help="part of the names of those to examine")
    parser.add_argument("--trials", type=int, default=0, help="uses out of order, per notebook")
    parser.add_argument("--seed", type=int, default=0, help="what the uses are drawn by")
    parser.add_argument("--jobs", type=int, default=2, help="notebooks at a time")
    parser.add_argument(
        "--json", type=Path, default=None, help="write everything there, as it comes"
    )
    given = parser.parse_args()
    root: Path = given.directory
    files = [f for f in sorted(root.rglob("*.ipynb")) if ".ipynb_checkpoints" not in f.parts]
    files = [file for file in files if given.only in str(file.relative_to(root))]

    results: list[NotebookResult] = []

    def look(file: Path) -> NotebookResult:
        name = str(file.relative_to(root))
        result = examine(file, name, trials=given.trials, seed=given.seed)
        mark = "left out" if result.left_out else "BAD" if result.is_bad() else "good"
        print(f"{mark:>8}  {result.seconds:5.0f} s  {name}", file=sys.stderr, flush=True)
        if result.is_bad():
            print(*list_remarks(result), sep="\n", file=sys.stderr, flush=True)
        if given.json:
            results.append(result)
            save_report(results, given.json)
        return result

    with ThreadPoolExecutor(given.jobs) as pool:
        every = list(pool.map(look, files))
    print_table(every)
    return any(result.is_bad() for result in every)


if __name__ == "__main__":
    sys.exit(main())
