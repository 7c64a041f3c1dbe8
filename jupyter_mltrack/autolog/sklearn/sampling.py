"""How many rows the training metrics of a loop's many fits are computed of.

All of them, or as many evenly spread ones as can be predicted within :data:`BUDGET_SECONDS` or a
share of what a fit takes. That is measured once for the fits of one class on as many rows, so that
the metrics of a loop are of the same rows and can be compared.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import MappingProxyType
from typing import Any, Final

from jupyter_mltrack.autolog.describe import is_named_part
from jupyter_mltrack.autolog.glance import Glance
from jupyter_mltrack.autolog.isolation import unmoved_random_states
from jupyter_mltrack.autolog.loops import SHARE, Loop
from jupyter_mltrack.autolog.sklearn.data import FitData, data_size
from jupyter_mltrack.autolog.sklearn.params import are_plain, own_generators
from jupyter_mltrack.autolog.sklearn.scores import Measuring, Scores

BUDGET_SECONDS: Final = 0.0003
FEWEST: Final = 50
TRIED: Final = (250, 1250)


class LoopMeasuring(Measuring):
    """How light fits are measured."""

    config = MappingProxyType({"skip_parameter_validation": True, "assume_finite": True})

    def __init__(self, loop: Loop, estimator: Any) -> None:
        self._loop = loop
        self._kind = (type(estimator), _parts(estimator))
        self._guard: unmoved_random_states | Glance | None = None

    def rows(self, estimator: Any, data: FitData, scores: Scores) -> FitData:
        """All rows, or as many as the budget allows."""
        rows, columns = data_size(data.X)
        if rows <= FEWEST:
            return data
        key = ("rows", self._kind, rows, columns)
        step = self._loop.memory.get(key)
        if step is None:
            step = self._loop.memory[key] = _measured_step(self._loop, estimator, data, rows)
        if step <= 1:
            return data
        scores.notes.append(
            f"Training metrics are of {-(-rows // step):,} of {rows:,} rows, evenly spread: the "
            "fit is one of many of a cell."
        )
        return data.take(slice(None, None, step))

    def choose(
        self, estimator: Any, data: FitData, params: dict[str, Any]
    ) -> Callable[..., None] | None:
        """The same for all fits of a class whose params are plain."""
        if not are_plain(params):
            return super().choose(estimator, data, params)
        key = ("measure", self._kind, data.y is None)
        if key not in self._loop.memory:
            self._loop.memory[key] = super().choose(estimator, data, params)
        measure: Callable[..., None] | None = self._loop.memory[key]
        return measure

    def guard(self, params: dict[str, Any]) -> AbstractContextManager[Any]:
        """A glance, once a fit of the same kind was seen to draw nothing."""
        generators = own_generators(params)
        if not generators and self._loop.memory.get(("still", self._kind)):
            glance = Glance()
            if glance.is_possible:
                self._guard = glance
                return glance
        self._guard = unmoved_random_states(*generators)
        return self._guard

    def learn(self) -> None:
        """Remember whether measuring drew random numbers."""
        if self._guard is not None:
            self._loop.memory["still", self._kind] = not self._guard.moved


def _measured_step(loop: Loop, estimator: Any, data: FitData, rows: int) -> int:
    calls = 2 if hasattr(estimator, "predict_proba") else 1
    few, least = _time(estimator, data, rows, FEWEST)
    # Where a call itself costs more than the budget, rows that add little to it are for free.
    budget = max(BUDGET_SECONDS / calls, SHARE * loop.mean_seconds / calls, least * 1.25)
    for wanted in (*TRIED, rows):
        count, seconds = _time(estimator, data, rows, min(wanted, rows))
        if seconds > budget:
            affordable = few + (budget - least) * (count - few) / (seconds - least)
            return max(1, min(rows // FEWEST, round(rows / affordable)))
    return 1


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
    return tuple(type(item[1]) for item in steps if is_named_part(item))
