"""What tracking adds to fits of several kinds: ``bench_autolog.py mltrack|mlflow``.

Bare and tracked fits alternate, and numpy's libraries get one thread each: on a busy machine their
spinning threads vary by more than what is measured.
"""

# ruff: noqa: E402 - the environment comes before the libraries that read it

import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

which = sys.argv[1]
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
digits, labels = load_digits(return_X_y=True)
small, small_labels = X[:60, :4], y[:60]
GRID = {"C": [10.0**power for power in range(-10, 10)]}

CASES: dict[str, tuple[Callable[[], Any], int]] = {
    "LogisticRegression.fit, breast_cancer": (lambda: LogisticRegression().fit(X, y), 30),
    "RandomForestClassifier(20).fit, digits": (
        lambda: RandomForestClassifier(20, random_state=0).fit(digits, labels),
        20,
    ),
    "LogisticRegression.fit, digits": (
        lambda: LogisticRegression(max_iter=20).fit(digits, labels),
        15,
    ),
    "GridSearchCV of 20 candidates": (lambda: GridSearchCV(SVC(), GRID, cv=3).fit(X, y), 3),
    "SVC.fit, 60 rows": (lambda: SVC().fit(small, small_labels), 200),
}


def timed(case: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the clock, and of this thread's processor time."""
    wall, own = time.perf_counter(), time.thread_time()
    case()
    return time.perf_counter() - wall, time.thread_time() - own


def compare(case: Callable[[], Any], count: int) -> dict[str, float]:
    """Medians over ``count`` bare and as many tracked runs, in turns."""
    bare, tracked = [], []
    for _ in range(count):
        switch(False)
        bare.append(timed(case))
        switch(True)
        tracked.append(timed(case))
    wall, own = (median(t[i] for t in tracked) - median(b[i] for b in bare) for i in (0, 1))
    return {
        "added (ms wall)": wall * 1e3,
        "added (ms of the thread)": own * 1e3,
        "bare (ms wall)": median(wall for wall, _ in bare) * 1e3,
    }


warnings.simplefilter("ignore")
for warm, _ in CASES.values():
    warm()
if which == "mlflow":
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    CASES = {name: (case, 2) for name, (case, _) in CASES.items()}

    def switch(on: bool) -> None:
        """Turn tracking on or off."""
        mlflow.sklearn.autolog(disable=not on, silent=True)
else:
    import jupyter_mltrack as mltrack
    from jupyter_mltrack.autolog import api

    mltrack.set_tracking_uri("store")

    def switch(on: bool) -> None:
        """Turn tracking on or off."""
        if on:
            api.start()
        else:
            api.stop()


first_case = CASES["LogisticRegression.fit, breast_cancer"][0]
bare_first = timed(first_case)[0]
switch(True)
figures = {"first fit, added (ms)": (timed(first_case)[0] - bare_first) * 1e3}
time.sleep(2)  # the store's libraries load in the background, once
for name, (case, count) in CASES.items():
    figures |= {f"{name}, {key}": value for key, value in compare(case, count).items()}
print(json.dumps(figures))
