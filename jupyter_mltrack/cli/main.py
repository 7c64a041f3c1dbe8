"""Arguments in, one command run, errors as one line.

Exit status: 0 when all is well, 1 when something is wrong with the store, 2 for bad input.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final

from jupyter_mltrack.cli import (
    again,
    archives,
    autologging,
    database,
    experiments,
    files,
    notebooks,
    reading,
    trash,
)
from jupyter_mltrack.cli.command import Command
from jupyter_mltrack.errors import (
    InvalidParameterValue,
    MltrackException,
    ResourceAlreadyExists,
    ResourceDoesNotExist,
)
from jupyter_mltrack.settings import default_store_uri, normalize_store_uri

COMMANDS: Final[tuple[Command, ...]] = (
    *reading.COMMANDS,
    *files.COMMANDS,
    *notebooks.COMMANDS,
    *autologging.COMMANDS,
    *again.COMMANDS,
    *trash.COMMANDS,
    *experiments.COMMANDS,
    *archives.COMMANDS,
    *database.COMMANDS,
)
GROUPS: Final = {
    "artifacts": "list and download the files of runs",
    "experiments": "list, rename, delete and restore experiments",
    "db": "look after the store's database",
}
_BAD_INPUT: Final = (InvalidParameterValue, ResourceDoesNotExist, ResourceAlreadyExists)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ``mltrack`` command; returns its exit status."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        uri = normalize_store_uri(options.store) if options.store else default_store_uri()
        return command.run(command.opens(uri), options) or 0
    except MltrackException as error:
        print(f"mltrack: {error}", file=sys.stderr)
        return 2 if isinstance(error, _BAD_INPUT) else 1
    except BrokenPipeError:
        # `mltrack runs | head` is no error; Python must not complain while closing stdout.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mltrack", description="Experiments, from a terminal.", formatter_class=_Wide
    )
    store_help = "a directory, sqlite:///file or a server (default: MLTRACK_STORE)"
    parser.add_argument("--store", metavar="URI", help=store_help)
    nouns = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    groups: dict[str, Any] = {"": nouns}
    for command in COMMANDS:
        group, _, verb = command.name.rpartition(" ")
        if group not in groups:
            owner = nouns.add_parser(group, help=GROUPS[group], formatter_class=_Wide)
            groups[group] = owner.add_subparsers(title="commands", required=True, metavar="COMMAND")
        noun = groups[group].add_parser(
            verb,
            help=command.help,
            description=f"{command.help[0].upper()}{command.help[1:]}.",
            epilog="\n".join(["examples:", *(f"  mltrack {one}" for one in command.examples)])
            if command.examples
            else None,
            formatter_class=_Wide,
        )
        for flags, keywords in command.arguments:
            noun.add_argument(*flags, **keywords)
        noun.add_argument("--json", action="store_true", help="print JSON")
        noun.add_argument("--store", metavar="URI", default=argparse.SUPPRESS, help=store_help)
        noun.set_defaults(command=command)
    return parser


class _Wide(argparse.RawDescriptionHelpFormatter):
    """Help that does not fold what a line of 100 characters holds."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=100)
