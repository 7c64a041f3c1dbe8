"""A function without a decorator is observed by its own code, and stays what it was."""

import copy
import inspect
import pickle
import subprocess
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import cloudpickle
import pytest

from jupyter_mltrack.autolog.observed import Call, Finish
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.scopes import Scope
from jupyter_mltrack.tracking.problems import problems
from tests.autolog import plain_functions as plain

OBSERVABLE = (
    plain.work,
    plain.positional,
    plain.silent,
    plain.bare,
    plain.nested,
    plain.recursive,
    plain.raising,
    plain.raising_at_last,
    plain.swallowing,
    plain.warning,
    plain.names,
)
Seen = list[tuple[Any, ...]]


@pytest.fixture
def patcher() -> Iterator[Patcher]:
    patcher = Patcher()
    yield patcher
    patcher.unpatch_all()


def observe(patcher: Patcher, function: Any, scope: Scope = Scope.CLOSED) -> Seen:
    """What is seen of the function's calls: name, arguments, caller; then result and error."""
    seen: Seen = []

    def watch(call: Call) -> Finish:
        seen.append((call.name, call.args, call.kwargs, call.frame.f_code.co_name))
        return lambda result, error: seen.append((result, error))

    assert patcher.observe_function(function, watch, scope)
    return seen


def appearance(function: Any) -> dict[str, Any]:
    code = function.__code__
    return {
        "is_function": inspect.isfunction(function),
        "type": type(function),
        "signature": inspect.signature(function),
        "spec": inspect.getfullargspec(function),
        "source": inspect.getsource(function),
        "lines": inspect.getsourcelines(function),
        "file": inspect.getsourcefile(function),
        "module": inspect.getmodule(function),
        "closure": inspect.getclosurevars(function),
        "vars": dict(vars(function)),
        "dir": dir(function),
        "doc": function.__doc__,
        "annotations": function.__annotations__,
        "defaults": (function.__defaults__, function.__kwdefaults__),
        "pickle": pickle.dumps(function),
        "globals": sorted(function.__globals__),
        "repr": repr(function),
        "hash": hash(function),
        "code": (code.co_name, code.co_qualname, code.co_flags, code.co_varnames, code.co_filename),
        "counts": (code.co_argcount, code.co_kwonlyargcount, code.co_posonlyargcount),
    }


@pytest.mark.parametrize("function", OBSERVABLE, ids=lambda function: function.__name__)
def test_it_looks_the_same_and_is_put_back(patcher: Patcher, function: Any) -> None:
    before, code = appearance(function), function.__code__
    observe(patcher, function)
    assert function.__code__ is not code
    assert appearance(function) == before
    patcher.unpatch_all()
    assert function.__code__ is code


@pytest.mark.parametrize(
    "call",
    [
        lambda: plain.work(1),
        lambda: plain.work(1, 2, 3, 4, c=5, d=6),
        lambda: plain.positional(2.5),
        lambda: plain.positional(0.5, b=1.5),
        lambda: plain.silent([]),
        lambda: plain.bare(True),
        lambda: plain.bare(False),
        lambda: plain.nested([1, 3, 2]),
        lambda: plain.recursive(5),
        lambda: plain.swallowing(),
        lambda: plain.names(b=4),
    ],
)
def test_results(patcher: Patcher, call: Callable[[], Any]) -> None:
    expected = call()
    seen = [observe(patcher, function) for function in OBSERVABLE]
    assert call() == expected
    (found,) = [item for item in seen if item]
    assert len(found) == 2
    assert found[1] == (expected, None)


def test_arguments_and_caller(patcher: Patcher) -> None:
    seen = observe(patcher, plain.work)
    plain.work(1, 5, 6, c=7, d=8)
    assert seen[0] == ("work", (1, 5, 6), {"c": 7, "d": 8}, "test_arguments_and_caller")


@pytest.mark.parametrize("kind", [ValueError, KeyError, KeyboardInterrupt, SystemExit])
def test_errors_and_their_tracebacks(patcher: Patcher, kind: type[BaseException]) -> None:
    def report() -> str:
        try:
            plain.raising(kind)
        except BaseException as error:
            return "".join(traceback.format_exception(error))
        raise AssertionError

    expected = report()
    seen = observe(patcher, plain.raising)
    assert report() == expected
    assert isinstance(seen[1][1], kind)


def test_an_error_after_the_return(patcher: Patcher) -> None:
    seen = observe(patcher, plain.raising_at_last)
    with pytest.raises(ValueError, match="math domain"):
        plain.raising_at_last()
    assert seen[1][0] is None
    assert isinstance(seen[1][1], ValueError)


def test_a_call_while_an_error_is_handled(patcher: Patcher) -> None:
    seen = observe(patcher, plain.swallowing)
    try:
        raise KeyError("outer")
    except KeyError:
        assert plain.swallowing() == 7
    assert seen[1] == (7, None)


def test_a_warning_names_the_callers_line(patcher: Patcher) -> None:
    def places() -> list[tuple[str, int]]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            plain.warning()
        return [(item.filename, item.lineno) for item in caught]

    expected = places()
    observe(patcher, plain.warning)
    assert places() == expected


def test_copies_of_its_code_work_without_us(patcher: Patcher) -> None:
    observe(patcher, plain.work)
    assert copy.deepcopy(plain.work) is plain.work
    cloudpickle.register_pickle_by_value(plain)
    try:
        content = cloudpickle.dumps(plain.work)
    finally:
        cloudpickle.unregister_pickle_by_value(plain)
    assert b"jupyter_mltrack" not in content
    code = f"import pickle; print(pickle.loads({content!r})(1, 9, x=2))"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert printed.stdout.decode().strip() == "[1, 9, (), 3, {'x': 2}]"


@pytest.mark.parametrize("function", [plain.generator, plain.closing, len, print])
def test_what_cannot_be_observed_is_left_alone(patcher: Patcher, function: Any) -> None:
    problems.clear()
    code = getattr(function, "__code__", None)
    assert not patcher.observe_function(function, lambda _: None)
    assert getattr(function, "__code__", None) is code
    assert len(problems.list_problems()) == isinstance(function, types.FunctionType)
    problems.clear()


def test_source_that_is_another_is_not_trusted(patcher: Patcher, tmp_path: Any) -> None:
    file = tmp_path / "changed.py"
    file.write_text("def changed():\n    return 1\n")
    space: dict[str, Any] = {"__name__": "changed"}
    exec(compile(file.read_text(), str(file), "exec"), space)
    file.write_text("def changed():\n    return 2\n")
    assert not patcher.observe_function(space["changed"], lambda _: None)
    assert space["changed"]() == 1
    problems.clear()


def test_somebody_elses_code_stays(patcher: Patcher) -> None:
    code = plain.silent.__code__
    observe(patcher, plain.silent)
    try:
        plain.silent.__code__ = plain.bare.__code__
        patcher.unpatch_all()
        assert plain.silent.__code__ is plain.bare.__code__
    finally:
        plain.silent.__code__ = code


def test_twice_is_once(patcher: Patcher) -> None:
    observe(patcher, plain.work)
    seen = observe(patcher, plain.work)
    assert (len(patcher), seen) == (1, [])


def test_scopes(patcher: Patcher) -> None:
    """What an open call contains is observed, what a closed one contains only when inner."""
    inner = observe(patcher, plain.swallowing, Scope.INNER)
    usual = observe(patcher, plain.bare)

    def around(function: Any) -> None:
        plain.bare(True)
        plain.swallowing()

    class Things:
        def closed(self) -> None:
            around(self)

        def opened(self) -> None:
            around(self)

    assert patcher.observe_method(Things, "closed", lambda _: lambda *_: None)
    assert patcher.observe_method(Things, "opened", lambda _: lambda *_: None, Scope.OPEN)
    Things().closed()
    assert (len(inner), len(usual)) == (2, 0)
    Things().opened()
    assert (len(inner), len(usual)) == (4, 2)


def test_threads_are_told_apart(patcher: Patcher) -> None:
    from concurrent.futures import ThreadPoolExecutor

    seen = observe(patcher, plain.recursive)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(plain.recursive, range(1, 200)))
    assert results[4] == 120
    assert len(seen) == 2 * 199
    ends = sorted(item[0] for item in seen if len(item) == 2)
    assert ends == sorted(results)
