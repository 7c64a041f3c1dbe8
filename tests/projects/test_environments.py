"""Environments made of recorded packages: small ones, with packages that need nothing else."""

import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from jupyter_mltrack.entities import Environment
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects.environments import (
    EnvironmentFailed,
    local_packages,
    make_environment,
)
from jupyter_mltrack.projects.verify import verify_run
from tests.projects.worlds import Project
from tests.server.server_world import StoreWriter


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    path: Path = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("MLTRACK_CACHE", str(path))
    return path


def environment(python: str = "", **packages: str) -> Environment:
    version = python or ".".join(map(str, sys.version_info[:3]))
    named = {name.replace("_", "-"): version for name, version in packages.items()}
    return Environment(digest="e" * 64, python_version=version, platform="", packages=named)


@pytest.mark.timeout(400)
def test_a_run_is_verified_with_the_packages_it_was_made_with(project: Project) -> None:
    """The recorded version of a package is what the notebook gets, whatever is installed here."""
    project.execute(
        "import wcwidth, sys\nversion = wcwidth.__version__",
        "with mltrack.start_run(run_name='versioned'):\n"
        "    mltrack.log_metric('number', float(version.rpartition('.')[2]))\n"
        "    mltrack.log_param('version', version)",
    )
    run = project.run("versioned")
    record(project, run.info.session_id, None)
    with pytest.raises(InvalidParameterValue, match="not recorded"):
        verify_run(project.store, run.info.run_id, fresh_environment=True)
    record(project, run.info.session_id, environment("3.1.4", wcwidth="0.2.5", pip="20.0"))

    told: list[str] = []
    view = verify_run(
        project.store,
        run.info.run_id,
        fresh_environment=True,
        report=lambda progress: told.append(progress.message),
    )
    (rerun,) = view.reruns
    assert rerun.outcome == "finished", rerun.error
    again = project.store.get_run(rerun.new_run_id)
    assert again.data.params == {"version": "0.2.5"}
    assert "fresh environment of 2 recorded packages" in view.environment
    assert any("made with Python 3.1.4" in note for note in view.notes)
    assert any("installing" in message for message in told)

    # The second time it is there.
    told.clear()
    verify_run(
        project.store,
        run.info.run_id,
        fresh_environment=True,
        report=lambda progress: told.append(progress.message),
    )
    assert not any("installing" in message for message in told)


def record(project: Project, session_id: str, recorded: Environment | None) -> None:
    """Let a session have been one of an environment, or of none that is known."""
    session = project.store.find_session(session_id)
    assert session is not None
    digest = recorded.digest if recorded else ""
    session = msgspec.structs.replace(session, environment=digest)
    writer = StoreWriter(Path(project.store.uri.removeprefix("sqlite:///")).parent)
    writer._end = 1 if recorded else 0  # what was written before is passed over
    writer.write(ev.SessionStarted(session, recorded))
    writer.store.close()


def test_what_cannot_be_installed_is_named(cache: Path) -> None:
    recorded = environment(**{"wcwidth": "0.2.5", "no_such_package_of_ours_at_all": "1.0"})
    with pytest.raises(EnvironmentFailed) as caught:
        make_environment(recorded, report=lambda _: None)
    assert "failed: no-such-package-of-ours-at-all" in caught.value.message
    assert "No matching distribution" in caught.value.message
    # Nothing half-made is taken for an environment later.
    assert not [path for path in (cache / "environments").iterdir() if path.is_dir()]


def test_it_can_be_cancelled(cache: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(EnvironmentFailed, match="Cancelled"):
        make_environment(environment(wcwidth="0.2.5"), report=lambda _: None, cancel=cancel)
    assert not [path for path in (cache / "environments").iterdir() if path.is_dir()]


def test_packages_of_directories_and_repositories_are_known() -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--editable", "--format", "freeze"],
        capture_output=True,
        text=True,
        check=True,
    )
    editable = {line.partition("==")[0].lower().replace("_", "-") for line in listed.stdout.split()}
    assert editable <= local_packages() | {""}
