"""How many rows the training metrics of a loop's many fits are computed of.

All of them, or as many evenly spread ones as can be predicted within :data:`BUDGET_SECONDS` or a
share of what a fit takes. That is measured once for the fits of one class on as many rows, so that
the metrics of a loop are of the same rows and can be compared.
"""

import time
from typing import Any, Final

from jupyter_mltrack.autolog.loops import SHARE, Loop
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size
from jupyter_mltrack.autolog.sklearn.scores import Scores

BUDGET_SECONDS: Final = 0.0003
FEWEST: Final = 50
MORE: Final = 250


def sample_for_loop(loop: Loop, estimator: Any, data: FitData, scores: Scores) -> FitData:
    """The rows to measure a light fit with; that they are not all is noted."""
    rows, columns = data_size(data.X)
    if rows <= FEWEST:
        return data
    key = ("rows", type(estimator), _parts(estimator), rows, columns)
    step = loop.memory.get(key)
    if step is None:
        step = loop.memory[key] = _measured_step(loop, estimator, data, rows)
    if step <= 1:
        return data
    scores.notes.append(
        f"Training metrics are of {-(-rows // step):,} of {rows:,} rows, evenly spread: the fit is "
        "one of many of a cell."
    )
    return data.take(slice(None, None, step))


def _measured_step(loop: Loop, estimator: Any, data: FitData, rows: int) -> int:
    calls = 2 if hasattr(estimator, "predict_proba") else 1
    budget = max(BUDGET_SECONDS, SHARE * loop.mean_seconds) / calls
    few, seconds = _time(estimator, data, rows, FEWEST)
    more, longer = _time(estimator, data, rows, MORE)
    each = (longer - seconds) / max(1, more - few)
    if each <= 0:
        return 1
    affordable = few + max(0.0, budget - seconds) / each
    return max(1, min(rows // FEWEST, round(rows / affordable)))


def _time(estimator: Any, data: FitData, rows: int, wanted: int) -> tuple[int, float]:
    part = data.take(slice(None, None, max(1, rows // wanted)))
    least = float("inf")
    for _ in range(2):
        start = time.perf_counter()
        if hasattr(estimator, "predict"):
            estimator.predict(part.X)
        else:
            estimator.score(part.X)
        least = min(least, time.perf_counter() - start)
    return data_size(part.X)[0], least


def _parts(estimator: Any) -> tuple[type, ...]:
    steps = getattr(estimator, "__dict__", {}).get("steps")
    if type(steps) is not list:
        return ()
    return tuple(type(item[1]) for item in steps if type(item) is tuple and len(item) > 1)
