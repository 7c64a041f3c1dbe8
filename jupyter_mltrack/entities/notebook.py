"""The notebook side: sessions, cell executions, revisions, outputs, environments."""

from typing import Final

import msgspec

NOT_STORED: Final = "# not stored: this cell is private"
"""Stands for the source of a private cell in the revisions that have it."""


def is_not_stored(source: str) -> bool:
    """Whether a source of a revision only says that the cell is private."""
    # Earlier versions named the tag that makes it so.
    return source.startswith("# not stored: this cell is ") and "\n" not in source


class CellOutcome:
    """How a cell execution ended."""

    RUNNING: Final = "running"
    OK: Final = "ok"
    ERROR: Final = "error"
    INTERRUPTED: Final = "interrupted"
    ABANDONED: Final = "abandoned"
    UNSEEN: Final = "unseen"
    """It ran before tracking began; how it ended is not known."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One life of a kernel or script with tracking on.

    ``front_end`` says what runs the kernel (``jupyterlab``, ``vscode``, ``nbclient``, ``ipython``,
    ``script``); ``kernel_id`` is empty outside a Jupyter server; ``notebook_source`` names the
    technique that found ``notebook_path``, empty when nothing did.
    """

    session_id: str
    start_time: int
    pid: int
    host: str = ""
    user: str = ""
    kernel_id: str = ""
    front_end: str = "script"
    notebook_path: str = ""
    notebook_source: str = ""
    python_version: str = ""
    environment: str = ""
    git_commit: str = ""
    git_branch: str = ""
    git_dirty: bool = False
    git_repository: str = ""
    heartbeat: int = 0
    end_time: int | None = None
    tracking: bool = True


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Interpreter, platform and installed packages (name to version), shared between sessions."""

    digest: str
    python_version: str
    platform: str
    packages: dict[str, str]


class RevisionCell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of a revision.

    ``origin`` says where its source is from: ``executed`` (the kernel ran exactly this),
    ``earlier`` (ran before, unchanged), ``edited`` (changed since it ran), ``never`` (not run yet),
    ``text`` (markdown and raw). ``tags`` are those of the cell when the revision was first seen.
    """

    cell_id: str
    cell_type: str
    source: str
    origin: str = "never"
    tags: tuple[str, ...] = ()


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """The exact content of a notebook at a moment; ``digest`` covers ids, types and sources.

    ``layer`` says what filled in the cells that did not run: ``live`` (the front end's document),
    ``file`` (the file on disk) or ``executed`` (nothing did; only what ran is known).
    """

    digest: str
    notebook_path: str
    layer: str
    language: str
    cells: list[RevisionCell]


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """Something a cell showed, shaped as nbformat has it.

    ``data`` maps MIME types to text; images are base64 text. For a ``stream``, ``name`` is stdout
    or stderr and ``data["text/plain"]`` the text; for an ``error``, ``name`` is the class of the
    exception and ``data["text/plain"]`` the traceback.
    """

    output_type: str
    data: dict[str, str]
    name: str = ""
    display_id: str = ""
    truncated: int = 0


class CellExecution(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of one cell; ``revision`` is empty when the notebook is not known."""

    execution_id: str
    session_id: str
    cell_id: str
    source: str
    execution_count: int | None
    start_time: int
    end_time: int | None = None
    outcome: str = CellOutcome.RUNNING
    error: str = ""
    revision: str = ""
    notebook_path: str = ""
