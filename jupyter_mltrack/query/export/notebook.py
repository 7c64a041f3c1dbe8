"""A run's notebook as nbformat 4.5."""

from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.entities.notebook import is_not_stored
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.export.cells import FACTS, to_notebook_cells
from jupyter_mltrack.query.export.parameters import set_parameters
from jupyter_mltrack.query.export.selection import Selection, select_order, select_stood
from jupyter_mltrack.store.contract import ReadStore

KINDS: Final = {"order": select_order, "stood": select_stood}
_REDACTED: Final = "[redacted]"


def export_notebook(
    store: ReadStore,
    run_id: str,
    *,
    kind: str = "order",
    parameters: Mapping[str, object] | None = None,
    outputs: bool = True,
) -> dict[str, Any]:
    """The notebook of a run, nbformat 4.5, as plain dictionaries.

    ``order``: the executions that made the run, in the order they ran, each once, below the text
    that stands above their cells. ``stood``: the notebook with all its cells as it was when the
    run's last cell ran; a cell shows what it had shown then, unless it was edited since it ran.

    ``metadata.jupyter_mltrack`` names the run, and in ``notes`` says what a reader must know:
    secrets that were redacted, cells that are not stored, text that was cut.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, or it was not made in a notebook.
    InvalidParameterValue
        There is no such kind or no such parameter.
    """
    if kind not in KINDS:
        raise InvalidParameterValue(f"{kind!r} is no kind of export; use {' or '.join(KINDS)}.")
    selection = KINDS[kind](store, run_id)
    cells = to_notebook_cells(store, selection.cells, kind=kind, outputs=outputs)
    metadata = _metadata(selection)
    notebook: dict[str, Any] = {
        "cells": cells,
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    notes = [*selection.notes, *_notes_on_cells(cells)]
    if notes:
        metadata[FACTS]["notes"] = notes
    return set_parameters(notebook, parameters or {})


def notebook_name(store: ReadStore, run_id: str, *, kind: str = "order") -> str:
    """A file name for the export: the notebook's, the run's name, the beginning of its id.

    A kind other than ``order`` stands at the end, so that one kind is no other's file.
    """
    run = store.get_run(run_id)
    stem = run.info.notebook_path.rsplit("/", 1)[-1].removesuffix(".ipynb") or "notebook"
    safe = "".join(c if c.isalnum() or c in "-_.=" else "-" for c in run.info.run_name)[:60]
    ending = "" if kind == "order" else f"-{kind}"
    return f"{stem}-{safe.strip('-.')}-{run_id[:8]}{ending}.ipynb"


def list_notes(notebook: Mapping[str, Any]) -> list[str]:
    """What a reader of an exported notebook must know, a sentence each."""
    return list(notebook["metadata"].get(FACTS, {}).get("notes", ()))


def _notes_on_cells(cells: list[dict[str, Any]]) -> list[str]:
    notes = []
    redacted = sum(_REDACTED in cell["source"] for cell in cells)
    if redacted:
        notes.append(f"Secrets are redacted in the source of {_cells(redacted)}: put them back "
                     f"where it says {_REDACTED} before you run it.")  # fmt: skip
    left_out = sum(is_not_stored(cell["source"]) for cell in cells)
    if left_out:
        are = "is private: a comment stands in its place."
        if left_out > 1:
            are = "are private: comments stand in their places."
        notes.append(f"{_cells(left_out).capitalize()} {are}")
    edited = sum(cell["metadata"].get(FACTS, {}).get("origin") == "edited" for cell in cells)
    if edited:
        was = "was" if edited == 1 else "were"
        notes.append(f"{_cells(edited).capitalize()} {was} edited after running; what "
                     f"{'it' if edited == 1 else 'they'} showed is left out.")  # fmt: skip
    if any(_is_truncated(cell) for cell in cells):
        notes.append("Long output was not kept whole; it says so where it ends.")
    return notes


def _is_truncated(cell: Mapping[str, Any]) -> bool:
    ending = "were not kept by jupyter_mltrack."
    return any(
        ending in str(output.get("text", ""))[-100:] or FACTS in output.get("metadata", {})
        for output in cell.get("outputs", ())
    )


def _cells(count: int) -> str:
    return "one cell" if count == 1 else f"{count} cells"


def _metadata(selection: Selection) -> dict[str, Any]:
    run, session, revision = selection.run, selection.session, selection.revision
    version = session.python_version if session else ""
    language = {"name": revision.language if revision else "python"}
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {**language, "version": version} if version else language,
        FACTS: {
            "run_id": run.info.run_id,
            "run_name": run.info.run_name,
            "notebook_path": run.info.notebook_path,
            "revision": revision.digest if revision else "",
            "kind": selection.kind,
        },
    }
