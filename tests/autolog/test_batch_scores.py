"""Of many calls of `partial_fit` fewer and fewer batches are scored."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

from jupyter_mltrack.autolog.sklearn import batches
from jupyter_mltrack.entities import Run
from jupyter_mltrack.store.contract import Store
from tests.autolog.test_partial_fit import cell, notes, points

Logged = Callable[[], list[Run]]
pytestmark = pytest.mark.usefixtures("no_problems", "autologging")
CLASSES = np.array([0, 1])


def test_scores_of_many_calls_become_sparse(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "DENSE", 4)
    monkeypatch.setattr(batches, "MAX_SECONDS", 60.0)
    model = GaussianNB()
    with cell():
        for _ in range(20):
            model.partial_fit(*data, CLASSES)
    (run,) = logged()
    steps = [step for step, _ in points(store, run, "training_score")]
    assert steps == [1, 2, 3, 4, 6, 8, 12, 16]
    assert "training_score is of 8 of 20 calls: all would take too long" in notes(run)


def test_slow_scores_are_given_up(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        """Each look at it is a second later than the last."""

        now = 0.0

        def thread_time(self) -> float:
            self.now += 1
            return self.now

    monkeypatch.setattr(batches, "time", Clock())
    model = GaussianNB()
    with cell():
        for _ in range(3):
            model.partial_fit(*data, CLASSES)
    (run,) = logged()
    assert len(points(store, run, "training_score")) == 1
    assert "1 of 3 calls: it takes longer" in notes(run)


def test_waiting_for_the_machine_ends_no_scores(
    logged: Logged, store: Store, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = batches.BatchScorer._compare

    def interrupted(scorer: Any, *given: Any) -> Any:
        time.sleep(2 * batches.MAX_SECONDS)
        return compare(scorer, *given)

    monkeypatch.setattr(batches.BatchScorer, "_compare", interrupted)
    model = GaussianNB()
    with cell():
        for _ in range(3):
            model.partial_fit(*data, CLASSES)
    (run,) = logged()
    assert len(points(store, run, "training_score")) == 3
