"""``load``."""

from argparse import Namespace
from typing import Any, Final

from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser


def _run_argument(parser: Parser) -> None:
    names = "an id or its beginning, a name, last, best:METRIC"
    parser.add_argument("run", nargs="*", default=["last"], help=names)


def _load_arguments(parser: Parser) -> None:
    _run_argument(parser)
    parser.add_argument("--name", default="model", help="which model of the run (model)")


def _load(context: Context, given: Namespace) -> Any:
    from jupyter_mltrack.models.loading import load_model

    with context.reading() as store:
        (run_id,) = context.resolve(store, [" ".join(map(str, given.run))])
    return load_model(run_id, str(given.name))


COMMANDS: Final = (
    Command(
        name="load",
        usage="load [RUN]",
        summary="Load the model of a run: model = %mltrack load best:accuracy",
        run=_load,
        add_arguments=_load_arguments,
        examples=("model = %mltrack load best:accuracy",),
        completes="run",
    ),
)
