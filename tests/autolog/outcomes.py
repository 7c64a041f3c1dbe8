"""Everything about executing code that its user could notice."""

import decimal
import gc
import os
import random
import re
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sklearn

from tests.autolog import hostile


def outcome(case: Callable[[], Any], capfd: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Execute a case with fresh random states; what came of it, aspect by aspect."""
    random.seed(7)
    np.random.seed(7)
    hostile.calls.clear()
    surroundings = describe_surroundings()
    given = hostile.X.tobytes(), hostile.Y.tobytes()
    result = error = None
    filters = list(warnings.filters)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for module in hostile.MODULES:
            module.__dict__.pop("__warningregistry__", None)
        before = list(warnings.filters)
        try:
            result = case()
        except BaseException as raised:
            error = raised
        after = list(warnings.filters)
    calls = list(hostile.calls)
    printed = capfd.readouterr()
    return {
        "result": repr(result),
        "error": [describe_error(item) for item in chain(error)],
        "frames": [list(frames(item)) for item in chain(error)],
        "text": "".join(traceback.format_exception(error)) if error is not None else "",
        "warnings": [(w.category, str(w.message), w.filename, w.lineno) for w in seen],
        "filters": after == before and list(warnings.filters) == filters,
        "out": without_times(printed.out),
        "err": without_times(printed.err),
        "random": random.getstate(),
        "numpy": str(np.random.get_state()),
        "calls": calls,
        "data": (hostile.X.tobytes(), hostile.Y.tobytes()) == given,
        "surroundings": [
            a == b for a, b in zip(describe_surroundings(), surroundings, strict=True)
        ],
        "handled": sys.exc_info(),
    }


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception, and those it came from or came upon."""
    known: list[int] = []
    waiting = [error]
    while waiting:
        item = waiting.pop()
        if item is not None and id(item) not in known:
            known.append(id(item))
            yield item
            waiting += [item.__cause__, item.__context__]


def describe_error(error: BaseException) -> tuple[Any, ...]:
    """What an exception says of itself."""
    given = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    notes = getattr(error, "__notes__", None)
    own = sorted(set(vars(error)) - {"__notes__"})
    return type(error), [str(item) for item in given], notes, own, error.__suppress_context__


def frames(error: BaseException) -> Iterator[tuple[str, str, int]]:
    """Where an exception passed."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield frame.f_code.co_filename, frame.f_code.co_name, line


def describe_surroundings() -> list[Any]:
    """Settings of the process that a library may leave changed."""
    return [
        sys.gettrace(),
        sys.getprofile(),
        sys.getrecursionlimit(),
        sys.stdout,
        sys.stderr,
        sys.excepthook,
        sys.displayhook,
        sys.getswitchinterval(),
        sys.get_int_max_str_digits(),
        list(sys.path),
        dict(os.environ),
        os.getcwd(),  # noqa: PTH109
        gc.isenabled(),
        gc.get_threshold(),
        [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)],
        np.geterr(),
        np.get_printoptions(),
        sklearn.get_config(),
        decimal.getcontext().prec,
        threading.current_thread().name,
    ]


def without_times(text: str) -> str:
    """What was printed, but for how long things took."""
    return re.sub(r"\d+\.\d+ ?s|[\d.]+s|total=.*|Total training time.*|elapsed.*", "", text)
