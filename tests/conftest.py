"""Fixtures of all tests: a store of one's own, an open session, and nothing left behind."""

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import jupyter_mltrack as mltrack
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking import active, session
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.problems import problems
from tests.postgresql import Server

pytest_plugins = ["pytest_jupyter.jupyter_server"]

# No test fails for a busy machine.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

# No test may reach the user's own store.
os.environ.setdefault("MLTRACK_STORE", str(Path(tempfile.gettempdir()) / "mltrack-tests"))


@pytest.fixture
def store_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Directory of a store that this test's process writes to and its children inherit."""
    path = tmp_path / "store"
    monkeypatch.setenv("MLTRACK_STORE", str(path))
    return path


@pytest.fixture
def store_uri(store_path: Path) -> str:
    """The store's URI; where both databases matter, :func:`on_both_databases` takes its place."""
    return str(store_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def on_both_databases(
    request: pytest.FixtureRequest, store_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A store's URI, first of a file, then of a server: ``store_uri = on_both_databases``."""
    if request.param == "sqlite":
        return str(store_path)
    uri: str = request.getfixturevalue("postgresql_uri")
    monkeypatch.setenv("MLTRACK_STORE", uri)
    return uri


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL server of this test process."""
    # No test takes the machine's power away.
    server = Server("fsync=off")
    yield server
    server.stop()


@pytest.fixture
def postgresql_uri(
    postgresql_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty database of the test's own; journals of its store are below ``tmp_path``."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    name = f"test_{uuid.uuid4().hex}"
    yield postgresql_server.create_database(name)
    postgresql_server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(store_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store that this process's session writes to; the session is closed afterwards."""
    # What the shells of earlier tests knew of their sessions is not so of this one's.
    monkeypatch.setattr(session, "_opening", [])
    mltrack.set_tracking_uri(store_uri)
    problems.clear()
    opened = open_store(store_uri)
    yield opened
    session.close_session()
    session.use_store(None)
    active.forget_active_runs()
    opened.close()


@pytest.fixture
def no_problems() -> Iterator[None]:
    """Fail the test when something of ours failed quietly."""
    problems.clear()
    yield
    assert problems.list_problems() == []


def open_drained(path: Path | str) -> Store:
    """Open the store of kernels that have ended, with all that they recorded.

    Whoever executes notebooks waits some seconds for a kernel to leave and then kills it; a busy
    machine's kernel leaves the rest in its journal, which readers of a store take in first.
    """
    opened = open_store(str(path))
    opened.prepare()
    drain_orphans(opened, opened.uri)
    return opened


def run_python(code: str, *, timeout: float = 60, **environment: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
