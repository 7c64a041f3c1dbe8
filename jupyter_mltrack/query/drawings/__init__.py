"""Plots of fits, drawn when they are asked for from what the run keeps of them.

:mod:`.reading` finds them in a run's ``drawings.json``; :func:`draw` makes a file of one:
:mod:`.matrices` and :mod:`.charts` PNG, :mod:`.html` the page of an estimator, :mod:`.tables` CSV.
"""

import threading
from collections import OrderedDict
from typing import Any, Final

from jupyter_mltrack.entities import drawings as kinds
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.drawings.charts import draw_bars, draw_curve, draw_search
from jupyter_mltrack.query.drawings.html import draw_tree
from jupyter_mltrack.query.drawings.matrices import draw_confusion_matrix, draw_heat
from jupyter_mltrack.query.drawings.reading import Drawn, find_refusal, list_drawn, parse_drawing
from jupyter_mltrack.query.drawings.tables import to_csv

MAX_KEPT_BYTES: Final = 16 << 20
"""Of drawn files that a process keeps, the latest asked for."""

_PICTURES: Final[dict[type, Any]] = {
    kinds.ConfusionMatrix: draw_confusion_matrix,
    kinds.Curve: draw_curve,
    kinds.Bars: draw_bars,
    kinds.Heat: draw_heat,
    kinds.SearchScores: draw_search,
}


def draw(name: str, drawing: kinds.AnyDrawing) -> bytes:
    """The file of this name: PNG, HTML for an estimator, CSV where the name ends so.

    Raises
    ------
    InvalidParameterValue
        What was recorded cannot be drawn.
    """
    try:
        if isinstance(drawing, kinds.EstimatorTree):
            return draw_tree(drawing)
        if name.endswith(".csv") and isinstance(drawing, (kinds.Bars, kinds.Heat)):
            return to_csv(drawing)
        content: bytes = _PICTURES[type(drawing)](drawing)
    except Exception as error:  # numbers of an artifact may be anything an axis fails on
        raise InvalidParameterValue(
            f"{name[:80]!r} cannot be drawn: {type(error).__name__}: {error}"[:300]
        ) from error
    return content


_kept: Final[OrderedDict[str, bytes]] = OrderedDict()
_mutex: Final = threading.Lock()


def read_drawn(drawn: Drawn) -> bytes:
    """The file, drawn now unless it was lately; raises as :func:`draw`."""
    with _mutex:
        content = _kept.get(drawn.digest)
        if content is not None:
            _kept.move_to_end(drawn.digest)
            return content
    content = draw(drawn.path, drawn.drawing)
    with _mutex:
        _kept[drawn.digest] = content
        size = sum(map(len, _kept.values()))
        while size > MAX_KEPT_BYTES and len(_kept) > 1:
            size -= len(_kept.popitem(last=False)[1])
    return content


__all__ = ["Drawn", "draw", "find_refusal", "list_drawn", "parse_drawing", "read_drawn"]
