"""What tracking adds to fits of several kinds.

``bench_autolog.py mltrack|mlflow [log_models=False]``: the last is about the peer alone, which then
keeps no models; we do all the same.

Bare and tracked fits alternate, and numpy's libraries get one thread each: on a busy machine their
spinning threads vary by more than what is measured.
"""

# ruff: noqa: E402 - the environment comes before the libraries that read it

import contextlib
import gc
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

for library in ("OPENBLAS", "OMP", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

which = sys.argv[1]
without_models = "log_models=False" in sys.argv
X, y = load_breast_cancer(return_X_y=True)
X = StandardScaler().fit_transform(X)
digits, labels = load_digits(return_X_y=True)
flowers, kinds = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(flowers, kinds, random_state=0)
GRID = {"C": [10.0**power for power in range(-10, 10)]}
IMPORTS = "import sklearn.ensemble, sklearn.linear_model, sklearn.model_selection, sklearn.svm"


def loop_of(count: int) -> None:
    """A grid search by hand."""
    scores = []
    for number in range(count):
        model = SVC(C=0.1 + 0.01 * number).fit(X_train, y_train)
        scores.append(accuracy_score(y_test, model.predict(X_test)))


def partial_fits_of(count: int) -> None:
    """An estimator that learns in small steps."""
    model = SGDClassifier(random_state=0)
    for _ in range(count):
        model.partial_fit(X_train, y_train, classes=[0, 1, 2])


def measure_nobodys(count: int) -> None:
    """Metrics of labels that no model predicted."""
    for _ in range(count):
        accuracy_score(y, y)


class Case(NamedTuple):
    """A piece of a notebook; ``per`` is what its time is divided by."""

    run: Callable[[], Any]
    repeats: int
    peer_repeats: int = 2
    per: int = 1


def fit_forest(data: Any, targets: Any) -> Callable[[], Any]:
    """A small forest."""
    return lambda: RandomForestClassifier(20, random_state=0).fit(data, targets)


def list_cases() -> dict[str, Case]:
    """What is measured; of the peer, long ones are shorter."""
    fits = 1000 if which == "mltrack" else 3
    steps = 500 if which == "mltrack" else 20
    cases = {
        "LogisticRegression.fit, breast_cancer": Case(lambda: LogisticRegression().fit(X, y), 30),
        "RandomForestClassifier(20).fit, breast_cancer": Case(fit_forest(X, y), 30),
    }
    if without_models:
        return cases
    model = LogisticRegression().fit(X, y)
    return cases | {
        "LogisticRegression.fit, digits": Case(
            lambda: LogisticRegression(max_iter=20).fit(digits, labels), 30
        ),
        "RandomForestClassifier(20).fit, digits": Case(fit_forest(digits, labels), 30),
        "GridSearchCV of 20 candidates": Case(
            lambda: GridSearchCV(SVC(), GRID, cv=3).fit(X, y), 5, 1
        ),
        "a loop of 1,000 SVC.fit and accuracy_score, per fit": Case(
            lambda: loop_of(fits), 3, 1, fits
        ),
        "500 partial_fit of one estimator, per call": Case(
            lambda: partial_fits_of(steps), 3, 1, steps
        ),
        "accuracy_score of predictions": Case(lambda: accuracy_score(y, model.predict(X)), 30, 5),
        "50 accuracy_score of nobody's, per call": Case(lambda: measure_nobodys(50), 20, 3, 50),
    }


def timed(case: Case) -> tuple[float, float]:
    """Seconds of the clock, and of this thread's processor time, of a cell's execution."""
    wall, own = time.perf_counter(), time.thread_time()
    with as_cell():
        case.run()
    return (time.perf_counter() - wall) / case.per, (time.thread_time() - own) / case.per


def compare(case: Case) -> dict[str, float]:
    """Medians over bare and as many tracked runs, in turns."""
    bare, tracked = [], []
    if case.per == 1:
        switch(True)
        timed(case)
    for _ in range(case.repeats if which == "mltrack" else case.peer_repeats):
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


def kilobytes_per_run(count: int) -> float:
    """What a loop leaves in memory when all of it is in the store; Linux says how much."""
    with as_cell():
        loop_of(count)
    finish()
    gc.collect()
    before = resident_bytes()
    with as_cell():
        loop_of(count)
    finish()
    gc.collect()
    return (resident_bytes() - before) / count / 1e3


def optimize(trials: int) -> None:
    """Part of a study: each trial cross-validates in two processes."""
    import optuna

    def objective(trial: Any) -> float:
        model = SVC(C=trial.suggest_float("C", 0.1, 10.0, log=True))
        return float(cross_val_score(model, digits, labels, cv=3, n_jobs=2).mean())

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0))
    study.optimize(objective, n_trials=trials)


def tree_seconds() -> float:
    """Processor time of this process and of those it started, which live on; Linux says."""
    total = time.process_time()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = entry.read_text().rpartition(")")[2].split()
            if int(fields[1]) == os.getpid():
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def study_percent(trials: int, parts: int) -> float:
    """By how much tracking slows a study, in processor time of all its processes, by turns."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    switch(False)
    optimize(2)
    spent: dict[bool, list[float]] = {False: [], True: []}
    for part in range(2 * parts):
        is_tracked = part % 2 == 1
        switch(is_tracked)
        before = tree_seconds()
        with as_cell():
            optimize(trials // parts)
        finish()
        spent[is_tracked].append(tree_seconds() - before)
    switch(False)
    return (median(spent[True]) / median(spent[False]) - 1) * 100


def resident_bytes() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def import_seconds(start: str) -> float:
    """Processor time of importing scikit-learn in a fresh process, after some statements."""
    code = f"import time, numpy, scipy, pandas\n{start}\nstart = time.thread_time()\n{IMPORTS}\n"
    code += "print(time.thread_time() - start)"
    command = [sys.executable, "-c", code]
    return median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        for _ in range(5)
    )


warnings.simplefilter("ignore")
CASES = list_cases()
if which == "mlflow":
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    START = "import mlflow; mlflow.sklearn.autolog(silent=True)"
    as_cell = contextlib.nullcontext

    def finish() -> None:
        """All is stored by the time a call returns."""

    def switch(on: bool) -> None:
        """Turn tracking on or off."""
        mlflow.sklearn.autolog(disable=not on, silent=True, log_models=not without_models)
else:
    from collections.abc import Iterator

    import jupyter_mltrack as mltrack
    from jupyter_mltrack.autolog import api
    from jupyter_mltrack.tracking import cells
    from jupyter_mltrack.tracking.session import get_session

    mltrack.set_tracking_uri("store")

    def finish() -> None:
        """Wait until all is stored."""
        mltrack.flush(120)

    START = (
        "import jupyter_mltrack as m; from jupyter_mltrack.autolog import api; "
        "m.set_tracking_uri('s'); api.start()"
    )

    @contextlib.contextmanager
    def as_cell() -> Iterator[None]:
        """A cell's execution; what is put off until its end is part of it."""
        cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
        yield
        cells.end_cell(cell)

    def switch(on: bool) -> None:
        """Turn tracking on or off."""
        if on:
            api.start()
        else:
            api.stop()


figures: dict[str, float] = {}
first = CASES["LogisticRegression.fit, breast_cancer"]
first.run()
if not without_models:
    bare_first = timed(first)[0]
    switch(True)
    figures["first fit, added (ms)"] = (timed(first)[0] - bare_first) * 1e3
    time.sleep(2)  # the store's libraries load in the background, once
    switch(False)
for case in CASES.values():
    if case.per == 1:
        case.run()
suffix = " (no models)" if without_models else ""
for name, case in CASES.items():
    figures |= {f"{name}{suffix}, {key}": value for key, value in compare(case).items()}
if not without_models:
    if Path("/proc/self/statm").exists():
        switch(True)
        runs = 1000 if which == "mltrack" else 5
        figures["memory that a run of a loop leaves (kB)"] = kilobytes_per_run(runs)
        if which == "mltrack":
            slower = study_percent(200, 5)
            figures["200 Optuna trials of parallel cross_val_score, slower (% of CPU)"] = slower
    switch(False)
    bare_import = import_seconds("")
    figures["import of scikit-learn, added (ms of the thread)"] = (
        import_seconds(START) - bare_import
    ) * 1e3
print(json.dumps(figures))
