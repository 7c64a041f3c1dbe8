"""By what a notebook is recognised when its file is renamed, moved or copied."""

import hashlib
import re
from collections.abc import Iterable
from typing import Final

from jupyter_mltrack.capture.document import Document
from jupyter_mltrack.entities.identity import NotebookSketch

MAX_CELLS: Final = 500
MARK_BYTES: Final = 4

_PLACE: Final = re.compile(r"n-\d+")
# Every tracked notebook has these lines.
_OURS: Final = re.compile(r"\s*%(load_ext\s+jupyter_mltrack|mltrack\b)")


def sketch_document(document: Document | None) -> NotebookSketch:
    """Marks of a document's cells; of the first 500."""
    cells = document.cells[:MAX_CELLS] if document else []
    sources = (cell.source.strip() for cell in cells)
    return NotebookSketch(
        ids=_marks(cell.cell_id for cell in cells if not _PLACE.fullmatch(cell.cell_id)),
        sources=_marks(source for source in sources if not _OURS.match(source)),
    )


def _marks(texts: Iterable[str]) -> list[str]:
    return [
        hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=MARK_BYTES).hexdigest()
        for text in dict.fromkeys(texts)
        if text
    ]
