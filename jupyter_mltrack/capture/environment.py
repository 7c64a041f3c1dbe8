"""Interpreter, platform, installed packages; slow enough to keep off the user's thread."""

import hashlib
import platform
import sys
from importlib import metadata

import msgspec

from jupyter_mltrack.entities import Environment


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
