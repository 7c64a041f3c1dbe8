"""What may be wrong around a store: each check a finding, with the next step.

A check that fails itself is a finding too: the doctor is asked when things are broken.
"""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from jupyter_mltrack import settings
from jupyter_mltrack.errors import MltrackException, StoreTooNew
from jupyter_mltrack.journal import is_orphan
from jupyter_mltrack.query.text import format_bytes, format_time
from jupyter_mltrack.store import find_obstacle
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Finding
from jupyter_mltrack.tracking.journals import journals_of, measure_backlog
from jupyter_mltrack.tracking.problems import problems
from jupyter_mltrack.upkeep.records import installed_version

LOW_SPACE: Final = 1_000_000_000
NO_SPACE: Final = 50_000_000
_PACKAGES: Final = ("sqlalchemy", "jupyterlab", "ipython", "msgspec", "numpy", "scikit-learn")
_SHOWN: Final = 10
_MARKS: Final = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}


def examine(store: Store, *, named: str | None = None) -> list[Finding]:
    """All checks of a store; ``named`` is what a command line gave for it."""
    checks: tuple[tuple[str, Callable[[], Finding]], ...] = (
        ("store", lambda: _check_origin(store, named)),
        ("versions", _check_versions),
        ("database", lambda: _check_database(store)),
        ("files", lambda: _check_place(store)),
        ("permissions", lambda: _check_permissions(store)),
        ("space", lambda: _check_space(store)),
        ("settings", _check_settings),
        ("sessions", lambda: _check_sessions(store)),
        ("journals", lambda: check_journals(store)),
        ("records", lambda: _check_rejected(store)),
        ("problems", _check_problems),
    )
    return [_safely(name, check) for name, check in checks]


def describe(findings: Sequence[Finding]) -> str:
    """Findings as lines of text, each with its details and next step below it."""
    width = max(len(one.name) for one in findings)
    lines = []
    for one in findings:
        lines.append(f"{_MARKS[one.level]}  {one.name:{width}}  {one.text}")
        indent = " " * (width + 8)
        step = [f"-> {one.next_step}"] if one.next_step else []
        lines += [indent + line for line in (*one.details, *step)]
    return "\n".join(lines)


def measure_journals(uri: str) -> dict[str, int]:
    """Bytes of journals on this machine, and how many are alive or left by killed sessions."""
    alive = orphans = size = 0
    for directory in journals_of(uri):
        orphan = is_orphan(directory)
        alive, orphans = alive + (not orphan), orphans + orphan
        size += _size_of(directory)
    return {"bytes": size, "alive": alive, "orphans": orphans}


def check_journals(store: Store) -> Finding:
    """What waits in journals to be taken in."""
    found = measure_journals(store.uri)
    living = f"{found['alive']} of living sessions" if found["alive"] else "no living session"
    waiting = format_bytes(measure_backlog(store))
    text = f"{waiting} to be taken in of {format_bytes(found['bytes'])} in journals, {living}"
    if not found["orphans"]:
        return Finding(name="journals", level="ok", text=text)
    return Finding(
        name="journals",
        level="warn",
        text=f"{text}, {found['orphans']} left by killed sessions",
        next_step="They are taken in by whoever opens the store next: mltrack runs",
    )


def _safely(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - the doctor speaks of whatever is broken
        step = "Report this with the line above." if not isinstance(error, MltrackException) else ""
        text = str(error) if isinstance(error, MltrackException) else f"{error!r}"
        return Finding(name=name, level="fail", text=text, next_step=step)


def _check_origin(store: Store, named: str | None) -> Finding:
    if named:
        origin = "named by --store"
    elif os.environ.get(settings.STORE_VARIABLE):
        origin = f"named by {settings.STORE_VARIABLE}"
    elif store.uri == settings.normalize_store_uri(settings.user_store_directory()):
        origin = "your own store, the default"
    else:
        origin = f"of this project ({settings.PROJECT_DIRECTORY})"
    return Finding(
        name="store", level="ok", text=f"{settings.shown_store_uri(store.uri)}, {origin}"
    )


def _check_versions() -> Finding:
    import sqlite3

    found = [
        f"jupyter_mltrack {installed_version()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    for package in _PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"no {package}")
    level = "ok" if sys.version_info >= (3, 11) else "fail"
    return Finding(name="versions", level=level, text=", ".join(found))


def _check_database(store: Store) -> Finding:
    obstacle = find_obstacle(store.uri)
    if obstacle:
        step = "What is logged meanwhile waits in the journal. Free the place, or choose another."
        return Finding(name="database", level="fail", text=obstacle, next_step=step)
    info = store.keeper().get_info()
    if not info.schema:
        step = "Nothing: the first run makes it."
        return Finding(name="database", level="ok", text="not there yet", next_step=step)
    mode = f", {info.journal_mode}" if info.journal_mode else ""
    text = f"{info.database}{mode}, schema {info.schema}"
    if info.schema != info.newest_schema:
        try:
            newer = _numbers(info.schema) > _numbers(info.newest_schema)
        except ValueError:
            newer = True
        if newer:
            raise StoreTooNew(
                f"{text}; this jupyter_mltrack knows up to {info.newest_schema}. "
                "Upgrade it: pip install --upgrade jupyter_mltrack"
            )
        step = "Upgrade it: mltrack db upgrade"
        return Finding(name="database", level="warn", text=text, next_step=step)
    runs, points = info.counts["runs"], info.counts["points"]
    sizes = ", ".join(f"{name} {format_bytes(size)}" for name, size in info.files.items())
    return Finding(
        name="database", level="ok", text=f"{text}; {runs} runs, {points} points; {sizes}"
    )


def _check_place(store: Store) -> Finding:
    path = _directory(store.uri)
    if path is None:
        return Finding(name="files", level="ok", text="on a server")
    kind = _file_system(path)
    warnings = store.keeper().get_info().warnings
    if not warnings:
        return Finding(name="files", level="ok", text=f"{path} is on {kind or 'a local disk'}")
    step = "Keep the store on a local disk, or on a PostgreSQL server: MLTRACK_STORE"
    return Finding(name="files", level="warn", text=" ".join(warnings), next_step=step)


def _check_permissions(store: Store) -> Finding:
    path = _directory(store.uri)
    if path is None or os.name != "posix":
        return Finding(name="permissions", level="ok", text="not a matter of files here")
    journals = settings.journal_directory(store.uri)
    places = [path, *path.glob("mltrack.db*"), path / "blobs", journals, *journals_of(store.uri)]
    wide = [place for place in places if place.exists() and place.stat().st_mode & 0o077]
    if not wide:
        text = "files and directories are yours alone"
        return Finding(name="permissions", level="ok", text=text)
    return Finding(
        name="permissions",
        level="warn",
        text="others of this machine can read your store",
        next_step=f"If that is not meant: chmod -R go-rwx {path}",
        details=[f"{stat.filemode(place.stat().st_mode)} {place}" for place in wide[:_SHOWN]],
    )


def _check_space(store: Store) -> Finding:
    path = _directory(store.uri) or settings.journal_directory(store.uri)
    existing = next(place for place in (path, *path.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    text = f"{format_bytes(free)} free at {existing}"
    if free >= LOW_SPACE:
        return Finding(name="space", level="ok", text=text)
    step = "Free some, or: mltrack gc, mltrack db compact"
    level = "warn" if free >= NO_SPACE else "fail"
    return Finding(name="space", level=level, text=text, next_step=step)


def _check_settings() -> Finding:
    given = [f"{key}={settings.shown_store_uri(value)}" for key, value in sorted(os.environ.items())
             if key.startswith("MLTRACK_")]  # fmt: skip
    return Finding(name="settings", level="ok", text=", ".join(given) or "none but the defaults")


def _check_sessions(store: Store) -> Finding:
    alive = [one for one in store.list_sessions() if one.end_time is None]
    here = {path.name for path in journals_of(store.uri) if not is_orphan(path)}
    lost = [one for one in alive if one.session_id not in here and one.host == platform.node()]
    text = f"{len(alive)} alive" if alive else "none alive"
    details = [
        f"{one.session_id[:8]} {one.front_end} {one.notebook_path or '(no notebook)'} on "
        f"{one.host}, since {format_time(one.start_time)}"
        for one in alive[:_SHOWN]
    ]
    if not lost:
        return Finding(name="sessions", level="ok", text=text, details=details)
    text = f"{text}, {len(lost)} of them without a journal on this machine"
    step = "A session whose journal is gone is not ended by itself; its runs stay RUNNING."
    return Finding(name="sessions", level="warn", text=text, next_step=step, details=details)


def _check_rejected(store: Store) -> Finding:
    count = store.get_counts().rejected
    if not count:
        return Finding(name="records", level="ok", text="none was rejected")
    text = f"{count} could not be applied"
    step = "See the reasons: mltrack db check"
    return Finding(name="records", level="warn", text=text, next_step=step)


def _check_problems() -> Finding:
    found = problems.list_problems()
    if not found:
        return Finding(name="problems", level="ok", text="none in this process")
    return Finding(
        name="problems",
        level="warn",
        text=f"{len(found)} in this process",
        details=[f"{one.where}: {one.message} ({one.count} times)" for one in found[-_SHOWN:]],
    )


def _size_of(directory: Path) -> int:
    return sum(path.stat().st_size for path in _files(directory))


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file())


def _directory(uri: str) -> Path | None:
    if settings.is_server_uri(uri):
        return None
    return Path(uri.removeprefix("sqlite:///")).parent


def _file_system(path: Path) -> str:
    """Kind of file system, as far as the machine tells."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    real = path.resolve()
    found = [
        (len(fields[1]), fields[2])
        for line in mounts.read_text(errors="replace").splitlines()
        if len(fields := line.split()) > 2 and real.is_relative_to(fields[1])
    ]
    return max(found)[1] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.removeprefix("v").split("_"))
