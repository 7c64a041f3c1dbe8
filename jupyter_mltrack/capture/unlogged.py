"""Which cells are not autologged: tagged ``mltrack-off``, or saying so in a line ``%mltrack off``.

Unlike private ones they are stored, and what is logged in them by hand is kept.
"""

import re
from collections.abc import Iterable
from typing import Final

OFF_TAG: Final = "mltrack-off"
_LINE: Final = re.compile(r"(?m)^[ \t]*%{1,2}mltrack[ \t]+off\b")


def is_unlogged(source: str, tags: Iterable[str]) -> bool:
    """Whether nothing of a cell is autologged, by its tags or by what it says of itself."""
    return OFF_TAG in tags or ("mltrack" in source and _LINE.search(source) is not None)
