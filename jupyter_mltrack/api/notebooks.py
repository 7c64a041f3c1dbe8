"""Notebooks of runs: written out as files, and beside each other."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mltrack.api.search import open_for_reading, resolve_any

if TYPE_CHECKING:
    from jupyter_mltrack.entities.diff_views import RunDiff


def export_notebook(
    run: Any,
    path: str | Path | None = None,
    *,
    kind: str = "order",
    script: bool = False,
    parameters: Mapping[str, object] | None = None,
    environment: bool = False,
    force: bool = False,
) -> Path:
    """Write the notebook of a run to a file; returns its path.

    Parameters
    ----------
    run
        An id or its beginning, a name, ``last``, ``best:METRIC``, or a run.
    path
        A file, or a directory, which is made; the current one unless given.
    kind
        ``order``: the cells that made the run, in the order they ran; ``stood``: the whole notebook
        as it was; ``script``: a Python file. ``script=True`` makes one of what ``kind`` says.
    parameters
        Values to set, by name. Text is read as a Python literal where it is one.
    environment
        Whether to write files such as ``requirements.txt`` beside it; ``force``: over others.

    Raises as :func:`jupyter_mltrack.projects.exports.write_export`.
    """
    from jupyter_mltrack.projects.exports import ExportRequest, write_export

    request = ExportRequest(
        output=None if path is None else str(path),
        kind=kind,
        script=script,
        parameters=parameters or {},
        environment=environment,
        force=force,
    )
    with open_for_reading() as store:
        return Path(write_export(store, resolve_any(store, run), request).path)


def diff_runs(base: Any, run: Any = None, *, notebook: str | Path | None = None) -> "RunDiff":
    """What changed from one run to another; ``summary`` says it in one sentence.

    Parameters
    ----------
    base, run
        Each an id or its beginning, a name, ``last``, ``best:METRIC``, or a run. Without the second
        the first is put beside its notebook as it is now.
    notebook
        The file of the notebook, when it is not the run's own.

    Raises
    ------
    ResourceDoesNotExist
        No such run, or no notebook of it.
    InvalidParameterValue
        Both are one run, or both a run and a notebook are given.
    """
    from jupyter_mltrack.errors import InvalidParameterValue
    from jupyter_mltrack.projects.present import diff_with_present
    from jupyter_mltrack.query import diff

    if run is not None and notebook is not None:
        raise InvalidParameterValue("Give a second run or a notebook, not both.")
    with open_for_reading() as store:
        if run is None:
            return diff_with_present(store, resolve_any(store, base), notebook)
        return diff.diff_runs(store, resolve_any(store, base), resolve_any(store, run))
