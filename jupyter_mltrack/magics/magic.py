"""The magics themselves: registered at load, the commands loaded when one is used."""

from typing import Any, Final

from jupyter_mltrack.magics.cells import CellRuns
from jupyter_mltrack.magics.completion import Completion

_ATTRIBUTE: Final = "_mltrack_magics"


class Magics:
    """``%mltrack`` and ``%%mltrack`` of one shell, with their completion."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._cell_runs = CellRuns(shell)
        self._completion = Completion(shell)

    def line(self, line: str) -> Any:
        """Track experiments in this notebook; ``%mltrack help`` lists the commands."""
        __tracebackhide__ = True
        from jupyter_mltrack.magics.dispatch import run_line

        return run_line(self._shell, line)

    def cell(self, line: str, body: str) -> Any:
        """Run this cell as one run: ``%%mltrack run NAME``; note on one: ``%%mltrack note``."""
        __tracebackhide__ = True
        from jupyter_mltrack.magics.dispatch import run_line

        return run_line(self._shell, line, body)

    def install(self) -> None:
        """Register everything."""
        self._shell.register_magic_function(self.line, "line", "mltrack")
        self._shell.register_magic_function(self.cell, "cell", "mltrack")
        self._cell_runs.install()
        self._completion.install()
        setattr(self._shell, _ATTRIBUTE, self)

    def remove(self) -> None:
        """Take everything away."""
        for kind in ("line", "cell"):
            self._shell.magics_manager.magics[kind].pop("mltrack", None)
        self._cell_runs.remove()
        self._completion.remove()
        delattr(self._shell, _ATTRIBUTE)


def find_magics(shell: Any) -> Magics | None:
    """The magics of a shell, if they are loaded; they hang on it, to survive a reload of us."""
    return getattr(shell, _ATTRIBUTE, None)
