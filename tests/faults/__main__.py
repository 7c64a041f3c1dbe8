"""Runs the whole matrix: ``python -m tests.faults [--seed N] [--short] [NAME …]``."""

import argparse
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.matrix import TRIALS
from tests.faults.outcome import Trial, default_seed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="repeat the trials of this seed")
    parser.add_argument("--short", action="store_true", help="the counts of make test")
    parser.add_argument("names", nargs="*", help="parts of the names of trials; all without")
    given = parser.parse_args()
    seed = default_seed() if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    bad = 0
    for function in TRIALS:
        name = function.__name__.replace("_", " ")
        if given.names and not any(part in name for part in given.names):
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
            trial = Trial(name, seed, Path(directory), whole=not given.short)
            started = time.monotonic()
            try:
                function(trial)
            except Exception:
                trial.outcome.fault(traceback.format_exc())
            print(f"{trial.outcome.line()}  ({time.monotonic() - started:.1f} s)", flush=True)
            for fault in trial.outcome.faults:
                print(f"    {fault}", flush=True)
            bad += trial.outcome.is_bad()
    print(f"{bad} of {len(TRIALS)} with faults; repeat with --seed {seed}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
