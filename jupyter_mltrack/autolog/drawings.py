"""Plots that are drawn when somebody looks at them: what they are drawn from is kept.

All of a run's are in one artifact, ``drawings.json``: by the name of the artifact that can be
drawn, its ``kind`` and its data.
"""

import json
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Final

from jupyter_mltrack.tracking.active import ActiveRun

DRAWINGS_FILE: Final = "drawings.json"
DRAWINGS_TYPE: Final = "application/vnd.mltrack.drawings+json"

_known: Final["weakref.WeakKeyDictionary[ActiveRun, dict[str, Any]]"] = weakref.WeakKeyDictionary()
_mutex: Final = threading.Lock()


def add_drawings(run: ActiveRun, drawings: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep what drawings are made from, beside those that the run has already."""
    with _mutex:
        known = _known.setdefault(run, {})
        known |= drawings
        content = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
        run.log_content(DRAWINGS_FILE, content.encode(errors="replace"), DRAWINGS_TYPE)
