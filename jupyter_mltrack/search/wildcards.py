"""LIKE and ILIKE: ``%`` stands for any text, ``_`` for one character; nothing escapes them."""

import re
import string
from typing import Final

# Only A-Z fold: it is what SQLite does, so the filter means the same in memory and in the store.
_FOLD: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def like(text: str, pattern: str) -> bool:
    """Tell whether all of ``text`` fits ``pattern``, letter case included.

    Every piece between two ``%`` is taken where it first fits. A regular expression with ``.*``
    would try all places, which takes years for ``%a%a%a%a%b``.
    """
    first, *pieces = pattern.split("%")
    start = _find(text, first, 0, anchored=True)
    if not pieces:
        return start is not None and start == len(text)
    last = pieces.pop()
    for piece in pieces:
        if start is not None:
            start = _find(text, piece, start)
    if start is None or len(text) - len(last) < start:
        return False
    return _find(text, last, len(text) - len(last), anchored=True) is not None


def ilike(text: str, pattern: str) -> bool:
    """Do the same without regard to the case of A to Z."""
    return like(text.translate(_FOLD), pattern.translate(_FOLD))


def _find(text: str, piece: str, start: int, *, anchored: bool = False) -> int | None:
    """Return where ``piece`` (``_`` being any character) ends in ``text``, from ``start`` on."""
    expression = re.compile(".".join(map(re.escape, piece.split("_"))), re.DOTALL)
    found = expression.match(text, start) if anchored else expression.search(text, start)
    return found.end() if found else None
