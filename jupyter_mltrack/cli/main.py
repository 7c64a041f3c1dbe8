"""Arguments in, one command run, errors as one line and exit status 1."""

import argparse
import sys
from collections.abc import Sequence

from jupyter_mltrack.cli import commands
from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.settings import default_store_uri, normalize_store_uri


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ``mltrack`` command; returns its exit status (0, or 1 with a message)."""
    options = _parser().parse_args(arguments)
    try:
        uri = normalize_store_uri(options.store) if options.store else default_store_uri()
        options.run(commands.open_for_reading(uri), options)
    except MltrackException as error:
        print(f"mltrack: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # `mltrack runs | head` is no error; Python must not complain while closing stdout.
        sys.stderr.close()
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mltrack", description="Experiments, from a terminal.")
    parser.add_argument(
        "--store", metavar="URI", help="a directory or sqlite:///file (default: MLTRACK_STORE)"
    )
    nouns = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in commands.COMMANDS:
        noun = nouns.add_parser(command.name, help=command.help, description=command.help)
        for flags, keywords in command.arguments:
            noun.add_argument(*flags, **keywords)
        noun.add_argument("--json", action="store_true", help="print JSON")
        noun.set_defaults(run=command.run)
    return parser
