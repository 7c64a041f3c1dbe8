"""The notebook's surface: ``%mltrack``, and the hooks that see what cells do.

Loading registers names only; the commands load at the first ``%mltrack``. Open :mod:`.dispatch`
for how a line becomes a command, :mod:`.commands` for the commands, :mod:`.start` for what tracking
does to a shell, :mod:`.hooks` for what it sees.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: "InteractiveShell") -> None:
    """Register the magics; loading again changes nothing."""
    from jupyter_mltrack.magics.magic import Magics, find_magics

    if find_magics(shell) is None:
        Magics(shell).install()


def unload(shell: "InteractiveShell") -> None:
    """Stop tracking and take the magics away."""
    from jupyter_mltrack.magics.magic import find_magics
    from jupyter_mltrack.magics.start import stop_tracking

    stop_tracking(shell)
    magics = find_magics(shell)
    if magics is not None:
        magics.remove()
