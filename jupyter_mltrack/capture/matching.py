"""Which cell of a known notebook ran, when the front end does not say (nbclient, papermill).

By its source: exactly, then up to white space, then as the next code cell after the one matched
last, if it is alike. Equal cells are told apart by order.
"""

import difflib
import re
from typing import Final

from jupyter_mltrack.capture.document import Document

MIN_LIKENESS: Final = 0.6
"""Below this the next code cell is taken for another one: papermill injects cells no file has."""
MAX_COMPARED_WORDS: Final = 300
"""Comparing so many takes some milliseconds, and only a cell that is found nowhere is compared."""

_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"\w+|[^\w\s]")


class CellMatcher:
    """Remembers where the last match was; ``next_position`` is the place after it."""

    def __init__(self) -> None:
        self.next_position = 0

    def match(self, source: str, document: Document | None) -> str:
        """Id of the cell that ``source`` is, or an empty string."""
        if document is None:
            return ""
        position = self._find(source, document)
        if position is None:
            return ""
        self.next_position = position + 1
        return document.cells[position].cell_id

    def _find(self, source: str, document: Document) -> int | None:
        code = [n for n, cell in enumerate(document.cells) if cell.cell_type == "code"]
        start = self.next_position
        in_order = [n for n in code if n >= start] + [n for n in code if n < start]
        for position in in_order:
            if document.cells[position].source == source:
                return position
        wanted = _normalise(source)
        for position in in_order:
            if _normalise(document.cells[position].source) == wanted:
                return position
        following = next((n for n in code if n >= start), None)
        if following is not None and _are_alike(document.cells[following].source, source):
            return following
        return None


def _normalise(source: str) -> str:
    return _SPACE.sub(" ", source).strip()


def _are_alike(one: str, other: str) -> bool:
    # By words: any two pieces of code of one length have about the same letters.
    words, others = (_WORD.findall(text)[:MAX_COMPARED_WORDS] for text in (one, other))
    return difflib.SequenceMatcher(None, words, others, autojunk=False).ratio() >= MIN_LIKENESS
