"""Compare with the MLflow of ``make .make/peers``: ``python -m tests.autolog.parity``."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import sklearn

import jupyter_mltrack as mltrack
from jupyter_mltrack.store import open_store
from tests.autolog.parity.cases import CASES
from tests.autolog.parity.differences import differences, frozen, write_frozen
from tests.autolog.parity.ours import execute

PEER = Path(".make/peers-venv/bin/python")


def main() -> None:
    """Print a table of differences and freeze what MLflow recorded."""
    script = Path(__file__).parent / "theirs.py"
    printed = subprocess.run(
        [PEER.absolute(), script], stdout=subprocess.PIPE, check=True, cwd=tempfile.gettempdir()
    ).stdout
    theirs = {name: frozen(runs) for name, runs in json.loads(printed).items()}
    write_frozen({"scikit-learn": sklearn.__version__, "cases": theirs})
    count = 0
    with tempfile.TemporaryDirectory() as place:
        for number, (name, case) in enumerate(CASES.items()):
            # A store and a session each: the fits of one script are a loop, many of them light.
            mltrack.set_tracking_uri(f"{place}/{number}")
            runs = execute(case, open_store(f"{place}/{number}"))
            for sentence in differences(theirs[name], runs):
                count += 1
                print(f"{name:32} {sentence}", flush=True)
    print(f"{len(CASES)} cases, {count} differences")
    sys.exit(count > 0)


if __name__ == "__main__":
    main()
