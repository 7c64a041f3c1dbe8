"""The git commit the notebook ran at; asked of the ``git`` program, nothing when it is absent."""

import os
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

TIMEOUT_SECONDS: Final = 2.0


class GitState(msgspec.Struct, frozen=True, kw_only=True):
    """What is checked out; empty outside a repository. ``dirty``: tracked files differ from it."""

    commit: str = ""
    branch: str = ""
    dirty: bool = False
    repository: str = ""


def read_git(directory: Path) -> GitState:
    """Ask git about the repository around ``directory``; milliseconds, seconds in a huge one."""
    commit = _git(directory, "rev-parse", "HEAD")
    if commit is None:
        return GitState()
    branch = _git(directory, "rev-parse", "--abbrev-ref", "HEAD") or ""
    status = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return GitState(
        commit=commit,
        branch="" if branch == "HEAD" else branch,
        dirty=bool(status),
        repository=strip_credentials(_git(directory, "config", "--get", "remote.origin.url") or ""),
    )


def strip_credentials(url: str) -> str:
    """Take user and password out of a repository's URL; ``git@host:path`` stays as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.scheme or "@" not in parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "ssh":
        host = f"{parts.username}@{host}"
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _git(directory: Path, *arguments: str) -> str | None:
    # No prompt, no optional lock: reading must not disturb the user's own git.
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(directory), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
            env={**os.environ, **quiet},
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
