"""From a command line to its command, and from an error of ours to one clear line."""

from argparse import Namespace
from typing import Any

from jupyter_mltrack.errors import FilterError, InvalidParameterValue, MltrackException
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.commands import COMMANDS
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import nearest, split_words


def run_line(shell: Any, line: str, body: str | None = None) -> Any:
    """Do what ``%mltrack line`` asks for; errors of ours are told and the cell runs on."""
    __tracebackhide__ = True
    context = Context(shell)
    value, failed = None, False
    try:
        value = _run(context, line, body)
    except MltrackException as error:
        failed = True
        context.warn(explain(error))
    if body is not None and (failed or _runs_cell(line)):
        # The value is the run opened for the cell; without one, the cell runs all the same.
        from jupyter_mltrack.magics.cells import run_body

        return run_body(shell, value, body)
    return value


def _runs_cell(line: str) -> bool:
    command = COMMANDS.get(line.split(None, 1)[0]) if line.strip() else None
    return command is not None and command.runs_cell


def _run(context: Context, line: str, body: str | None) -> Any:
    command, given = _parse(line, body)
    if given.help:
        context.say(command.parser().format_help().rstrip())
        return None
    given.body = body
    return command.run(context, given)


def find_command(name: str) -> Command:
    """The command of this name.

    Raises
    ------
    InvalidParameterValue
        There is none; the message has the nearest.
    """
    command = COMMANDS.get(name)
    if command is None:
        hint = nearest(name, COMMANDS)
        raise InvalidParameterValue(f"%mltrack has no command {name!r}.{hint} Help: %mltrack help")
    return command


def explain(error: MltrackException) -> str:
    """An error as the user is told it; of a filter, with a mark under the place."""
    if isinstance(error, FilterError) and error.text and "\n" not in error.text:
        before = error.text[: error.position]
        start = max(0, len(before) - 60)
        dots = "…" if start else ""
        shown = dots + error.text[start : error.position + 40]
        return f"{error.message}\n  {shown}\n  {' ' * (len(before) - start + len(dots))}^"
    return error.message


def _parse(line: str, body: str | None) -> tuple[Command, Namespace]:
    words = split_words(line)
    if not words or words[0] in ("-h", "--help"):
        return COMMANDS["help"], Namespace(command=None, help=False)
    name, *rest = words
    command = find_command(str(name))
    if "--help" in rest or "-h" in rest:
        return command, Namespace(help=True)
    if body is not None and not command.takes_cell:
        raise InvalidParameterValue(
            f"%%mltrack {name} takes no cell; write %mltrack {name} with one %. "
            "The cell was not run."
        )
    return command, command.parser().parse_words(rest)
