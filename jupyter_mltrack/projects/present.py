"""A run beside its notebook as it is now: the file on disk, or what the front end has."""

from pathlib import Path
from typing import Any, Final

from jupyter_mltrack.entities import Revision
from jupyter_mltrack.entities.diff_views import RunDiff
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.projects.places import find_notebook_file
from jupyter_mltrack.query.diff import diff_with_file
from jupyter_mltrack.query.notebooks import notebook_paths
from jupyter_mltrack.store.contract import ReadStore
from jupyter_mltrack.tracking import session as sessions

MAX_FILE_BYTES: Final = 100 << 20


def diff_with_present(store: ReadStore, run_id: str, file: str | Path | None = None) -> RunDiff:
    """What changed in the run's notebook since: in ``file``, or in its own where that is.

    In the kernel that runs this notebook it is what the front end has, saved or not.

    Raises
    ------
    ResourceDoesNotExist
        No such run, it was not made in a notebook, or its notebook is not on this machine.
    InvalidParameterValue
        The file is no notebook.
    """
    run = store.get_run(run_id)
    path = run.info.notebook_path
    if file is None:
        revision = _find_open_revision(store, path)
        if revision is not None:
            return diff_with_file(store, run_id, _to_notebook(revision), path)
        found = find_notebook_file(path)
        if found is None:
            raise ResourceDoesNotExist(
                f"The notebook of run {run.info.run_name} ({path or 'its path is not known'}) is "
                "not here. Name the file to compare it with: --notebook FILE"
            )
        file = found
    return diff_with_file(store, run_id, read_redacted(Path(file)), str(file))


def read_redacted(file: Path) -> dict[str, Any]:
    """A notebook's content, secrets redacted as in what is stored.

    Raises
    ------
    ResourceDoesNotExist
        There is no such file.
    InvalidParameterValue
        It is no notebook.
    """
    import msgspec

    from jupyter_mltrack.capture.redaction import Redactor

    try:
        if file.stat().st_size > MAX_FILE_BYTES:
            raise InvalidParameterValue(f"{file} is too large to be a notebook's code.")
        notebook = msgspec.json.decode(file.read_bytes())
    except FileNotFoundError:
        raise ResourceDoesNotExist(f"There is no file {file}.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise InvalidParameterValue(f"{file} cannot be read as a notebook: {error}.") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise InvalidParameterValue(f"{file} is no notebook of nbformat 4.")
    redact = Redactor().redact_source
    for cell in notebook["cells"]:
        if isinstance(cell, dict):
            source = cell.get("source", "")
            text = source if isinstance(source, str) else "".join(map(str, source))
            cell["source"] = redact(text)
    return notebook


def _find_open_revision(store: ReadStore, path: str) -> Revision | None:
    """What this kernel's front end or file had at the cell that runs; None for another notebook."""
    session = sessions.find_session()
    if session is None or session.store_uri != store.uri or not path:
        return None
    here = session.facts.notebook_path
    if not here or path not in notebook_paths(store, here):
        return None
    cells = [cell for cell in store.list_session_cells(session.session_id) if cell.revision]
    revision = store.get_revision(cells[-1].revision) if cells else None
    return revision if revision is not None and revision.layer != "executed" else None


def _to_notebook(revision: Revision) -> dict[str, Any]:
    cells = [
        {"id": cell.cell_id, "cell_type": cell.cell_type, "source": cell.source}
        for cell in revision.cells
    ]
    return {"cells": cells}
