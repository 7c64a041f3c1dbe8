"""mltrack export."""

import json
from pathlib import Path

import nbformat
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.environment import read_environment
from jupyter_mltrack.cli import main
from jupyter_mltrack.tracking.session import get_session

# The same small notebook world. Each test that takes an imported fixture names it again: F811.
from tests.query.conftest import two_runs, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("store", "two_runs")


@pytest.fixture(autouse=True)
def here(two_runs: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:  # noqa: F811
    get_session().update_facts(environment=read_environment())
    assert mltrack.flush(20)
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_it_writes_a_notebook_and_prints_its_path(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    path = Path(run(capsys, "export", "best:accuracy", "-o", "out").strip())
    assert path.parent == Path("out")
    nbformat.validate(nbformat.read(path, as_version=4))


def test_kinds_and_parameters(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    run(capsys, "export", "small", "C=0.5", "--as", "stood", "-o", "one.ipynb")
    notebook = nbformat.read(here / "one.ipynb", as_version=4)
    assert [cell.source for cell in notebook.cells][2:] == [
        "# Fit the model\nC = 0.5\nfit(C)", "fit(C * 10)", "not_run_yet()"
    ]  # fmt: skip
    run(capsys, "export", "small", "--as", "script", "-o", "two.py")
    assert "fit(C * 10)" not in (here / "two.py").read_text()
    run(capsys, "export", "small", "--as", "stood", "--script", "-o", "three.py")
    assert "fit(C * 10)" in (here / "three.py").read_text()


def test_kinds_lie_beside_each_other(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    kinds = ([], ["--as", "stood"], ["--script"], ["--as", "stood", "--script"])
    for kind in kinds:
        run(capsys, "export", "small", *kind)
    assert len({*here.glob("*-small-*.ipynb"), *here.glob("*-small-*.py")}) == len(kinds)


def test_the_environment_lies_beside_it(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    found = json.loads(run(capsys, "export", "small", "--environment", "-o", "out", "--json"))
    names = [Path(file).name for file in found["files"]]
    assert names[1:] == [
        "requirements.txt", "environment.yml", "python_env.yaml", ".python-version"
    ]  # fmt: skip
    required = (here / "out" / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("msgspec==") for line in required)
    assert not any(line.startswith(("pip==", "jupyter-mltrack==")) for line in required)
    assert (
        f"python={(here / 'out' / '.python-version').read_text().strip()}"
        in (here / "out" / "environment.yml").read_text()
    )
    assert found["cells"] == 2


def test_nothing_is_written_over(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "requirements.txt").write_text("mine")
    assert main(["export", "small", "--environment"]) == 2
    assert "requirements.txt is there already. Write over: --force" in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["requirements.txt"]
    assert (here / "requirements.txt").read_text() == "mine"
    run(capsys, "export", "small", "--environment", "--force")
    assert len(list(here.iterdir())) == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x.txt"], "'x.txt' must end in .ipynb, or be a directory"),
        (["--script", "-o", "x.ipynb"], "must end in .py"),
        (["-o", "no/such/x.ipynb"], "Cannot write no/such/x.ipynb: No such file"),
        (["D=3"], "no parameter 'D'. What can be set: C."),
        (["C"], "'C' is not of the form name=value"),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], here: Path, arguments: list[str], message: str
) -> None:
    assert main(["export", "small", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_diff(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    shown = run(capsys, "diff", "small", "large")
    made = "accuracy +0.1: made by cell 3, not cell 2 and C 0.1 → 1.0; packages the same."
    assert shown.startswith(made)
    assert "accuracy    0.8    0.9    +0.1  +12.5 %" in shown
    found = json.loads(run(capsys, "diff", "small", "large", "--json"))
    assert found["metrics"][0]["difference"] == pytest.approx(0.1)
    run(capsys, "export", "small", "C=0.5", "--as", "stood", "-o", "now.ipynb")
    since = run(capsys, "diff", "small", "--notebook", "now.ipynb")
    assert since.startswith("Since small: cell 2 changed (C 0.1 → 0.5); cell 2 made it.")
    assert "    -C = 0.1\n    +C = 0.5" in since


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["small", "small"], "Both are run"),
        (["small"], "notebook of run small (a.ipynb) is not here. Name the file"),
        (["small", "--notebook", "no.ipynb"], "There is no file no.ipynb"),
        (["small", "--notebook", "bad.ipynb"], "bad.ipynb cannot be read as a notebook"),
        (["small", "large", "--notebook", "x"], "Name a second run or a notebook, not both"),
    ],
)
def test_what_cannot_be_compared(
    capsys: pytest.CaptureFixture[str], here: Path, arguments: list[str], message: str
) -> None:
    (here / "bad.ipynb").write_text("{")
    assert main(["diff", *arguments]) == 2
    assert message in capsys.readouterr().err
