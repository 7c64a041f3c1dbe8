"""The Python that a run is verified in: ours, or one of the packages recorded with the run.

Environments are made once and kept below the platform's cache directory, by what is in them.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from jupyter_mltrack.entities import Environment, Run
from jupyter_mltrack.errors import InvalidParameterValue, MltrackException
from jupyter_mltrack.projects.causes import running_python
from jupyter_mltrack.projects.kernel import Progress, Report
from jupyter_mltrack.store.contract import ReadStore

OWN: Final = "jupyter-mltrack"
NEEDED: Final = (
    *("alembic", "cloudpickle", "filelock", "ipykernel", "ipython", "lark", "msgspec"),
    *("platformdirs", "pyyaml", "sqlalchemy"),
)
"""What tracking itself needs to run a notebook, installed when the run's packages lack it."""
SKIPPED: Final = frozenset({"pip", "setuptools", "wheel", OWN})
CACHE_VARIABLE: Final = "MLTRACK_CACHE"
MAX_TOLD: Final = 8
_TAIL: Final = 12
_LOOK_SECONDS: Final = 0.2
_NAMED: Final = re.compile(r"(?:Collecting|for|requirement|Building wheel for) ([\w.\-]+)(?:==|\s)")
_BLAMED: Final = re.compile(r"No matching distribution found for ([\w.\-]+)|"
                            r"Failed (?:to build|building wheel for) ([\w.\-]+)")  # fmt: skip


class EnvironmentFailed(MltrackException):
    """An environment could not be made; the message names the package and what pip said."""

    error_code = "TEMPORARILY_UNAVAILABLE"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a notebook is executed: the executable, what it is in words, and what to know of it."""

    python: str
    description: str
    notes: list[str]


def make_place(
    store: ReadStore,
    run: Run,
    *,
    report: Report,
    cancel: threading.Event | None,
    is_fresh: bool,
) -> Place:
    """The running Python, or (``is_fresh``) one with the packages recorded with the run.

    Raises
    ------
    InvalidParameterValue
        Nothing was recorded of the run's packages.
    EnvironmentFailed
        A package cannot be installed.
    """
    if not is_fresh:
        return Place(python=sys.executable, description="the present environment", notes=[])
    session = store.find_session(run.info.session_id)
    recorded = store.find_environment(session.environment) if session else None
    if recorded is None or not recorded.packages:
        raise InvalidParameterValue(
            f"The packages of run {run.info.run_name} were not recorded (its session was over "
            "before they were read), so that no environment can be made of them. Verify it in "
            "the present one: leave --env out."
        )
    python, left_out = make_environment(recorded, report=report, cancel=cancel)
    count = len(recorded.packages) - len(left_out)
    return Place(
        python=str(python),
        description=f"a fresh environment of {count} recorded packages, Python {running_python()}",
        notes=_notes(recorded, left_out),
    )


def _notes(recorded: Environment, left_out: Sequence[str]) -> list[str]:
    notes = []
    if recorded.python_version.rpartition(".")[0] != running_python():
        notes.append(
            f"The run was made with Python {recorded.python_version}; it was executed with "
            f"{running_python()}, the one there is."
        )
    if left_out:
        shown = ", ".join(left_out[:MAX_TOLD])
        more = f" and {len(left_out) - MAX_TOLD} more" if len(left_out) > MAX_TOLD else ""
        notes.append(f"Installed from no index, and left out: {shown}{more}.")
    return notes


def make_environment(
    recorded: Environment,
    *,
    report: Report,
    cancel: threading.Event | None = None,
) -> tuple[Path, list[str]]:
    """The executable of a virtual environment with these packages, and the names left out.

    Left out are those that this machine has from a directory or a repository. This package itself
    is the one that runs.
    """
    from filelock import FileLock

    local = local_packages()
    left_out = sorted(name for name in recorded.packages if name in local and name not in SKIPPED)
    pins = {
        name: version
        for name, version in recorded.packages.items()
        if name not in SKIPPED and name not in left_out
    }
    directory = environment_directory(pins)
    directory.parent.mkdir(parents=True, exist_ok=True)
    python = _executable(directory)
    builder = _Builder(directory, pins, report, cancel or threading.Event())
    with FileLock(directory.with_suffix(".lock")):
        if not (directory / "complete").is_file() or not python.exists():
            builder.build()
        _link_ourselves(python)
    return python, left_out


def environment_directory(pins: Mapping[str, str]) -> Path:
    """Where the environment of these packages is, or will be."""
    import platformdirs

    named = os.environ.get(CACHE_VARIABLE)
    cache = Path(named) if named else Path(platformdirs.user_cache_dir("mltrack", appauthor=False))
    facts = json.dumps([sys.version, sorted(pins.items()), NEEDED])
    digest = hashlib.sha256(facts.encode()).hexdigest()[:16]
    return cache / "environments" / f"py{running_python()}-{digest}"


def local_packages() -> set[str]:
    """Installed packages that come from no index: editable, from a directory or a repository."""
    names = set()
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name and distribution.read_text("direct_url.json"):
            names.add(name.lower().replace("_", "-"))
    return names


class _Builder:
    """Makes an environment in its directory, from nothing."""

    def __init__(
        self, directory: Path, pins: Mapping[str, str], report: Report, cancel: threading.Event
    ) -> None:
        self._directory = directory
        self._pins = pins
        self._report = report
        self._cancel = cancel

    def build(self) -> None:
        """Make it; a half of one is removed."""
        shutil.rmtree(self._directory, ignore_errors=True)
        try:
            self._say("making an environment")
            self._run([sys.executable, "-m", "venv", str(self._directory)], "making it")
            self._install()
            (self._directory / "complete").touch()
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise

    def _install(self) -> None:
        pinned = [f"{name}=={version}" for name, version in sorted(self._pins.items())]
        file = self._directory / "requirements.txt"
        file.write_text("\n".join([*pinned, ""]), "utf-8")
        if pinned:
            # All there were are listed, so nothing else is wanted, whatever they ask for.
            self._pip(["--no-deps", "-r", str(file)], f"installing {len(pinned)} packages")
        missing = [name for name in NEEDED if name not in self._pins]
        if missing:
            self._pip(["-c", str(file), *missing], f"installing {', '.join(missing)}")

    def _pip(self, arguments: Sequence[str], what: str) -> None:
        self._say(what)
        pip = [str(_executable(self._directory)), "-m", "pip", "--disable-pip-version-check"]
        self._run([*pip, "install", "--no-input", "--progress-bar", "off", *arguments], what)

    def _run(self, command: Sequence[str], what: str) -> None:
        log = self._directory.with_suffix(".log")
        # Of a kernel's or a checkout's path nothing must be seen in there.
        hidden = ("PYTHON", "PIP_TARGET", "PIP_USER", "VIRTUAL_ENV", "__PYVENV")
        variables = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=variables
            )
            try:
                self._wait(process, log)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        if process.returncode:
            text = log.read_text("utf-8", "replace")
            raise EnvironmentFailed(_explain(what, text))
        log.unlink(missing_ok=True)

    def _wait(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        told = ""
        while process.poll() is None:
            if self._cancel.is_set():
                raise EnvironmentFailed("Cancelled while the environment was made.")
            time.sleep(_LOOK_SECONDS)
            named = _NAMED.findall(log.read_text("utf-8", "replace"))
            if named and named[-1] != told:
                told = named[-1]
                self._say(f"installing {told}")

    def _say(self, message: str) -> None:
        self._report(Progress(cell=0, cells=0, message=message))


def _explain(what: str, log: str) -> str:
    blamed = [name for pair in _BLAMED.findall(log) for name in pair if name]
    name = f": {blamed[0]}" if blamed else ""
    tail = "\n".join(line for line in log.strip().splitlines()[-_TAIL:])
    return f"The environment of the run cannot be made, {what} failed{name}. What pip said:\n{tail}"


def _executable(directory: Path) -> Path:
    windows = directory / "Scripts" / "python.exe"
    return windows if os.name == "nt" else directory / "bin" / "python"


def _link_ourselves(python: Path) -> None:
    """Let the environment have this very package, and nothing else from where it is."""
    import jupyter_mltrack

    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    found = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    packages = Path(found.stdout.strip())
    own = Path(jupyter_mltrack.__file__).parent
    link = packages / own.name
    if link.is_symlink() and link.resolve() == own.resolve():
        return
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)
    try:
        link.symlink_to(own, target_is_directory=True)
    except OSError:
        shutil.copytree(own, link)
