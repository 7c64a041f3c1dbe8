"""A fresh process with one run of one param and one metric, and memory: ``mltrack|mlflow``."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = {
    "mltrack": 'import jupyter_mltrack as tracker\ntracker.set_tracking_uri("store")\n',
    "mlflow": 'import mlflow as tracker\ntracker.set_tracking_uri("sqlite:///mlflow.db")\n',
}
RUN = """
with tracker.start_run():
    tracker.log_param("C", 1)
    tracker.log_metric("accuracy", 0.5)
print(time.time(), flush=True)
"""
# As much as a notebook has before us.
IPYTHON = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance().run_cell("1 + 1", silent=True)
def resident():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
bare = resident()
"""
DRAINED = "tracker.flush() if hasattr(tracker, 'flush') else None\nprint(resident() - bare)\n"


def run(code: str) -> str:
    """What code prints in a fresh process, last line."""
    done = subprocess.run(
        [sys.executable, "-c", "import time\n" + code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "IPYTHONDIR": str(Path("ipython").resolve())},
    )
    return done.stdout.splitlines()[-1]


which = sys.argv[1]
started = time.time()
returned = float(run(SCRIPTS[which] + RUN)) - started
exited = time.time() - started
figures = {
    "first run, from a process's start to its return (s wall)": returned,
    "first run, from a process's start to its exit (s wall)": exited,
}
if sys.platform == "linux":
    added = float(run(IPYTHON + SCRIPTS[which] + RUN + DRAINED))
    figures["memory added to IPython by a drained run (MB)"] = added
print(json.dumps(figures))
