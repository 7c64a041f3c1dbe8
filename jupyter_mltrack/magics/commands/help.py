"""``help``."""

from argparse import Namespace
from typing import Final

from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser


def _arguments(parser: Parser) -> None:
    parser.add_argument("command", nargs="?", help="one command's own help")


def _help(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.magics.commands import COMMANDS
    from jupyter_mltrack.magics.dispatch import find_command
    from jupyter_mltrack.widgets.help import help_table

    if given.command:
        context.say(find_command(given.command).parser().format_help().rstrip())
        return
    context.show(help_table([(one.usage, one.summary) for one in COMMANDS.values()]))


COMMANDS: Final = (
    Command(
        name="help",
        usage="help [COMMAND]",
        summary="This list, or the help of one command (also: %mltrack COMMAND --help).",
        run=_help,
        add_arguments=_arguments,
        completes="command",
    ),
)
