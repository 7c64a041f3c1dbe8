"""Where the notebook of a run is on this machine, if it is here.

The path of a run is what its kernel said, or whoever packed it: it names a file only when there is
such a notebook, and a relative one never leads out of the directory it is relative to.
"""

import os
from pathlib import Path, PurePath
from typing import Final

from jupyter_mltrack.errors import InvalidParameterValue

ROOT_VARIABLE: Final = "MLTRACK_SERVER_ROOT"
SUFFIX: Final = ".ipynb"
RERUN_VARIABLE: Final = "MLTRACK_RERUN_OF"
"""Set in the kernel of a rerun, to the id of the run."""


def check_is_no_rerun(what: str) -> None:
    """Raise InvalidParameterValue in the kernel of a rerun: its cells must not start another.

    A notebook may have a cell that reruns or restores; executing that in turn would never end.
    """
    if os.environ.get(RERUN_VARIABLE):
        raise InvalidParameterValue(f"Left out, for this notebook is being rerun itself: {what}.")


def find_notebook_file(notebook_path: str) -> Path | None:
    """The file of a notebook's path, or None when it is not here.

    A relative path is looked for below the directory of the Jupyter server that this process
    belongs to, else below the current one.
    """
    if not notebook_path.endswith(SUFFIX) or "\0" in notebook_path:
        return None
    if os.path.isabs(notebook_path):  # noqa: PTH117 - also of a foreign spelling
        file = Path(notebook_path)
        return file if file.is_file() else None
    files = (_below(root, notebook_path) for root in _roots())
    return next((file for file in files if file is not None and file.is_file()), None)


def working_directory(notebook_path: str) -> Path:
    """Where the notebook's relative files are: its directory if that is here, else the current."""
    if "\0" in notebook_path:
        return Path.cwd()
    # The notebook itself may be gone, and the data beside it still there.
    parent = PurePath(notebook_path).parent
    if parent.is_absolute():
        return Path(parent) if Path(parent).is_dir() else Path.cwd()
    places = [place for root in _roots() if (place := _below(root, str(parent))) is not None]
    return next((place for place in places if place.is_dir()), Path.cwd())


def _roots() -> list[Path]:
    named = os.environ.get(ROOT_VARIABLE)
    return [*([Path(named)] if named else []), Path.cwd()]


def _below(root: Path, relative: str) -> Path | None:
    """A relative path below a directory; None when it leads out of it."""
    path = (root / relative).absolute()
    is_inside = path.resolve().is_relative_to(root.resolve())
    return path if is_inside and ".." not in PurePath(relative).parts else None


def free_name(directory: Path, name: str) -> Path:
    """A path in the directory that is not taken: with a number when the name itself is."""
    path = directory / name
    number = 1
    while path.exists() or path.is_symlink():
        number += 1
        path = directory / f"{name.removesuffix(SUFFIX)}-{number}{SUFFIX}"
    return path
