"""``mltrack rerun`` and ``mltrack verify``."""

import json

import pytest

from jupyter_mltrack.cli import main
from tests.projects.worlds import Project


@pytest.fixture
def terminal(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    (project.directory / "value").write_text("1")
    project.execute(
        "depth = 4\nvalue = float(open('value').read())",
        "with mltrack.start_run(run_name='model'):\n    mltrack.log_metric('score', depth * value)",
    )
    monkeypatch.setenv("MLTRACK_STORE", project.store.uri)
    monkeypatch.chdir(project.directory)
    return project


def test_rerun_and_verify(terminal: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rerun", "model", "depth=5"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("model: all 3 cells ran again.\ndepth = 5 · run ")
    assert shown.err.splitlines() == [
        "cell 1 of 3: %load_ext jupyter_mltrack",
        "cell 2 of 3: depth = 5",
        "cell 3 of 3: with mltrack.start_run(run_name='model'):",
    ]
    assert main(["verify", "model", "--json"]) == 0
    view = json.loads(capsys.readouterr().out)
    assert (view["verdict"], view["summary"]) == ("reproduced", "reproduced 1 of 1 metric")

    (terminal.directory / "value").write_text("2")
    assert main(["verify", "model"]) == 1
    shown = capsys.readouterr()
    assert "model: differs: reproduced 0 of 1 metric (score 4 → 8, 1 relative)" in shown.out
    assert "data: Written since the run: value." in shown.out
    assert main(["show", "model"]) == 0
    assert "differs: reproduced 0 of 1 metric" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rerun", "nothing"], "No run is named 'nothing'"),
        (["rerun", "model", "dept=5"], "no parameter 'dept'"),
        (["rerun", "model", "--timeout", "-1"], "timeout must be"),
        (["verify", "model", "--tolerance", "lack=1"], "no metric 'lack'"),
        (["verify", "model", "--tolerance", "score=x"], "must be a number"),
        (["verify", "model", "--rtol", "nan"], "rtol must be"),
    ],
)
def test_bad_input_is_told_in_a_line(
    shared_terminal: Project,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLTRACK_STORE", shared_terminal.store.uri)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("mltrack: ")
    assert message in error


@pytest.fixture(scope="module")
def shared_terminal(shared_project: Project) -> Project:
    shared_project.execute(
        "depth = 4",
        "with mltrack.start_run(run_name='model'):\n    mltrack.log_metric('score', depth)",
    )
    return shared_project
