"""Notebooks of runs: written out as files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mltrack.api.search import open_for_reading


def export_notebook(
    run: Any,
    path: str | Path | None = None,
    *,
    kind: str = "order",
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
        as it was; ``script``: a Python file.
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
        parameters=parameters or {},
        environment=environment,
        force=force,
    )
    with open_for_reading() as store:
        return Path(write_export(store, resolve(store, run), request).path)


def resolve(store: Any, run: Any) -> str:
    """The id of a run that is given by any of its names, or itself."""
    from jupyter_mltrack.query.runs import resolve_run

    info = getattr(run, "info", None)
    return str(info.run_id) if info is not None else resolve_run(store, str(run))
