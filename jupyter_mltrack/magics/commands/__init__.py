"""The subcommands of ``%mltrack``, one module by theme.

To add one: a :class:`jupyter_mltrack.magics.command.Command` in a module here, its module in
``_MODULES``. Help, completion, ``--help`` and "did you mean" follow from it.
"""

from typing import Final

from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.commands import (
    again,
    autologging,
    files,
    help,
    keeping,
    logging,
    notebooks,
    reading,
    tracking,
)

_MODULES: Final = (tracking, autologging, logging, keeping, reading, notebooks, again, files, help)

COMMANDS: Final[dict[str, Command]] = {
    command.name: command for module in _MODULES for command in module.COMMANDS
}
"""Every subcommand by name, in the order the help lists them."""
