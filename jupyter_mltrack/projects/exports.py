"""Exports written to disk: a notebook or a script, and the files of its environment beside it."""

import json
import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.errors import (
    InvalidParameterValue,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from jupyter_mltrack.projects.environments import local_packages
from jupyter_mltrack.query.export import export_notebook, notebook_name
from jupyter_mltrack.query.export.environment import environment_files
from jupyter_mltrack.query.export.notebook import list_notes
from jupyter_mltrack.query.export.script import to_script
from jupyter_mltrack.store.contract import ReadStore

NOTEBOOK: Final = ".ipynb"
SCRIPT: Final = ".py"
KINDS: Final = ("order", "stood", "script")


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to write and where.

    ``kind`` ``script`` is ``order`` with ``script``; an ``output`` that ends in ``.py`` means a
    script too. An ``output`` without a suffix is a directory, which is made; None is here.
    """

    output: str | None = None
    kind: str = "order"
    script: bool = False
    parameters: Mapping[str, object] = {}
    environment: bool = False
    force: bool = False


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the notebook or script first, then the files of the environment."""

    path: str
    files: list[str]
    kind: str
    cells: int
    notes: list[str]


def write_export(store: ReadStore, run_id: str, request: ExportRequest) -> Written:
    """Write a run's notebook as asked for.

    Raises
    ------
    ResourceDoesNotExist
        No run has this id, it was not made in a notebook, or its packages were not recorded.
    ResourceAlreadyExists
        A file is there already and ``force`` was not said; nothing was written.
    InvalidParameterValue
        No such kind or parameter, or the place cannot be written to.
    """
    if request.kind not in KINDS:
        raise InvalidParameterValue(
            f"{request.kind!r} is no kind of export; use {', '.join(KINDS)}."
        )
    kind = "order" if request.kind == "script" else request.kind
    is_script = _is_script(request)
    notebook = export_notebook(store, run_id, kind=kind, parameters=request.parameters)
    content = to_script(notebook) if is_script else _to_json(notebook)
    name = notebook_name(store, run_id, kind=kind)
    path = _destination(request.output, name, is_script=is_script)
    files = {path: content}
    if request.environment:
        files |= {path.parent / name: text for name, text in _environment(store, run_id).items()}
    _write_all(files, force=request.force)
    return Written(
        path=str(path),
        files=[str(file) for file in files],
        kind=f"{kind} script" if is_script else kind,
        cells=sum(cell["cell_type"] == "code" for cell in notebook["cells"]),
        notes=list_notes(notebook),
    )


def describe_export(written: Written) -> str:
    """What was written, in lines for a person."""
    how = {
        "order": "as they ran",
        "stood": "of the notebook as it stood",
        "order script": "as a script, in the order they ran",
        "stood script": "as a script, of the notebook as it stood",
    }[written.kind]
    noun = "code cell" if written.cells == 1 else "code cells"
    lines = [f"Wrote {written.path}: {written.cells} {noun} {how}."]
    beside = [Path(file).name for file in written.files[1:]]
    if beside:
        lines.append(f"Beside it: {', '.join(beside)}.")
    return "\n".join([*lines, *written.notes])


def _is_script(request: ExportRequest) -> bool:
    named = Path(request.output or "").suffix == SCRIPT
    return request.script or request.kind == "script" or named


def _to_json(notebook: Mapping[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _destination(output: str | None, name: str, *, is_script: bool) -> Path:
    suffix = SCRIPT if is_script else NOTEBOOK
    name = name.removesuffix(NOTEBOOK) + suffix
    if not output:
        return Path(name)
    path = Path(output).expanduser()
    if path.is_dir() or output.endswith(("/", "\\")) or not path.suffix:
        _make(path)
        return path / name
    if path.suffix != suffix:
        raise InvalidParameterValue(f"{output!r} must end in {suffix}, or be a directory.")
    return path


def _make(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise InvalidParameterValue(f"Cannot make {directory}: {why}.") from error


def _environment(store: ReadStore, run_id: str) -> dict[str, str]:
    run = store.get_run(run_id)
    session = store.find_session(run.info.session_id)
    recorded = store.find_environment(session.environment) if session else None
    if recorded is None or not recorded.packages:
        raise ResourceDoesNotExist(
            f"The packages of run {run.info.run_name} were not recorded; export it without "
            "--environment."
        )
    name = re.sub(r"[^\w.-]+", "-", run.info.run_name).strip("-.") or run_id[:8]
    return environment_files(recorded, name, local_packages())


def _write_all(files: Mapping[Path, str], *, force: bool) -> None:
    there = [str(path) for path in files if path.exists()]
    if there and not force:
        verb = "are" if len(there) > 1 else "is"
        raise ResourceAlreadyExists(
            f"{', '.join(there)} {verb} there already. Write over: --force; or elsewhere: -o DIR"
        )
    for path, text in files.items():
        try:
            _replace(path, text)
        except OSError as error:
            why = error.strerror or error
            raise InvalidParameterValue(f"Cannot write {path}: {why}.") from error


def _replace(path: Path, text: str) -> None:
    """Write a file at once: where the disk is full, what was there before stays."""
    target = path.resolve()
    temporary = target.with_name(f".mltrack-{uuid.uuid4().hex}")
    try:
        temporary.write_text(text, "utf-8", newline="\n")
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
