"""Runs from one store to another, as a file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mltrack.api.search import open_for_reading

if TYPE_CHECKING:
    from jupyter_mltrack.store.keeping import Merged
    from jupyter_mltrack.upkeep.pack import Packed


def pack(runs: str | Sequence[str], path: str | Path, *, force: bool = False) -> "Packed":
    """Write runs with their notebooks, files and curves to one file, for another store.

    The runs above and below them come along. A file that is there already is written over only
    with ``force``.

    Parameters
    ----------
    runs : str or sequence of str
        A filter such as ``metrics.accuracy > 0.9``, or runs by id, its beginning, or name.

    Raises
    ------
    ResourceDoesNotExist
        No run is meant.
    InvalidParameterValue
        The filter does not parse, or the file is there already or cannot be written.
    """
    from jupyter_mltrack.upkeep.choice import choose_runs
    from jupyter_mltrack.upkeep.pack import pack_runs

    words = [runs] if isinstance(runs, str) else list(runs)
    with open_for_reading() as store:
        return pack_runs(store, choose_runs(store, words), Path(path), force=force)


def unpack(path: str | Path, *, max_bytes: int | None = None) -> "Merged":
    """Add the runs of a packed file to the store; what is there already stays as it is.

    Runs keep their ids, so that unpacking twice adds nothing. A run that is there with less (it
    was packed while it ran) gets what it lacks. The file is verified before anything is written.

    Raises
    ------
    InvalidParameterValue
        It is no packed file, unpacks to more than ``max_bytes`` (10 GB unless given), or is not to
        be trusted; nothing was written.
    """
    from jupyter_mltrack.upkeep.records import MAX_BYTES
    from jupyter_mltrack.upkeep.unpack import unpack_runs

    with open_for_reading() as store:
        return unpack_runs(store, Path(path), max_bytes=max_bytes or MAX_BYTES)
