"""The hooks in IPython without a kernel, where less can be seen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from jupyter_mltrack.magics import start as starting
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import session as sessions
from tests.magics.kernels import find_cell, read_cells


def _do_nothing(drainer: object) -> None:
    pass


@pytest.fixture
def shell(store: Store, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    from jupyter_mltrack.tracking.drainer import Drainer

    # The journal is what these tests read.
    monkeypatch.setattr(Drainer, "_run", _do_nothing)
    monkeypatch.chdir(store_path.parent)
    shell = InteractiveShell()
    yield shell
    starting.stop_tracking(shell)
    shell.history_manager.end_session()


def run(shell: InteractiveShell, code: str) -> None:
    shell.run_cell(code, store_history=True)


def test_cells_of_plain_ipython(shell, store_path, no_problems):
    report = starting.start_tracking(shell, autolog=False)
    assert (report.front_end, report.experiment, report.already_on) == ("ipython", "Default", False)
    run(shell, "print('hello')\n1 + 1")
    run(shell, "1 / 0")
    cell = find_cell(store_path, "hello")
    assert (cell.cell_id, cell.outcome) == ("x-1", "ok")
    assert "hello\n" in cell.text()
    assert "2" in str([output.data for output in cell.listed()])
    failed = find_cell(store_path, "1 / 0")
    assert failed.outcome == "error"
    # A plain shell prints the traceback too, before or after its exception is known.
    assert "ZeroDivisionError" in [output.name for output in failed.listed()]


def test_what_another_shell_showed_is_not_of_this_one(shell, store_path, no_problems):
    # IPython keeps one memory of outputs for all the shells of a process.
    other = InteractiveShell()
    for _ in range(2):
        run(other, "from IPython.display import display; display('theirs'); print('theirs too')")
    other.history_manager.end_session()
    starting.start_tracking(shell, autolog=False)
    run(shell, "print('ours')")
    run(shell, "1 / 0")
    ours, failed = find_cell(store_path, "ours"), find_cell(store_path, "1 / 0")
    assert ours.text() == "ours\n"
    assert "theirs" not in str([output.data for output in ours.listed() + failed.listed()])
    assert [output.output_type for output in failed.listed()].count("error") == 1


def test_start_in_the_middle_of_a_cell(shell, store_path, no_problems):
    shell.user_ns["start"] = lambda: starting.start_tracking(shell, autolog=False)
    run(shell, "report = start()")
    run(shell, "x = 1")
    assert [cell.source for cell in read_cells(store_path)] == ["report = start()", "x = 1"]
    assert all(cell.outcome == "ok" for cell in read_cells(store_path))


def test_start_twice_and_stop_twice(shell, store_path, no_problems):
    assert not starting.is_tracking(shell)
    starting.start_tracking(shell, autolog=False)
    report = starting.start_tracking(shell, experiment="other", autolog=False)
    assert report.already_on
    assert report.experiment == "other"
    run(shell, "print(1)")
    assert len(read_cells(store_path)) == 1
    assert starting.stop_tracking(shell)
    assert not starting.stop_tracking(shell)
    assert not starting.is_tracking(shell)
    run(shell, "print(2)")
    assert len(read_cells(store_path)) == 1


def test_another_store_keeps_the_experiment(shell, store_path, tmp_path, no_problems):
    starting.start_tracking(shell, experiment="mine", autolog=False)
    sessions.use_store(str(tmp_path / "other"))
    run(shell, "print('elsewhere')")
    assert sessions.get_session().experiment == "mine"
    assert find_cell(tmp_path / "other", "elsewhere").outcome == "ok"


def test_failure_of_ours_does_not_reach_the_cell(shell, store_path, monkeypatch, capsys):
    def fail(session: object, event: object) -> None:
        raise ZeroDivisionError("ours")

    starting.start_tracking(shell, autolog=False)
    monkeypatch.setattr(sessions.TrackingSession, "write", fail)
    run(shell, "y = 41 + 1")
    assert shell.user_ns["y"] == 42
    assert "Error in callback" not in capsys.readouterr().out
    found = starting.get_status(shell).problems
    assert any("ZeroDivisionError" in problem.message for problem in found)


def test_bad_store_hooks_nothing(shell):
    before = {event: list(calls) for event, calls in shell.events.callbacks.items()}
    with pytest.raises(Exception, match="Cannot use"):
        starting.start_tracking(shell, store="ftp://somewhere", autolog=False)
    assert before == {event: list(calls) for event, calls in shell.events.callbacks.items()}
    assert not starting.is_tracking(shell)


def test_status_says_what_is_missing(shell):
    starting.start_tracking(shell, autolog=False)
    status = starting.get_status(shell)
    assert status.tracking
    assert status.output_source == "IPython history"
    assert any("MLTRACK_NOTEBOOK" in sentence for sentence in status.not_captured)
