"""What else may be going on in the interpreter while a fit runs."""

import builtins
import cProfile
import decimal
import gc
import io
import os
import pdb
import signal
import sys
import tempfile
import threading
import time
import timeit
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from tests.autolog.hostile.table import CLASSIFIER, Own, X, Y, calls, case, weights

HERE = __file__


class Working(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        total = 0
        for number in range(5):
            total += number
        self.total_ = total
        return self


def _trace(frame: Any, event: str, argument: Any) -> Any:
    if frame.f_code.co_filename == HERE:
        calls.append(f"{event} {frame.f_code.co_name} {frame.f_lineno}")
    return _trace


@case()
def traced() -> Any:
    old = sys.gettrace()
    sys.settrace(_trace)
    try:
        return Working().fit(X, Y).total_
    finally:
        sys.settrace(old)


@case()
def tracing_begins_in_fit() -> Any:
    class Tracing(Own):
        def fit(self, X: Any, y: Any = None) -> Any:
            sys.settrace(_trace)
            return self

    old = sys.gettrace()
    Tracing().fit(X, Y)
    found = sys.gettrace() is _trace
    sys.settrace(old)
    return found


@case()
def profiled_by_a_function() -> Any:
    old = sys.getprofile()
    sys.setprofile(_trace)
    try:
        return Working().fit(X, Y).total_
    finally:
        sys.setprofile(old)


@case()
def profiled() -> Any:
    profile = cProfile.Profile()
    with profile:
        Working().fit(X, Y)
    own = [item for item in profile.getstats() if getattr(item.code, "co_filename", "") == HERE]
    return sorted((item.code.co_name, item.callcount) for item in own)


@case(runs=0, metrics=(), unstable=())
def traced_in_threads() -> Any:
    threading.settrace(_trace)
    try:
        thread = threading.Thread(target=len, args=([],))
        thread.start()
        thread.join()
    finally:
        threading.settrace(None)  # type: ignore[arg-type]


@case()
def fitted_in_a_traced_thread() -> Any:
    models: list[Any] = []
    threading.settrace(_trace)
    threading.setprofile(_trace)
    try:
        thread = threading.Thread(target=lambda: models.append(Working().fit(X, Y)))
        thread.start()
        thread.join()
    finally:
        threading.settrace(None)  # type: ignore[arg-type]
        threading.setprofile(None)
    return models[0].total_


@case()
def debugged() -> Any:
    script = io.StringIO("break 32\ncontinue\np self.alpha\np len(X)\nup\nlist\ncontinue\n")
    answers = io.StringIO()
    debugger = pdb.Pdb(stdin=script, stdout=answers, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    debugger.prompt = ""
    debugger.set_break(HERE, Working.fit.__code__.co_firstlineno + 4)
    old = sys.gettrace()
    model = Working()
    try:
        debugger.runcall(model.fit, X, Y)
    finally:
        sys.settrace(old)
        debugger.clear_all_breaks()
    return model.total_, "1.0" in answers.getvalue(), "60" in answers.getvalue()


@case(runs=4)
def timed() -> Any:
    found = timeit.Timer(lambda: Working().fit(X, Y)).repeat(2, 2)
    return len(found)


@case(runs=4)
def magics() -> Any:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.user_ns.update(model=Working(), X=X, Y=Y)
    result = shell.run_line_magic("timeit", "-n1 -r3 -q -o model.fit(X, Y)")
    profile = shell.run_line_magic("prun", "-q -r model.fit(X, Y)")
    own = [key[2] for key in profile.stats if key[0] == HERE]
    shell.history_manager.end_session()
    return len(result.all_runs), sorted(own), shell.user_ns["model"].total_


def _recurse(depth: int, function: Any) -> Any:
    return _recurse(depth - 1, function) if depth else function()


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth


@case(runs=None, metrics=(), problems=True)
def hardly_any_recursion_left() -> Any:
    model = Own()
    old = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + 50)
    try:
        return _recurse(20, lambda: len(model.fit(X, Y).classes_))
    finally:
        sys.setrecursionlimit(old)


@case(runs=None, metrics=(), problems=True)
def less_and_less_recursion_left() -> Any:
    """Wherever in our code the limit is reached, the fit does not notice."""
    old = sys.getrecursionlimit()
    found = []
    for left in range(16, 46):
        model = Working()
        sys.setrecursionlimit(_depth() + left + 1)
        try:
            found.append(model.fit(X, Y).total_)
        finally:
            sys.setrecursionlimit(old)
    return found


class Alarm(Exception):
    pass


def _ring(number: int, frame: Any) -> None:
    calls.append("ring")
    raise Alarm


class Sleeping(Own):
    def fit(self, X: Any, y: Any = None) -> Any:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        for _ in range(500):
            time.sleep(0.01)
        return self


@case(status="FAILED")
def alarm_in_fit() -> Any:
    old = signal.signal(signal.SIGALRM, _ring)
    try:
        return Sleeping().fit(X, Y)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


@case()
def handler_kept() -> Any:
    old = signal.signal(signal.SIGUSR1, lambda *_: calls.append("signal"))
    try:
        Own().fit(X, Y)
        os.kill(os.getpid(), signal.SIGUSR1)
        return signal.getsignal(signal.SIGUSR1) is not old
    finally:
        signal.signal(signal.SIGUSR1, old)


@case()
def no_garbage_collection() -> Any:
    gc.disable()
    try:
        gc.collect()
        Own().fit(X, Y)
        return gc.isenabled(), gc.get_threshold()
    finally:
        gc.enable()


@case()
def watched_garbage_collection() -> Any:
    def seen(phase: str, info: Any) -> None:
        found.append(info["generation"])

    found: list[int] = []
    gc.callbacks.append(seen)
    try:
        gc.collect()
        model = Own().fit(X, Y)
        gc.freeze()
        return model.alpha, 2 in found
    finally:
        gc.unfreeze()
        gc.callbacks.remove(seen)


@case(runs=2, metrics=CLASSIFIER)
def directory_changed() -> Any:
    old = os.getcwd()  # noqa: PTH109
    with tempfile.TemporaryDirectory() as place:
        try:
            LogisticRegression().fit(X, Y)
            os.chdir(place)
            return weights(LogisticRegression().fit(X, Y)), os.listdir(".")  # noqa: PTH208
        finally:
            os.chdir(old)


@case()
def directory_removed() -> Any:
    old = os.getcwd()  # noqa: PTH109
    place = tempfile.mkdtemp()
    os.chdir(place)
    os.rmdir(place)  # noqa: PTH106
    try:
        return Own().fit(X, Y).alpha
    finally:
        os.chdir(old)


NAMES = [
    (time, "time"),
    (time, "time_ns"),
    (time, "perf_counter"),
    (time, "monotonic"),
    (builtins, "open"),
    (builtins, "print"),
    (os, "getpid"),
    (np, "array_equal"),
]


def _replaced(function: Any) -> Any:
    """Replace functions everybody may use by raising ones, in this code's eyes only."""

    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError("replaced by the user")

    old = [(place, name, getattr(place, name)) for place, name in NAMES]
    for place, name, _ in old:
        setattr(place, name, refuse)
    try:
        return function()
    finally:
        for place, name, original in old:
            setattr(place, name, original)


@case(runs=None, metrics=(), problems=True)
def functions_replaced() -> Any:
    model = Working()
    return _replaced(lambda: model.fit(X, Y).total_)


@case()
def time_stands_still() -> Any:
    old = time.time, time.perf_counter
    time.time = lambda: 0.0  # type: ignore[assignment]
    time.perf_counter = lambda: float("nan")  # type: ignore[assignment]
    try:
        return Own().fit(X, Y).alpha, time.time()
    finally:
        time.time, time.perf_counter = old  # type: ignore[assignment]


@case(metrics=CLASSIFIER)
def floating_point_errors_raise() -> Any:
    old = np.seterr(all="raise")
    try:
        return weights(LogisticRegression().fit(X, Y)), np.geterr()
    finally:
        np.seterr(**old)


@case(metrics=CLASSIFIER)
def floating_point_errors_call() -> Any:
    with np.errstate(all="call", call=lambda kind, _: calls.append(kind)):
        model = LogisticRegression().fit(X * 1e-300, Y)
        return weights(model), accuracy_score(Y, model.predict(X))


@case(params={"alpha": "[0.12345679 2.        ]"})
def print_options() -> Any:
    values = np.array([0.123456789, 2])
    with np.printoptions(precision=1, threshold=1, suppress=True):
        Own(alpha=values).fit(X, Y)
        return repr(values)


@case()
def decimals() -> Any:
    with decimal.localcontext(decimal.Context(prec=2, traps=[decimal.Inexact])):
        return Own(alpha=decimal.Decimal("1.23456")).fit(X, Y).alpha


@case(metrics=CLASSIFIER)
def code_with_globals_of_its_own() -> Any:
    scope: dict[str, Any] = {"__builtins__": dict(vars(builtins)), "X": X, "Y": Y}
    exec("from sklearn.linear_model import LogisticRegression as M\nm = M().fit(X, Y)", scope)
    return weights(scope["m"])


@case(metrics=CLASSIFIER)
def code_with_a_strange_name() -> Any:
    scope: dict[str, Any] = {"__name__": None, "X": X, "Y": Y}
    exec(
        compile(
            "from sklearn.linear_model import LogisticRegression as M\nm = M().fit(X, Y)",
            "🦜\n",
            "exec",
        ),
        scope,
    )
    return weights(scope["m"])


class Mapping_(dict):  # type: ignore[type-arg]
    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key)

    def items(self) -> Any:
        calls.append("items")
        return super().items()


@case(metrics=CLASSIFIER)
def names_of_ones_own() -> Any:
    names = Mapping_(X=X, Y=Y)
    exec("from sklearn.linear_model import LogisticRegression as M\nm = M().fit(X, Y)", {}, names)
    return weights(names["m"])


@case(runs=2)
def hooks_kept() -> Any:
    old = sys.excepthook, sys.displayhook, sys.unraisablehook
    sys.unraisablehook = lambda *_: calls.append("unraisable")
    sys.excepthook = lambda *_: calls.append("except")
    try:
        Own().fit(X, Y)
        Own(alpha=lambda: 1).fit(X, Y)
        return calls.count("unraisable")
    finally:
        sys.excepthook, sys.displayhook, sys.unraisablehook = old
