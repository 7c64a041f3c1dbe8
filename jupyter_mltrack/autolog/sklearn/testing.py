"""Test metrics without being asked: when ``train_test_split`` made the data of a fit.

They have the names of the training metrics with ``test_`` in their place, and are made within
:data:`BUDGET_SECONDS`: of some of the rows, if predicting all of them would take longer, which is
said. In a loop of many fits they are made only while they cost next to nothing.
"""

import time
from types import MappingProxyType
from typing import Any, Final

from jupyter_mltrack.autolog import state
from jupyter_mltrack.autolog.sklearn.checks.fitted import tested
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size
from jupyter_mltrack.autolog.sklearn.params import foreign_part
from jupyter_mltrack.autolog.sklearn.record import FitRecord
from jupyter_mltrack.autolog.sklearn.scores import Measuring, Scores, training_scores
from jupyter_mltrack.autolog.sklearn.splits import find_test_data

BUDGET_SECONDS: Final = 0.008
LIGHT_SECONDS: Final = 0.0003
FEW: Final = 50
SMALL: Final = 300
FOR_FREE: Final = 1.25
_CALLS: Final = 2  # predict, predict_proba


def record_test_metrics(record: FitRecord) -> None:
    """Measure an estimator on the test data that belong to what it was fitted with."""
    options = state.options_of("sklearn")
    memory = record.loop.memory if record.loop is not None else {}
    key = ("test metrics", type(record.estimator))
    is_dear = memory.get(key, LIGHT_SECONDS) >= LIGHT_SECONDS
    if not options.log_test_metrics or (is_dear and not record.is_heavy):
        return
    data = find_test_data(record.data)
    if data is None or foreign_part(record.estimator, record.params):
        return
    start = time.perf_counter()
    try:
        scores = training_scores(
            record.estimator, data, record.params, options.pos_label, _TestMeasuring()
        )
    except Exception as error:  # noqa: BLE001 - such as a category that training did not have
        record.notes.append(f"No test metrics: {type(error).__name__}: {error}"[:300])
        return
    metrics = {_named(name): value for name, value in scores.metrics.items()}
    if metrics:
        record.run.log_metrics(metrics)
        tested[record.run] = metrics
    if record.is_heavy:
        record.notes += [_said(note) for note in scores.notes]
    seconds = time.perf_counter() - start
    memory[key] = min(seconds, memory.get(key, seconds))


class _TestMeasuring(Measuring):
    """As many rows as can be predicted within the budget."""

    config = MappingProxyType({"skip_parameter_validation": True})

    def rows(self, estimator: Any, data: FitData, scores: Scores) -> FitData:
        """All rows, or evenly spread ones."""
        rows = data_size(data.X)[0]
        step = _step(estimator, data, rows)
        if step <= 1:
            return data
        sample = data.take(slice(None, None, step))
        scores.notes.append(
            f"Test metrics are of {data_size(sample.X)[0]:,} of {rows:,} rows, evenly spread: "
            "predicting all would have taken longer than test metrics nobody asked for may."
        )
        return sample


def _step(estimator: Any, data: FitData, rows: int) -> int:
    if rows <= SMALL or not hasattr(estimator, "predict"):
        return 1
    least = _time(estimator, data, FEW)
    # Where a call itself costs more than the budget, rows that add little to it are for free.
    budget = max(BUDGET_SECONDS / _CALLS, FOR_FREE * least)
    if least * rows / FEW <= budget:
        return 1
    slope = max(_time(estimator, data, SMALL) - least, 0.0) / (SMALL - FEW)
    if least + slope * (rows - FEW) <= budget:
        return 1
    affordable = FEW + max(budget - least, 0.0) / slope if slope else SMALL
    return max(1, min(rows // FEW, round(rows / affordable)))


def _time(estimator: Any, data: FitData, rows: int) -> float:
    part = data.take(slice(0, rows))
    start = time.perf_counter()
    estimator.predict(part.X)
    return time.perf_counter() - start


def _named(name: str) -> str:
    return f"test_{name.removeprefix('training_')}"


def _said(note: str) -> str:
    return note.replace("training_", "test_").replace("training metrics", "test metrics")
