"""Which cells a person keeps to themselves: tagged ``mltrack-ignore``, or saying so in a line.

``%mltrack private`` (or ``%%mltrack private``) anywhere in a cell is about that cell;
``private on`` about it and what runs from there on, until ``private off``. A line is read before
the cell runs: when it does run, its source would have been stored already.
"""

import re
from collections.abc import Iterable
from typing import Final

from jupyter_mltrack.capture.document import IGNORE_TAG, DocumentCell

_LINE: Final = re.compile(r"(?m)^[ \t]*%{1,2}mltrack[ \t]+private\b([^\r\n]*)$")


def _words(source: str) -> list[str]:
    if "mltrack" not in source:
        return []
    return [words.split("#")[0].strip() for words in _LINE.findall(source)]


def says_private(source: str) -> bool:
    """Whether a cell says of itself that it is private; what cannot be read counts as yes."""
    return any(word != "off" for word in _words(source))


def find_switch(source: str) -> bool | None:
    """Whether what follows this cell is private: True, False, or None when it does not say."""
    switches = [word == "on" for word in _words(source) if word in ("on", "off")]
    return switches[-1] if switches else None


def list_private_ids(cells: Iterable[DocumentCell]) -> set[str]:
    """Ids of the cells of a document that are private as it stands, whether or not they ran."""
    private: set[str] = set()
    is_on = False
    for cell in cells:
        if not is_on and not cell.tags and "mltrack" not in cell.source:
            continue
        is_code = cell.cell_type == "code"
        if IGNORE_TAG in cell.tags or (is_code and (is_on or says_private(cell.source))):
            private.add(cell.cell_id)
        switch = find_switch(cell.source) if is_code else None
        is_on = is_on if switch is None else switch
    return private
