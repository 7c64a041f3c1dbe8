"""``private`` and ``params``: what of a cell is kept, and what of it the runs are given."""

from argparse import SUPPRESS, Namespace
from typing import Final

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.cells import find_cell


def _private_arguments(parser: Parser) -> None:
    parser.add_argument("switch", nargs="?", metavar="on|off", help="this cell and all that follow")
    parser.add_argument("--in-cell", action="store_true", help=SUPPRESS)


def _private(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.magics.start import is_tracking, set_private

    if given.switch not in (None, "on", "off"):
        raise InvalidParameterValue(
            f"%mltrack private takes on or off, not {given.switch!r}; alone it is about this cell."
        )
    if given.switch == "off":
        was_on = set_private(context.shell, False)
        context.say("The next cells are stored again." if was_on else "Cells are stored.")
        return
    if given.switch == "on":
        set_private(context.shell, True)
        context.say("This cell and the next are not stored, until %mltrack private off.")
    cell = find_cell()
    if is_tracking(context.shell) and cell is not None and not cell.is_private:
        context.warn(
            "This cell was stored when it began, for it does not say so by itself: write "
            "%mltrack private on a line of its own."
        )


def _params_arguments(parser: Parser) -> None:
    parser.add_argument("--in-cell", action="store_true", help=SUPPRESS)


def _params(context: Context, given: Namespace) -> None:
    if given.in_cell or given.body is not None:
        return  # the cell's assignments are read as it begins, and again when it has run
    session = sessions.find_session()
    params = session.parameters if session is not None else {}
    if not params:
        context.say(
            "No parameters are set. Tag a cell parameters, or begin it with %%mltrack params."
        )
        return
    listed = "\n".join(f"  {name} = {value}" for name, value in params.items())
    context.say(f"Runs that start now carry these params:\n{listed}")


COMMANDS: Final = (
    Command(
        name="private",
        usage="private [on|off]",
        summary="Store nothing of this cell (its source, outputs); on: nor of those that follow.",
        run=_private,
        add_arguments=_private_arguments,
        examples=("%mltrack private", "%%mltrack private", "%mltrack private on"),
        takes_cell=True,
        runs_cell=True,
    ),
    Command(
        name="params",
        usage="params",
        summary="The params that runs carry; %%mltrack params adds what a cell assigns.",
        run=_params,
        add_arguments=_params_arguments,
        examples=("%%mltrack params", "%mltrack params"),
        takes_cell=True,
        runs_cell=True,
    ),
)
