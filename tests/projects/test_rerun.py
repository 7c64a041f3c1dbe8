"""Notebooks executed once more: what comes of it, and how it is ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.projects.kernel import Progress
from jupyter_mltrack.projects.rerun import PARAMETERS_TAG, rerun_run
from jupyter_mltrack.projects.verify import verify_run
from tests.projects.worlds import Project, is_alive

TRAIN = (
    "with mltrack.start_run(run_name='model'):\n"
    "    mltrack.log_params({'depth': depth})\n"
    "    mltrack.log_metric('score', depth * 2)"
)
SLOW = (
    "import pathlib, os, time\n"
    "pathlib.Path('pid').write_text(str(os.getpid()))\n"
    "slow = pathlib.Path('slow').exists()\n"
    "with mltrack.start_run(run_name='slow'):\n"
    "    mltrack.log_metric('begun', 1)\n"
    "    time.sleep(100 if slow else 0)"
)


@pytest.fixture(scope="module")
def trained(shared_project: Project) -> Project:
    shared_project.execute("depth = 4", TRAIN, "depth = 5\nafterwards = True")
    return shared_project


@pytest.fixture
def slow(project: Project) -> Project:
    """A notebook that takes long from now on."""
    project.execute(SLOW)
    (project.directory / "slow").touch()
    (project.directory / "pid").unlink()
    return project


def test_a_rerun_is_a_child_of_the_run_it_repeats(trained: Project) -> None:
    original = trained.run("model")
    told: list[Progress] = []
    view = rerun_run(trained.store, original.info.run_id, report=told.append)
    assert view.outcome == "finished"
    again = trained.store.get_run(view.new_run_id)
    assert again.info.parent_run_id == original.info.run_id
    assert again.data.tags["mltrack.rerunOf"] == original.info.run_id
    assert again.info.run_name.startswith("model (rerun")
    assert again.info.experiment_id == original.info.experiment_id
    assert again.info.notebook_path == original.info.notebook_path
    assert again.data.metrics == {"score": 8.0}
    assert view.new_run_id in trained.store.list_child_ids(original.info.run_id)
    assert [(one.cell, one.cells) for one in told] == [
        (n, view.cells) for n in range(1, view.cells + 1)
    ]
    # What ran after the run has no part in it.
    cells = trained.store.list_session_cells(again.info.session_id)
    assert not any("afterwards" in cell.source for cell in cells)


def test_its_revision_is_the_notebook_that_was_executed(trained: Project) -> None:
    view = rerun_run(trained.store, trained.run_id("model"), {"depth": "9"})
    (cell,) = trained.store.list_run_cells(view.new_run_id)
    sources = [one.source for one in trained.store.get_revision(cell.revision).cells]
    assert "depth = 9" in sources
    assert "depth = 4" not in sources


def test_parameters_are_replaced(trained: Project) -> None:
    view = rerun_run(trained.store, trained.run_id("model"), {"depth": "7"})
    again = trained.store.get_run(view.new_run_id)
    assert again.data.params == {"depth": "7"}
    assert again.data.metrics == {"score": 14.0}
    assert view.parameters == {"depth": "7"}
    assert again.data.tags[PARAMETERS_TAG] == '{"depth": "7"}'
    with pytest.raises(InvalidParameterValue, match=r"'dept'.*Did you mean depth"):
        rerun_run(trained.store, trained.run_id("model"), {"dept": "7"})


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_limit_that_is_none_is_refused(trained: Project, timeout: float) -> None:
    with pytest.raises(InvalidParameterValue, match="timeout"):
        rerun_run(trained.store, trained.run_id("model"), timeout=timeout)


def test_runs_are_paired_with_those_they_repeat(project: Project) -> None:
    project.execute(
        "for depth in (1, 2):\n"
        "    with mltrack.start_run(run_name=f'outer {depth}'):\n"
        "        with mltrack.start_run(run_name=f'inner {depth}', nested=True):\n"
        "            mltrack.log_metric('score', depth)",
        "with mltrack.start_run(run_name='last one'):\n    mltrack.log_metric('score', 3)",
    )
    originals = {run.info.run_name: run for run in project.runs()}
    view = rerun_run(project.store, originals["outer 2"].info.run_id)
    again = {run.info.run_name: run for run in project.store.list_runs(view.run_ids)}
    assert view.new_run_id == again["outer 2 (rerun)"].info.run_id
    for name in ("outer 1", "outer 2"):
        child = again[f"{name} (rerun)"]
        assert child.info.parent_run_id == originals[name].info.run_id
    # What was inside a run stays inside its repetition.
    inner = again["inner 2"]
    assert inner.info.parent_run_id == again["outer 2 (rerun)"].info.run_id
    assert inner.data.tags["mltrack.rerunOf"] == originals["inner 2"].info.run_id


def test_runs_of_a_cell_that_ran_twice_are_told_apart(project: Project) -> None:
    project.execute(
        "rows = [1, 2]",
        "total = sum(rows)\n"
        "for name in ('all', 'half'):\n"
        "    with mltrack.start_run(run_name=name):\n"
        "        mltrack.log_metric('score', total / (1 + (name == 'half')))",
        "rows.append(total)",
        again=[2],
    )
    made = {(run.info.run_name, run.data.metrics["score"]): run for run in project.runs()}
    first, half_of_first = made["all", 3], made["half", 1.5]
    last, half_of_last = made["all", 6], made["half", 3]
    for original in (last, half_of_last, first, half_of_first):
        view = rerun_run(project.store, original.info.run_id)
        repetition = project.store.get_run(view.new_run_id)
        assert repetition.data.metrics == original.data.metrics
    repeated = [run.data.tags["mltrack.rerunOf"] for run in project.store.list_runs(view.run_ids)]
    assert sorted(repeated) == sorted(run.info.run_id for run in (first, half_of_first))
    assert verify_run(project.store, last.info.run_id).verdict == "reproduced"


def test_a_cell_that_raises_ends_it(project: Project) -> None:
    (project.directory / "data.txt").write_text("3")
    project.execute(
        "with mltrack.start_run(run_name='early'):\n    mltrack.log_metric('score', 1)",
        "with mltrack.start_run(run_name='late'):\n"
        "    mltrack.log_metric('score', int(open('data.txt').read()))",
    )
    (project.directory / "data.txt").unlink()
    view = rerun_run(project.store, project.run_id("late"))
    assert view.outcome == "failed"
    assert "FileNotFoundError" in view.error
    assert view.error_cell == "with mltrack.start_run(run_name='late'):"
    assert view.executed == view.cells - 1
    statuses = {run.info.run_name: run.info.status for run in project.store.list_runs(view.run_ids)}
    assert statuses["late (rerun)"] == RunStatus.FAILED


def test_a_cell_that_raised_may_raise_again(project: Project) -> None:
    project.execute(
        "value = 2\nraise ValueError('as ever')",
        "with mltrack.start_run(run_name='after'):\n    mltrack.log_metric('score', value)",
    )
    view = rerun_run(project.store, project.run_id("after"))
    assert (view.outcome, bool(view.new_run_id)) == ("finished", True)


def test_secrets_stay_out_of_what_is_kept(project: Project) -> None:
    secret = "ghp_" + "a1B2" * 9
    (project.directory / "good").touch()
    project.execute(
        "password = 'none yet'\n"
        "with mltrack.start_run(run_name='secret'):\n"
        "    mltrack.log_metric('score', 1)\n"
        "    open('good').read()"
    )
    (project.directory / "good").unlink()
    (project.directory / "good").mkdir()
    run_id = project.run_id("secret")
    view = rerun_run(project.store, run_id, {"password": f"'{secret}'"})
    assert view.outcome == "failed"
    assert secret not in view.error
    again = project.store.get_run(view.new_run_id)
    assert secret not in repr(again.data.tags)


def test_a_cell_that_others_skip_is_executed(project: Project) -> None:
    project.execute(
        "value = 3",
        "with mltrack.start_run(run_name='used'):\n    mltrack.log_metric('score', value)",
    )
    from jupyter_mltrack.projects import rerun

    notebook = rerun.export_notebook(project.store, project.run_id("used"))
    notebook["cells"][1]["metadata"]["tags"] = ["skip-execution"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rerun, "export_notebook", lambda *_, **__: notebook)
        view = rerun_run(project.store, project.run_id("used"))
    assert (view.outcome, bool(view.new_run_id)) == ("finished", True)


def test_nobody_answers_questions(project: Project) -> None:
    (project.directory / "answer").write_text("yes")
    project.execute(
        "import pathlib\n"
        "here = pathlib.Path('answer')\n"
        "answer = here.read_text() if here.exists() else input('really? ')\n"
        "with mltrack.start_run(run_name='asked'):\n    mltrack.log_metric('score', 1)"
    )
    (project.directory / "answer").unlink()
    view = rerun_run(project.store, project.run_id("asked"), timeout=60)
    assert view.outcome == "failed"
    assert "StdinNotImplementedError" in view.error


def test_the_time_limit_ends_the_kernel_and_its_runs(slow: Project) -> None:
    began = time.monotonic()
    view = rerun_run(slow.store, slow.run_id("slow"), timeout=6)
    assert time.monotonic() - began < 90
    assert view.outcome == "timeout"
    again = slow.store.get_run(view.new_run_id)
    assert again.info.status == RunStatus.KILLED
    assert again.data.metrics == {"begun": 1.0}
    assert not is_alive(int((slow.directory / "pid").read_text()))


def test_it_can_be_cancelled(slow: Project) -> None:
    cancel = threading.Event()

    def when_it_sleeps() -> None:
        pid = slow.directory / "pid"
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.05)
        time.sleep(0.5)
        cancel.set()

    threading.Thread(target=when_it_sleeps, daemon=True).start()
    view = rerun_run(slow.store, slow.run_id("slow"), cancel=cancel, timeout=60)
    assert view.outcome == "cancelled"
    assert slow.store.get_run(view.new_run_id).info.status == RunStatus.KILLED
    assert not is_alive(int((slow.directory / "pid").read_text()))


def start_terminal(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_mltrack.cli", *arguments],
        env={**os.environ, "MLTRACK_STORE": project.store.uri},
        cwd=project.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pid = project.directory / "pid"
    end = time.monotonic() + 60
    while not (pid.exists() and pid.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.5)
    return process


def test_an_interrupt_in_the_terminal_ends_it(slow: Project) -> None:
    process = start_terminal(slow, "rerun", "slow")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cancelled in cell 2 of 2" in out
    assert "cell 2 of 2" in err
    assert "Traceback" not in out + err
    assert not is_alive(int((slow.directory / "pid").read_text()))
    (child,) = slow.store.list_child_ids(slow.run_id("slow"))
    assert slow.store.get_run(child).info.status == RunStatus.KILLED


def test_no_kernel_outlives_its_caller(slow: Project) -> None:
    process = start_terminal(slow, "rerun", "slow")
    process.kill()
    process.communicate()
    pid = int((slow.directory / "pid").read_text())
    end = time.monotonic() + 60
    while is_alive(pid):
        assert time.monotonic() < end, "the kernel lives on"
        time.sleep(0.1)


def test_a_notebook_that_reruns_itself_does_so_once(project: Project) -> None:
    (project.directory / "first").touch()
    project.execute(
        "with mltrack.start_run(run_name='self'):\n    mltrack.log_metric('score', 1)",
        "%mltrack rerun self",
        "with mltrack.start_run(run_name='end'):\n    mltrack.log_metric('score', 1)",
    )
    assert sum("self" in run.info.run_name for run in project.runs()) == 2
    view = rerun_run(project.store, project.run_id("end"), timeout=120)
    assert view.outcome == "finished"
    assert sum("self" in run.info.run_name for run in project.runs()) <= 3


def test_tracking_is_turned_on_where_the_cells_do_not(project: Project) -> None:
    from jupyter_mltrack.projects.rerun import _prelude

    project.execute("with mltrack.start_run(run_name='it'):\n    mltrack.log_metric('score', 1)")
    run = project.run("it")
    cells = [{"cell_type": "code", "source": "import jupyter_mltrack as mltrack"}]
    prelude = _prelude(project.store, run, {"cells": cells})
    assert "load_extension" in prelude
    assert "start_tracking" in prelude
    assert _prelude(project.store, run, {"cells": [{"cell_type": "code", "source": "%load_ext "
                    "jupyter_mltrack\n%mltrack start"}]}) == ""  # fmt: skip


def test_runs_of_scripts_and_unknown_ones_are_told(project: Project, tmp_path: Path) -> None:
    code = "import jupyter_mltrack as m; m.start_run(run_name='s'); m.log_metric('a', 1)"
    environment = {**os.environ, "MLTRACK_STORE": project.store.uri}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, cwd=tmp_path)
    project.take_in()
    with pytest.raises(ResourceDoesNotExist, match="script"):
        rerun_run(project.store, project.run_id("s"))
    with pytest.raises(ResourceDoesNotExist):
        rerun_run(project.store, "0" * 32)
