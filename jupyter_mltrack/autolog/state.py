"""What autologging is set to in this process, and what it has done."""

import sys
from collections import Counter
from typing import Final

from jupyter_mltrack.autolog.options import Options
from jupyter_mltrack.tracking.active import find_active_run

_WITH_ESTIMATORS: Final = ("xgboost", "lightgbm")

options = Options()
"""What is set for all frameworks; :func:`options_of` says what counts for one."""
by_framework: Final[dict[str, Options]] = {}
recorded_fits = 0
fits_by_framework: Final[Counter[str]] = Counter()
left_out = 0
"""How often something heavy was not recorded, the fit being one of many in a loop."""


def options_of(framework: str) -> Options:
    """The options that count for a framework."""
    return by_framework.get(framework, options)


def is_wanted(framework: str, kind: type) -> bool:
    """Whether a fit of this class is to be logged where the caller is."""
    chosen = options_of(framework)
    if chosen.excludes(kind):
        return False
    library = library_of(kind)
    if library and (options_of(library).disable or options_of(library).excludes(kind)):
        return False
    return not (chosen.exclusive and _is_in_users_run())


def library_of(kind: type) -> str:
    """XGBoost or LightGBM, of whose estimators one is, or is derived from; otherwise empty."""
    loaded = [name for name in _WITH_ESTIMATORS if name in sys.modules]
    for ancestor in kind.__mro__ if loaded else ():
        top = str(ancestor.__module__).partition(".")[0]
        if top in loaded:
            return top
    return ""


def _is_in_users_run() -> bool:
    run = find_active_run()
    return run is not None and run.origin in ("user", "client")
