"""The order of metrics, which the panel shares."""

import json
from pathlib import Path

from jupyter_mltrack.query.judgement import interest, rank

# The panel's own test (labextension/test/compute/interest.test.ts) reads the same file.
ORDER = json.loads((Path(__file__).parent / "metric_order.json").read_text())


def test_the_order_of_metrics():
    assert sorted(ORDER, key=rank) == ORDER


def test_levels_of_interest():
    first = {level: next(key for key in ORDER if interest(key) == level) for level in range(4)}
    assert list(first.values()) == [
        "val_accuracy",
        "test_accuracy_score",
        "training_accuracy_score",
        "std_test_score",
    ]
    levels = [interest(key) for key in ORDER]
    assert levels == sorted(levels)
