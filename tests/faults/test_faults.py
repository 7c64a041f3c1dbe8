"""Every trial in its short form."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.matrix import TRIALS
from tests.faults.outcome import Trial, default_seed


@pytest.mark.parametrize("function", TRIALS, ids=lambda function: function.__name__)
def test_the_promises_hold(function: Callable[[Trial], None], tmp_path: Path) -> None:
    name = function.__name__.replace("_", " ")
    trial = Trial(name, default_seed(), tmp_path, whole=False)
    print(f"seed {trial.seed}")
    function(trial)
    trial.check()
