"""Interpreter, platform, installed packages; slow enough to keep off the user's thread."""

import contextlib
import hashlib
import platform
import sys
import threading
from importlib import metadata
from pathlib import Path
from typing import Final

import msgspec

from jupyter_mltrack.entities import Environment

_LONGEST_WAIT: Final = 5.0  # seconds
_reading: Final = threading.Lock()
_known: Final[dict[tuple[tuple[str, int], ...], dict[str, str]]] = {}


def read_environment() -> Environment:
    """Look at the running interpreter and at what is installed for it.

    Tens of milliseconds for a few hundred packages. Installing a package while the kernel runs
    changes the answer of a later call.
    """
    packages = dict(sorted(_read_packages().items()))
    facts = (platform.python_version(), _describe_platform(), packages)
    return Environment(
        digest=digest_environment(*facts),
        python_version=facts[0],
        platform=facts[1],
        packages=packages,
    )


def digest_environment(python_version: str, platform: str, packages: dict[str, str]) -> str:
    """SHA-256 over what an environment is; ``packages`` are in the order of their names."""
    facts = (python_version, platform, packages)
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()


def _read_packages() -> dict[str, str]:
    """Names and versions; read again only when something was installed or removed since."""
    # One thread at a time: each file read gives the interpreter away, and threads that all read
    # hold each other up for minutes.
    is_alone = _reading.acquire(timeout=_LONGEST_WAIT)  # a fork may have taken a held lock along
    try:
        places = _list_places()
        known = _known.get(places)
        if known is None:
            known = _find_packages()
            _known.clear()
            _known[places] = known
        return known
    finally:
        if is_alone:
            _reading.release()


def _list_places() -> tuple[tuple[str, int], ...]:
    found = []
    for place in sys.path:
        with contextlib.suppress(OSError, ValueError):
            found.append((place, Path(place).stat().st_mtime_ns))
    return tuple(found)


def _find_packages() -> dict[str, str]:
    packages: dict[str, str] = {}
    for distribution in metadata.distributions():
        # Of two copies on the path the first is the one that is imported. A broken installation
        # has no name or version.
        name, version = _read_name(distribution)
        if name and version:
            packages.setdefault(name.lower().replace("_", "-"), version)
    return packages


def _read_name(distribution: metadata.Distribution) -> tuple[str, str]:
    # Not `distribution.metadata`: that parses the description too, ten times as long as the rest.
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    found = {"name": "", "version": ""}
    for line in text.partition("\n\n")[0].splitlines():
        key, _, value = line.partition(":")
        if not found.get(key.lower(), " "):
            found[key.lower()] = value.strip()
    return found["name"], found["version"]


def _describe_platform() -> str:
    return f"{platform.platform()} {platform.machine()} {sys.implementation.name}"
