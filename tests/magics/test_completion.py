"""The Tab key."""

import threading
import time

import pytest

from jupyter_mltrack.magics.commands import COMMANDS
from jupyter_mltrack.magics.completion import Completion
from jupyter_mltrack.query.names import Names
from jupyter_mltrack.tracking import fluent
from jupyter_mltrack.tracking.problems import problems


def test_commands(notebook):
    assert notebook.complete("%mltrack ") == [f"%mltrack {name}" for name in COMMANDS]
    assert notebook.complete("%mltrack st") == [
        "%mltrack start", "%mltrack stop", "%mltrack status"
    ]  # fmt: skip
    assert notebook.complete("%%mltrack ru") == ["%%mltrack run", "%%mltrack runs"]
    assert notebook.complete("x = 1\n%mltrack he") == ["x = 1\n%mltrack help"]
    assert notebook.complete("model = %mltrack lo") == [
        "model = %mltrack log", "model = %mltrack load"
    ]  # fmt: skip


def test_options(notebook):
    assert notebook.complete("%mltrack runs --la") == ["%mltrack runs --last"]
    assert "%mltrack start --store" in notebook.complete("%mltrack start --")
    assert not any("in-cell" in one for one in notebook.complete("%mltrack run --"))


def completed(tracked, line, expected):
    fluent.flush()
    deadline = time.monotonic() + 10
    while expected not in (found := tracked.complete(line)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def test_runs_and_metrics(tracked):
    found = completed(tracked, "%mltrack show ", "%mltrack show second")
    assert found[0] == "%mltrack show last"
    assert {f"%mltrack show best:{metric}" for metric in ("accuracy", "loss")} <= set(found)
    assert "%mltrack show second" in found
    assert completed(tracked, "%mltrack compare fi", "%mltrack compare first")
    assert tracked.complete("%mltrack runs metrics.ac") == ["%mltrack runs metrics.accuracy"]
    assert "%mltrack runs --order metrics.loss" in tracked.complete("%mltrack runs --order ")
    assert tracked.complete("%mltrack runs --experiment t") == ["%mltrack runs --experiment trees"]


@pytest.mark.parametrize(
    "line", ["x.mltr", "print('%mltrack ')", "%mltrack nothing x", "%mltracks "]
)
def test_other_lines_are_left_alone(notebook, line):
    assert not [one for one in notebook.complete(line) if "mltrack s" in one]


def test_names_with_spaces_are_quoted(notebook):
    completion = Completion(notebook.shell)
    completion._names = Names(runs=["a b"], metrics=["val loss"])
    completion._read_at = time.monotonic()
    assert "'a b'" in completion.complete("%mltrack show ")[1]
    assert "metrics.`val loss`" in completion.complete("%mltrack runs ")[1]


def test_a_slow_store_is_not_waited_for(notebook, monkeypatch):
    notebook.complete("%mltrack show ")
    answer = threading.Event()
    monkeypatch.setattr("jupyter_mltrack.magics.completion.read_names", lambda: answer.wait(60))
    completion = Completion(notebook.shell)
    began = time.monotonic()
    assert completion.complete("%mltrack show l")[1] == ["last"]
    assert time.monotonic() - began < 20
    answer.set()


def test_a_failing_store_is_recorded_and_not_raised(notebook, monkeypatch):
    def fail():
        raise OSError("no such store")

    problems.clear()
    monkeypatch.setattr("jupyter_mltrack.magics.completion.read_names", fail)
    completion = Completion(notebook.shell)
    assert completion.complete("%mltrack show l")[1] == ["last"]
    time.sleep(0.2)
    assert "no such store" in problems.list_problems()[0].message
    problems.clear()
