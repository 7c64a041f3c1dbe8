"""A notebook as its front end or its file has it: cells in order, whatever they ran."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

MAX_FILE_BYTES: Final = 100 << 20
IGNORE_TAG: Final = "mltrack-ignore"


class DocumentCell(msgspec.Struct, frozen=True):
    """One cell of a notebook document."""

    cell_id: str
    cell_type: str
    source: str
    tags: tuple[str, ...] = ()


class Document(msgspec.Struct, frozen=True):
    """A notebook document; ``layer`` is ``live`` or ``file``, ``saved_at`` the file's time (ms)."""

    layer: str
    path: str
    cells: list[DocumentCell]
    saved_at: int = 0
    dirty: bool = False


class _FileMetadata(msgspec.Struct):
    tags: list[str] = []
    id: str = ""


class _FileCell(msgspec.Struct):
    cell_type: str
    source: str | list[str] = ""
    id: str = ""
    metadata: _FileMetadata = msgspec.field(default_factory=_FileMetadata)


class _File(msgspec.Struct):
    cells: list[_FileCell] = []


_decode_file = msgspec.json.Decoder(_File, strict=False).decode


def read_live(sent: Mapping[str, Any]) -> Document | None:
    """The document a front end sent with the execute request; None when it sent no cells.

    ``sent`` is ``{path, dirty, cells: [{id, type, source, tags?}]}``; what is malformed is left
    out.
    """
    cells = sent.get("cells")
    if not isinstance(cells, Sequence) or isinstance(cells, str):
        return None
    return Document(
        layer="live",
        path=str(sent.get("path") or ""),
        cells=[_live_cell(cell) for cell in cells if isinstance(cell, Mapping)],
        dirty=bool(sent.get("dirty")),
    )


def _live_cell(cell: Mapping[str, Any]) -> DocumentCell:
    tags = cell.get("tags") or ()
    return DocumentCell(
        str(cell.get("id") or ""),
        str(cell.get("type") or "code"),
        str(cell.get("source") or ""),
        tuple(map(str, tags)) if isinstance(tags, list) else (),
    )


class LiveDocuments:
    """The documents that came with executions; their cells come only when they changed."""

    def __init__(self, kept: int = 8) -> None:
        self._kept = kept
        self._cells: Any = None
        self._last: Document | None = None
        self._by_content: OrderedDict[str, Document | None] = OrderedDict()

    def find(self, sent: Mapping[str, Any]) -> Document | None:
        """The document of an execution; None when it came without cells that we do not have.

        ``sent`` is as :func:`read_live` takes it; ``content`` names its cells, to be sent without
        them from then on.
        """
        content = str(sent.get("content") or "")
        if "cells" not in sent:
            return self._by_content.get(content)
        if sent["cells"] != self._cells:
            self._cells, self._last = sent["cells"], read_live(sent)
        if content:
            # More than one is kept: notebooks that share a kernel take turns.
            self._by_content[content] = self._last
            while len(self._by_content) > self._kept:
                self._by_content.popitem(last=False)
        return self._last


class DocumentFiles:
    """Reads notebook files, again only when their time or size changed."""

    def __init__(self, kept: int = 4) -> None:
        self._kept = kept
        self._known: OrderedDict[Path, tuple[tuple[int, int], Document | None]] = OrderedDict()

    def find(self, file: Path, path: str) -> Document | None:
        """The document in ``file``, known as ``path``; None when it is no readable notebook."""
        try:
            status = file.stat()
        except OSError:
            return None
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(file)
        if known is None or known[0] != stamp:
            document = _read_file(file, path, status.st_mtime_ns // 1_000_000, status.st_size)
            self._known[file] = known = (stamp, document)
            while len(self._known) > self._kept:
                self._known.popitem(last=False)
        return known[1]


def _read_file(file: Path, path: str, saved_at: int, size: int) -> Document | None:
    if size > MAX_FILE_BYTES:
        return None
    try:
        content = _decode_file(file.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return None
    return _to_document(content, "file", path, saved_at)


def read_notebook(content: Any, path: str) -> Document | None:
    """The document a host gave as nbformat, unsaved edits included; None when it is none."""
    try:
        return _to_document(msgspec.convert(content, _File, strict=False), "live", path)
    except msgspec.ValidationError:
        return None


def _to_document(content: _File, layer: str, path: str, saved_at: int = 0) -> Document:
    return Document(
        layer=layer,
        path=path,
        cells=[
            DocumentCell(
                # Colab keeps ids in the metadata. Before nbformat 4.5 cells had none; their places
                # must do.
                cell.id or cell.metadata.id or f"n-{number}",
                cell.cell_type,
                cell.source if isinstance(cell.source, str) else "".join(cell.source),
                tuple(cell.metadata.tags),
            )
            for number, cell in enumerate(content.cells)
        ],
        saved_at=saved_at,
    )
