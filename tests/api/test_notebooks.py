"""Notebooks of runs through the functions."""

from pathlib import Path

import nbformat
import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.environment import read_environment
from jupyter_mltrack.errors import InvalidParameterValue, ResourceAlreadyExists
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.session import get_session

# The small notebook world. Each test that takes an imported fixture names it again: F811.
from tests.query.conftest import World, two_runs, world  # noqa: F401 - fixtures


def test_export_notebook(store: Store, two_runs: tuple[str, str], tmp_path: Path) -> None:  # noqa: F811
    get_session().update_facts(environment=read_environment())
    assert mltrack.flush(20)
    path = mltrack.export_notebook("small", tmp_path / "x.ipynb", parameters={"C": 0.25})
    assert path == tmp_path / "x.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert "C = 0.25" in notebook.cells[-1].source
    run = mltrack.get_run(two_runs[0])
    script = mltrack.export_notebook(run, tmp_path / "new", kind="script", environment=True)
    assert script.suffix == ".py"
    assert (tmp_path / "new" / "python_env.yaml").read_text().startswith("python: 3.")
    with pytest.raises(ResourceAlreadyExists, match=r"x\.ipynb is there already"):
        mltrack.export_notebook("small", tmp_path / "x.ipynb")
    with pytest.raises(InvalidParameterValue, match="'sat' is no kind of export"):
        mltrack.export_notebook("small", kind="sat")


def test_a_file_written_over_keeps_its_mode(
    store: Store,
    two_runs: tuple[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text("old")
    path.chmod(0o600)
    mltrack.export_notebook("small", path, force=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".mltrack-*"))


def test_diff_runs(store: Store, two_runs: tuple[str, str], tmp_path: Path) -> None:  # noqa: F811
    diff = mltrack.diff_runs("small", mltrack.get_run(two_runs[1]))
    assert diff.summary.startswith("accuracy +0.1")
    path = mltrack.export_notebook("small", tmp_path / "x.ipynb", kind="stood")
    same = mltrack.diff_runs("small", notebook=path)
    assert same.summary == "The code is as it was when small was made."
    with pytest.raises(InvalidParameterValue, match="not both"):
        mltrack.diff_runs("small", "large", notebook=path)


def test_secrets_of_a_file_are_redacted_as_those_that_are_stored(
    store: Store,
    world: World,  # noqa: F811
    tmp_path: Path,
) -> None:
    world.sources["b"] = "password = '[redacted]'\nfit()"
    run = world.fit("b", "one", 1, 1)
    assert mltrack.flush(20)
    path = mltrack.export_notebook(run.run_id, tmp_path / "x.ipynb", kind="stood")
    secret = "hV7k2mQ9xLp4Zr8w"
    path.write_text(path.read_text().replace("[redacted]", secret))
    diff = mltrack.diff_runs(run.run_id, notebook=path)
    assert diff.summary.startswith("The code is as it was")
    assert secret not in str(diff)
