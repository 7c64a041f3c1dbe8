"""Tracked code does what untracked code does, to the bit, whatever it is."""

import random
import sys
import traceback
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.autolog import api
from jupyter_mltrack.store.contract import RunSearch, Store
from tests.autolog import hostile

pytestmark = pytest.mark.filterwarnings("ignore")


def outcome(case: Callable[[], Any], capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Everything about running a case that a user could notice."""
    random.seed(7)
    np.random.seed(7)
    hostile.calls.clear()
    data = hostile.X.tobytes()
    result = error = frames = None
    filters = list(warnings.filters)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        hostile.__dict__.pop("__warningregistry__", None)
        before = list(warnings.filters)
        try:
            result = case()
        except BaseException as raised:
            error = (type(raised), [str(item) for item in raised.args], raised.__context__)
            frames = [
                (frame.f_code.co_filename, frame.f_code.co_name)
                for frame, _ in traceback.walk_tb(raised.__traceback__)
            ]
        after = list(warnings.filters)
    printed = capfd.readouterr()
    return {
        "result": result,
        "error": error,
        "frames": frames,
        "warnings": [(w.category, str(w.message), w.filename, w.lineno) for w in seen],
        "filters": after == before and list(warnings.filters) == filters,
        "out": without_times(printed.out),
        "err": without_times(printed.err),
        "random": random.getstate(),
        "numpy": str(np.random.get_state()),
        "calls": list(hostile.calls),
        "data": hostile.X.tobytes() == data,
    }


def without_times(text: str) -> str:
    import re

    return re.sub(r"\d+\.\d+ ?s|[\d.]+s|total=.*|Total training time.*|elapsed.*", "", text)


@pytest.mark.parametrize("case", hostile.CASES, ids=lambda case: case.__name__)
def test_tracked_is_untracked(
    case: Callable[[], Any], store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    case_twice = outcome(case, capfd)
    bare = outcome(case, capfd)
    if case_twice != bare:
        bare.pop("err")  # what the first use of a pool of workers says
    if case in (hostile.parallel_prediction, hostile.voting_in_threads):
        bare.pop("filters")  # scikit-learn's threads put them back in any order
    api.start()
    try:
        tracked = outcome(case, capfd)
    finally:
        api.stop()
    for aspect, value in bare.items():
        assert tracked[aspect] == value, aspect
    assert mltrack.flush(20)
    for run in store.search_runs(RunSearch()):
        assert run.info.status in ("FINISHED", "FAILED", "KILLED")
    assert sys.exc_info() == (None, None, None)
