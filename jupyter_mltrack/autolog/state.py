"""What autologging is set to in this process, and what it has done."""

from collections import Counter
from typing import Final

from jupyter_mltrack.autolog.options import Options
from jupyter_mltrack.tracking.active import find_active_run

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
    return not (chosen.exclusive and _is_in_users_run())


def _is_in_users_run() -> bool:
    run = find_active_run()
    return run is not None and run.origin in ("user", "client")
