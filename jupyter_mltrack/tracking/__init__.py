"""The write side: sessions, active runs, MLflow's fluent names, the drainer.

Everything logged is an event appended to the session's journal (:mod:`.session`); a background
thread (:mod:`.drainer`) applies it to the store. Open :mod:`.active` for what a run is in memory,
:mod:`.cells` for which cell execution code belongs to, :mod:`.fluent` for the public functions.
"""

from typing import Any


def __getattr__(name: str) -> Any:
    # MLflow has its client, and all else that is public, in its module of this name too.
    import jupyter_mltrack as mltrack

    if name in getattr(mltrack, "__all__", ()):
        return getattr(mltrack, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
