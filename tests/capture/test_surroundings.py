"""Environment and git."""

import subprocess
from pathlib import Path

import pytest

from jupyter_mltrack.capture import git
from jupyter_mltrack.capture.environment import read_environment
from jupyter_mltrack.capture.git import GitState, read_git, strip_credentials


def test_environment_is_the_same_twice_and_names_packages():
    environment = read_environment()
    assert environment == read_environment()
    assert environment.packages["msgspec"]
    assert environment.python_version.startswith("3.")


def test_what_is_installed_meanwhile_is_seen(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    assert "latecomer" not in read_environment().packages
    installed = tmp_path / "latecomer-1.2.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: Latecomer\nVersion: 1.2\n\nName: no"
    )
    assert read_environment().packages["latecomer"] == "1.2"


def run_git(directory: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=directory, check=True, capture_output=True)


def test_git_state(tmp_path):
    assert read_git(tmp_path) == GitState()
    run_git(tmp_path, "init")
    (tmp_path / "a.py").write_text("x = 1")
    run_git(tmp_path, "add", "a.py")
    run_git(tmp_path, "commit", "-m", "one")
    run_git(tmp_path, "remote", "add", "origin", "https://me:word@example.org/r.git")
    (tmp_path / "untracked").write_text("")
    state = read_git(tmp_path)
    assert len(state.commit) == 40
    assert (state.branch, state.dirty) == ("main", False)
    assert state.repository == "https://example.org/r.git"
    (tmp_path / "a.py").write_text("x = 2")
    assert read_git(tmp_path).dirty


def test_no_git_program(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_git(tmp_path) == GitState()


def test_git_that_hangs_is_given_up(tmp_path, monkeypatch):
    fake = tmp_path / "git"
    fake.write_text("#!/bin/sh\nexec sleep 20\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(git, "TIMEOUT_SECONDS", 0.2)
    assert read_git(tmp_path) == GitState()


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("https://user:pass@host.example/r.git", "https://host.example/r.git"),
        ("https://token@host.example/r.git", "https://host.example/r.git"),
        ("https://host.example/r.git", "https://host.example/r.git"),
        ("ssh://git@host.example:22/r.git", "ssh://git@host.example:22/r.git"),
        ("git@host.example:r.git", "git@host.example:r.git"),
        ("/srv/r.git", "/srv/r.git"),
    ],
)
def test_credentials_are_stripped(url, clean):
    assert strip_credentials(url) == clean
