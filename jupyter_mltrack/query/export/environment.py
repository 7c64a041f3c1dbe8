"""The environment of a run as files that pip, conda, pyenv and MLflow read."""

from collections.abc import Collection, Mapping

from jupyter_mltrack.entities import Environment

BUILD: tuple[str, ...] = ("pip", "setuptools", "wheel")
"""What installs the others; ``python_env.yaml`` has a place of its own for them."""


def environment_files(
    environment: Environment, name: str, left_out: Collection[str] = ()
) -> dict[str, str]:
    """``requirements.txt``, ``environment.yml``, ``python_env.yaml``, ``.python-version``.

    All recorded packages are pinned. Those ``left_out`` (they come from no index: a checkout, a
    directory) are comments, and a version with a local part (``2.3.0+cpu``) is pinned without it.
    ``name`` is that of the conda environment.
    """
    packages = environment.packages
    build = {key: packages[key] for key in BUILD if key in packages}
    pinned = [
        _requirement(package, version, left_out)
        for package, version in sorted(packages.items())
        if package not in BUILD
    ]
    python = environment.python_version
    system = environment.platform.partition(" ")[0] or "an unknown system"
    head = f"# Recorded with Python {python} on {system}.\n"
    return {
        "requirements.txt": head + "".join(f"{line}\n" for line in pinned),
        "environment.yml": _conda(name, python, build),
        "python_env.yaml": _python_env(python, build),
        ".python-version": f"{python}\n",
    }


def _requirement(package: str, version: str, left_out: Collection[str]) -> str:
    if package in left_out:
        return f"# {package}=={version}  (from a local directory or a repository, of no index)"
    public, plus, _ = version.partition("+")
    return f"{package}=={public}" + (f"  # was {version}" if plus else "")


def _conda(name: str, python: str, build: Mapping[str, str]) -> str:
    pip = f"pip={build['pip']}" if "pip" in build else "pip"
    lines = [
        f"name: {name}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python={python}",
        f"  - {pip}",
        "  - pip:",
        "      - -r requirements.txt",
    ]
    return "\n".join(lines) + "\n"


def _python_env(python: str, build: Mapping[str, str]) -> str:
    lines = [f"python: {python}"]
    if build:
        lines += ["build_dependencies:", *(f"  - {key}=={build[key]}" for key in build)]
    return "\n".join([*lines, "dependencies:", "  - -r requirements.txt"]) + "\n"
