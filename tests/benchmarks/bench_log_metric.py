"""Acknowledged ``log_metric`` calls, and what they cost in processor time."""

import json
import sys
import time

which = sys.argv[1]
if which == "mlflow":
    import mlflow as tracker

    tracker.set_tracking_uri("sqlite:///mlflow.db")
    count = 300
else:
    import jupyter_mltrack as tracker

    tracker.set_tracking_uri("store")
    count = 200_000

with tracker.start_run():
    for step in range(20):
        tracker.log_metric("warm", 0.5, step=step)
    wall, user = time.perf_counter(), time.thread_time()
    for step in range(count):
        tracker.log_metric("loss", step * 0.5, step=step)
    wall, user = time.perf_counter() - wall, time.thread_time() - user
print(
    json.dumps(
        {
            "log_metric, one call (µs wall)": wall / count * 1e6,
            "log_metric, one call (µs of the caller's processor time)": user / count * 1e6,
        }
    )
)
