"""Plots that are drawn when somebody looks at them: what they are drawn from is kept.

All of a run's are in one artifact, ``drawings.json``: by the name of the artifact that can be
drawn, its ``kind`` and its data, as :mod:`jupyter_mltrack.entities.drawings` says.
"""

import threading
import weakref
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from jupyter_mltrack.entities.drawings import DRAWINGS_FILE, DRAWINGS_TYPE
from jupyter_mltrack.tracking.active import ActiveRun
from jupyter_mltrack.tracking.problems import problems

MAX_TEXT: Final = 200

_known: Final["weakref.WeakKeyDictionary[ActiveRun, dict[str, Any]]"] = weakref.WeakKeyDictionary()
_mutex: Final = threading.Lock()


def add_drawings(run: ActiveRun, drawings: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what drawings are made from, beside those that the run has already.

    A drawing of a name that the run has takes its place; NaN and infinity become null.
    """
    encoded: dict[str, msgspec.Raw] = {}
    for name, drawing in drawings.items():
        with problems.caught(f"keeping what {name[:80]} is drawn from"):
            encoded[name] = msgspec.Raw(msgspec.json.encode(drawing))
    if not encoded:
        return
    with _mutex:
        known = _known.setdefault(run, {})
        known |= encoded
        run.log_content(DRAWINGS_FILE, msgspec.json.encode(known), DRAWINGS_TYPE)


def drawn_text(text: str, limit: int = MAX_TEXT) -> str:
    """Text as a drawing can have it: cut, and without what is no character."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()
