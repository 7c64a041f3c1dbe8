"""Which notebook this kernel runs, who shows it, and where its file is.

The rule of ``notebook_path``, by which the panel narrows to the open notebook: the path JupyterLab
knows, relative to the server's root, with ``/``. Where only an absolute path is known it is made
relative to ``MLTRACK_SERVER_ROOT`` (set by our server extension), and stays absolute without one.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any, Final

import msgspec

from jupyter_mltrack.magics.ladder.process import find_parent_notebook, is_inherited

NOTEBOOK_VARIABLE: Final = "MLTRACK_NOTEBOOK"
ROOT_VARIABLE: Final = "MLTRACK_SERVER_ROOT"
METADATA_KEY: Final = "jupyter_mltrack"
DEFAULT_EXPERIMENT: Final = "Default"

_KERNEL_FILE: Final = re.compile(r"kernel-(.+)\.json$")
_DRIVE: Final = re.compile(r"^[\w.\-]+:(?![\\/])")


class NotebookFact(msgspec.Struct, frozen=True):
    """A notebook's path, by the rule above, and the technique that found it; both may be empty.

    ``note`` says why the path is not known, where there is more to say.
    """

    path: str = ""
    source: str = ""
    note: str = ""


def find_notebook(
    shell: Any,
    cell_meta: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    asked: NotebookFact | None = None,
) -> NotebookFact:
    """Try what can tell the notebook's path, the surest first.

    ``front end`` (what our JupyterLab extension sends with each execution), ``vscode``,
    ``environment`` (``MLTRACK_NOTEBOOK``), ``asked`` (what Colab, Kaggle or the sessions of the
    Jupyter server said), ``parent process`` (papermill and nbconvert name it in their command
    lines), ``server`` (``JPY_SESSION_NAME``; stale after a rename until the kernel restarts).
    """
    variables = os.environ if environment is None else environment
    if is_sent(cell_meta):
        return NotebookFact(without_drive(str(cell_meta[METADATA_KEY]["path"])), "front end")
    named = getattr(shell, "user_ns", {}).get("__vsc_ipynb_file__")
    if isinstance(named, str) and named:
        return NotebookFact(relative_to_root(named, variables), "vscode")
    named = variables.get(NOTEBOOK_VARIABLE, "").strip()
    if named:
        return NotebookFact(relative_to_root(named, variables), "environment")
    if asked is not None:
        return asked
    named = find_parent_notebook() if getattr(shell, "kernel", None) is not None else ""
    if named:
        return NotebookFact(relative_to_root(named, variables), "parent process")
    named = _find_session_name(variables)
    if named.endswith(".ipynb") and Path(named).is_file():
        return NotebookFact(relative_to_root(named, variables), "server")
    return NotebookFact()


def is_sent(cell_meta: Mapping[str, Any]) -> bool:
    """Whether our front end told the notebook's path with an execution."""
    sent = cell_meta.get(METADATA_KEY)
    return isinstance(sent, Mapping) and bool(sent.get("path"))


def without_drive(path: str) -> str:
    """A contents path without the drive some front ends put before it, such as ``RTC:``."""
    return _DRIVE.sub("", path)


def _find_session_name(variables: Mapping[str, str]) -> str:
    """What the Jupyter server called our session; not what it called the one we were run from."""
    named = variables.get("JPY_SESSION_NAME", "").strip()
    return "" if named and is_inherited("JPY_SESSION_NAME", named) else named


def relative_to_root(path: str, variables: Mapping[str, str]) -> str:
    """Spell an absolute path by the rule of ``notebook_path``; a relative one is taken as given."""
    if not os.path.isabs(path):  # noqa: PTH117 - also of a foreign spelling
        return PurePath(path).as_posix()
    root = variables.get(ROOT_VARIABLE, "")
    for one, other in ((path, root), (os.path.realpath(path), os.path.realpath(root))):
        if root and PurePath(one).is_relative_to(other):
            return PurePath(one).relative_to(other).as_posix()
    return PurePath(path).as_posix()


def locate_file(path: str, environment: Mapping[str, str] | None = None) -> Path | None:
    """The file of a notebook path on this machine, or None; relative to the root, else to here."""
    variables = os.environ if environment is None else environment
    if not path:
        return None
    root = variables.get(ROOT_VARIABLE)
    places = [Path(root, path)] if root else []
    places += [Path(path), Path(PurePath(path).name)]
    return next((place.absolute() for place in places if place.is_file()), None)


def spellings(path: str) -> list[str]:
    """A notebook's path by the rule above, and that of its file on this machine."""
    file = locate_file(path)
    return [path, str(file.resolve())] if file else [path]


def default_experiment(path: str) -> str:
    """The experiment a notebook's runs go to when none is named: its path without ``.ipynb``."""
    if not path:
        return DEFAULT_EXPERIMENT
    plain = PurePath(path)
    if plain.is_absolute():
        # An absolute path says more of the machine than of the notebook.
        here = Path.cwd()
        plain = plain.relative_to(here) if plain.is_relative_to(here) else PurePath(plain.name)
    return plain.with_suffix("").as_posix() or DEFAULT_EXPERIMENT


def find_kernel_id(shell: Any) -> str:
    """Id of the kernel as the Jupyter server knows it; empty outside of one."""
    kernel = getattr(shell, "kernel", None)
    file = getattr(getattr(kernel, "parent", None), "connection_file", "") or ""
    found = _KERNEL_FILE.search(str(file))
    return found[1] if found else ""


def find_front_end(
    shell: Any, cell_meta: Mapping[str, Any], environment: Mapping[str, str] | None = None
) -> str:
    """Who shows the notebook.

    ``jupyterlab`` (Notebook 7 too, which is the same code), ``vscode``, ``colab``, ``kaggle``,
    ``nbclient`` (also papermill, nbconvert), ``kernel`` (any other client), ``ipython``.
    """
    variables = os.environ if environment is None else environment
    if getattr(shell, "kernel", None) is None:
        return "ipython"
    sent = cell_meta.get(METADATA_KEY)
    if isinstance(sent, Mapping):
        return str(sent.get("front_end") or "jupyterlab")
    if "__vsc_ipynb_file__" in getattr(shell, "user_ns", {}) or "VSCODE_PID" in variables:
        return "vscode"
    if "COLAB_RELEASE_TAG" in variables:
        return "colab"
    if "KAGGLE_KERNEL_RUN_TYPE" in variables:
        return "kaggle"
    if "deletedCells" in cell_meta or "recordTiming" in cell_meta:
        return "jupyterlab"
    if not cell_meta and not _find_session_name(variables):
        return "nbclient"
    return "kernel"
