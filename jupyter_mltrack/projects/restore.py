"""The notebook of a run as it stood, as a file again: beside the present one, or in its place.

In place, the present file is kept first, byte by byte, as a file of the run
(``restored/before-<time>.ipynb``, with where it was in ``.json``), so that it can be brought back.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities import Run, ViewType
from jupyter_mltrack.entities.rerun_views import RestoredView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.projects.places import SUFFIX, check_is_no_rerun, find_notebook_file, free_name
from jupyter_mltrack.projects.writing import write_file
from jupyter_mltrack.query.export import export_notebook
from jupyter_mltrack.query.export.notebook import list_notes
from jupyter_mltrack.query.runs import MAX_RESULTS, search_runs
from jupyter_mltrack.store.contract import ReadStore, Store

RESTORED_TAG: Final = "mltrack.restored"
DIRECTORY: Final = "restored/"
RELOAD: Final = "If JupyterLab has it open: File > Reload Notebook from Disk."
_MAX_STEM: Final = 150


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was replaced: its path, the artifact ``before`` that has its bytes, and when.

    ``after`` is the SHA-256 of what took its place; ``time`` in ms.
    """

    path: str
    before: str
    after: str
    time: int


def restore_notebook(
    store: Store, run_id: str, *, in_place: bool = False, directory: Path | None = None
) -> RestoredView:
    """Write the notebook of a run as it stood when the run was made.

    A copy beside the run's notebook, or in the current directory when that is not here; a name that
    is taken is never written over. With ``in_place`` the notebook itself is replaced, in one step,
    after its present bytes were kept: :func:`undo_restore` brings them back.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, it was made by no notebook, or its notebook is not here (``in_place``).
    InvalidParameterValue
        The file cannot be written, or was changed at this very moment; nothing was written.
    """
    check_is_no_rerun(f"restoring the notebook of {run_id[:8]}")
    run = store.get_run(run_id)
    notebook = export_notebook(store, run_id, kind="stood")
    content = to_bytes(notebook)
    notes = list_notes(notebook)
    if in_place:
        path = _present_file(run)
        before = _replace(store, run_id, path, content)
        undo = f"Undo: mltrack restore --undo {path.name}"
        return RestoredView(
            run_id=run_id,
            path=str(path),
            in_place=True,
            before=before,
            notes=[*notes, undo, RELOAD],
        )
    path = _copy(run, content, directory)
    return RestoredView(run_id=run_id, path=str(path), in_place=False, before="", notes=notes)


def undo_restore(
    store: Store, notebook: str | Path | None = None, *, force: bool = False
) -> RestoredView:
    """Bring back the bytes that a notebook had before it was restored in place last.

    Without ``notebook``, of the one that was restored last. What it has now is kept as well, so
    that undoing once more brings it back.

    Raises
    ------
    ResourceDoesNotExist
        The notebook was not restored in place.
    InvalidParameterValue
        It was changed since (``force`` goes on), or cannot be written.
    """
    check_is_no_rerun("restoring a notebook")
    if force and notebook is None:
        raise InvalidParameterValue("Name the notebook whose changes are to be put aside.")
    wanted = None if notebook is None else Path(notebook).expanduser().absolute().resolve()
    run_id, snapshot = find_snapshot(store, None if wanted is None else str(wanted))
    path = Path(snapshot.path)
    _check_suffix(path)
    content = read_before(store, run_id, snapshot)
    present = _read(path) if path.exists() else None
    if present is not None and not force and digest(present) != snapshot.after:
        raise InvalidParameterValue(
            f"{path} was changed since it was restored. To put these changes aside (they are "
            f"kept) and bring back what was there before: mltrack restore --undo --force {path}"
        )
    before = ""
    if present is None:
        _write(path, content)
    else:
        before = _replace(store, run_id, path, content, present)
    return RestoredView(run_id=run_id, path=str(path), in_place=True, before=before, notes=[RELOAD])


def to_bytes(notebook: dict[str, Any]) -> bytes:
    """A notebook as Jupyter writes it into a file."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace")


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def copy_name(run: Run) -> str:
    """A file name for a copy: the notebook's, and the beginning of the run's id."""
    stem = run.info.notebook_path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(SUFFIX)
    safe = "".join(c for c in stem if c.isprintable() and c not in '<>:"|?*').strip(". ")
    return f"{safe[:_MAX_STEM] or 'notebook'} (restored {run.info.run_id[:8]}){SUFFIX}"


def keep_before(store: Store, run_id: str, path: str, before: bytes, after: bytes) -> str:
    """Keep what a file has before it is replaced by ``after``; returns the artifact's path.

    Raises
    ------
    StoreUnavailable
        It cannot be kept now.
    """
    now = time.time_ns() // 1_000_000
    name = f"{DIRECTORY}before-{now}-{digest(before)[:8]}{SUFFIX}"
    snapshot = Snapshot(path=path, before=name, after=digest(after), time=now)
    facts = msgspec.json.encode(snapshot)
    write_file(store, run_id, name, before, "application/x-ipynb+json")
    write_file(store, run_id, f"{name.removesuffix(SUFFIX)}.json", facts, "application/json")
    store.set_run_tags(run_id, {RESTORED_TAG: str(now)})
    return name


def find_snapshot(store: ReadStore, path: str | None) -> tuple[str, Snapshot]:
    """The run and the facts of the last replacement of this file, or of any.

    Raises
    ------
    ResourceDoesNotExist
        There is none.
    """
    found = [one for one in _snapshots(store) if path is None or one[1].path == path]
    if not found:
        what = "No notebook" if path is None else f"{path}"
        raise ResourceDoesNotExist(f"{what} was restored in place; there is nothing to undo.")
    return max(found, key=lambda one: one[1].time)


def read_before(store: ReadStore, run_id: str, snapshot: Snapshot) -> bytes:
    """The bytes that were replaced; raises ResourceDoesNotExist."""
    for artifact in store.list_artifacts(run_id):
        if artifact.path == snapshot.before:
            return store.read_blob(artifact.digest)
    raise ResourceDoesNotExist(f"Run {run_id[:8]} has no file {snapshot.before!r} any more.")


def _snapshots(store: ReadStore) -> Iterator[tuple[str, Snapshot]]:
    wanted = f"tags.`{RESTORED_TAG}` LIKE '%'"
    runs, _ = search_runs(
        store, wanted, max_results=MAX_RESULTS, view=ViewType.ALL, summaries=False
    )
    for run in runs:
        for artifact in store.list_artifacts(run.info.run_id):
            if artifact.path.startswith(DIRECTORY) and artifact.path.endswith(".json"):
                with contextlib.suppress(msgspec.MsgspecError, ResourceDoesNotExist):
                    content = store.read_blob(artifact.digest)
                    yield run.info.run_id, msgspec.json.decode(content, type=Snapshot)


def _present_file(run: Run) -> Path:
    file = find_notebook_file(run.info.notebook_path)
    if file is None:
        name = run.info.notebook_path or "its notebook"
        raise ResourceDoesNotExist(
            f"{name} is not here, so that nothing can be restored in its place. "
            "A copy can: leave --in-place out."
        )
    return file.resolve()


def _copy(run: Run, content: bytes, directory: Path | None) -> Path:
    if directory is not None and not directory.is_dir():
        raise ResourceDoesNotExist(f"There is no directory {directory} to restore into.")
    file = find_notebook_file(run.info.notebook_path)
    place = directory or (file.parent if file is not None else Path.cwd())
    path = free_name(place, copy_name(run))
    try:
        # Never over a file that another wrote at this moment.
        with path.open("xb") as copy:
            copy.write(content)
    except OSError as error:
        raise _cannot_write(path, error) from error
    return path


def _replace(
    store: Store, run_id: str, path: Path, content: bytes, present: bytes | None = None
) -> str:
    """Put ``content`` in the place of the file, whose bytes are kept before; the artifact."""
    before = _read(path) if present is None else present
    _check_writable(path)
    name = keep_before(store, run_id, str(path), before, content)
    if _read(path) != before:
        raise InvalidParameterValue(
            f"{path} was changed while it was restored; nothing was written. Try again."
        )
    _write(path, content)
    return name


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, with the permissions the file had."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        Path(temporary).replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            Path(temporary).unlink(missing_ok=True)


def _check_writable(path: Path) -> None:
    # Replacing asks for the directory's permission only; a file that is read-only is meant to be.
    if not os.access(path, os.W_OK) or not path.stat().st_mode & 0o200:
        raise InvalidParameterValue(
            f"{path} is read-only; nothing was written. A copy can be: leave --in-place out."
        )


def _check_suffix(path: Path) -> None:
    if path.suffix != SUFFIX:
        raise InvalidParameterValue(f"{path} is no notebook; its name does not end in {SUFFIX}.")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidParameterValue(
            f"Cannot read {path}: {error.strerror or error}; nothing was written."
        ) from error


def _cannot_write(path: Path, error: OSError) -> InvalidParameterValue:
    return InvalidParameterValue(f"Cannot write {path}: {error.strerror or error}.")
