"""Autologging of scikit-learn.

:mod:`.classes` and :mod:`.functions` say what is observed, :mod:`.fits` makes a run of a fit
(:mod:`.params`, :mod:`.scores`, :mod:`.search`), :mod:`.cross_validation` one of a
cross-validation, :mod:`.posthoc` logs what is measured later (:mod:`.lineage` knows which run a
model or prediction came from). These are loaded with the first call, or ahead of it.
"""

import sys
from typing import Final

from jupyter_mltrack.autolog.deferred import Deferred
from jupyter_mltrack.autolog.patching import Patcher
from jupyter_mltrack.autolog.sklearn.classes import observe_classes, refresh
from jupyter_mltrack.autolog.sklearn.functions import (
    observe_evaluations,
    observe_inspection,
    observe_metrics,
)
from jupyter_mltrack.tracking.cells import Cell, end_listeners

AHEAD: Final = (
    *(
        f"{__name__}.{name}"
        for name in (
            *("lineage", "search", "recorders", "fits", "partial", "measurements", "posthoc"),
            *("splits", "cross_validation", "permutation", "derived"),
        )
    ),
    "yaml",
)
"""What is loaded before the first call is seen; the last for the files of a first model."""
_FORGETTING: Final = tuple(
    Deferred(f"{__name__}.{module}", name, otherwise_nothing=True)
    for module, name in (
        ("partial", "complete_all"),
        ("measurements", "write_infos"),
        ("lineage", "forget_everything"),
        ("splits", "forget_splits"),
    )
)


def install(patcher: Patcher, module: str) -> None:
    """Observe what ``module``, just imported, brought."""
    if _remember_derived not in end_listeners:
        end_listeners.append(_remember_derived)
    {
        "sklearn.base": observe_classes,
        "sklearn.metrics": observe_metrics,
        "sklearn.model_selection": observe_evaluations,
        "sklearn.inspection": observe_inspection,
    }[module](patcher)


def forget_everything() -> None:
    """End the runs that wait for their cell to end, and drop what is known of models."""
    if _remember_derived in end_listeners:
        end_listeners.remove(_remember_derived)
    for forget in _FORGETTING:
        forget()


def _remember_derived(cell: Cell, outcome: str) -> None:
    if f"{__name__}.lineage" in sys.modules:  # otherwise there is nothing to derive from
        from jupyter_mltrack.autolog.sklearn.derived import remember_derived

        remember_derived(cell, outcome)


__all__ = ["AHEAD", "forget_everything", "install", "refresh"]
