"""``rerun``, ``verify``, ``restore``: runs made again."""

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.commands.notebooks import split_run_and_pairs
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser, split_pairs

if TYPE_CHECKING:
    from jupyter_mltrack.projects.kernel import Progress

_NAMES: Final = "an id or its beginning, a name, last, best:METRIC"


def _timeout_argument(parser: Parser) -> None:
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="end it after so many seconds"
    )


def _rerun_arguments(parser: Parser) -> None:
    names = f"{_NAMES}; then parameters to set"
    parser.add_argument("run", nargs="*", default=["last"], metavar="RUN [k=v]", help=names)
    _timeout_argument(parser)


def _rerun(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.projects.rerun import rerun_run
    from jupyter_mltrack.widgets.verdict import rerun_card

    name, parameters = split_run_and_pairs(given.run)
    with context.reading() as store:
        (run_id,) = context.resolve(store, [name])
        view = rerun_run(
            store, run_id, parameters, timeout=given.timeout, report=_progress(context)
        )
    context.show(rerun_card(view))


def _verify_arguments(parser: Parser) -> None:
    parser.add_argument("run", nargs="*", default=["last"], metavar="RUN", help=_NAMES)
    parser.add_argument("--rtol", type=float, metavar="R", help="relative tolerance (1e-9)")
    parser.add_argument("--atol", type=float, default=0.0, metavar="A", help="absolute one (0)")
    parser.add_argument(
        "--tolerance",
        action="append",
        default=[],
        metavar="METRIC=A",
        help="absolute tolerance of one metric: --tolerance accuracy=0.01",
    )
    parser.add_argument(
        "--times", type=int, default=1, metavar="N", help="execute N times, to tell chance (1)"
    )
    parser.add_argument(
        "--env", action="store_true", help="in a fresh environment of the recorded packages"
    )
    _timeout_argument(parser)


def _verify(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.projects.metrics import to_tolerance
    from jupyter_mltrack.projects.verify import verify_run
    from jupyter_mltrack.widgets.verdict import verification_card

    tolerance = to_tolerance(given.rtol, given.atol, split_pairs(given.tolerance))
    with context.reading() as store:
        (run_id,) = context.resolve(store, [" ".join(map(str, given.run))])
        view = verify_run(
            store,
            run_id,
            tolerance=tolerance,
            times=given.times,
            fresh_environment=given.env,
            timeout=given.timeout,
            report=_progress(context),
        )
    context.show(verification_card(view))


def _restore_arguments(parser: Parser) -> None:
    names = f"{_NAMES}; with --undo the notebook to undo"
    parser.add_argument("run", nargs="*", metavar="RUN", help=names)
    parser.add_argument(
        "--in-place", action="store_true", help="in the place of the notebook, which is kept first"
    )
    parser.add_argument("-d", "--directory", metavar="DIR", help="where a copy goes (beside it)")
    parser.add_argument(
        "--undo", action="store_true", help="bring back what was there before --in-place"
    )
    parser.add_argument("--force", action="store_true", help="with --undo: changes since put aside")


def _restore(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.projects.restore import restore_notebook, undo_restore
    from jupyter_mltrack.widgets.verdict import restored_bundle

    name = " ".join(map(str, given.run))
    if given.undo and (given.in_place or given.directory):
        raise InvalidParameterValue("--undo takes a notebook, and neither --in-place nor a place.")
    directory = Path(str(given.directory)).expanduser() if given.directory else None
    with context.reading() as store:
        if given.undo:
            view = undo_restore(store, name or None, force=given.force)
        else:
            (run_id,) = context.resolve(store, [name or "last"])
            view = restore_notebook(store, run_id, in_place=given.in_place, directory=directory)
    context.show(restored_bundle(view, Path.cwd()))


def _progress(context: Context) -> "Callable[[Progress], None]":
    """Show progress in one output of the cell, which is replaced as it goes on."""
    from jupyter_mltrack.widgets.verdict import progress_line

    handle: Any = None

    def report(progress: "Progress") -> None:
        nonlocal handle
        shown = progress_line(progress.cell, progress.cells, progress.message)
        if handle is None:
            handle = context.show_updatable(shown)
        else:
            handle.update(shown)

    return report


COMMANDS: Final = (
    Command(
        name="rerun",
        usage="rerun [RUN] [k=v …] [--timeout S]",
        summary="Execute what led to a run once more, with other parameters, in a fresh kernel.",
        run=_rerun,
        add_arguments=_rerun_arguments,
        examples=("%mltrack rerun last", "%mltrack rerun best:accuracy depth=8 --timeout 600"),
        completes="run",
    ),
    Command(
        name="verify",
        usage="verify [RUN] [--tolerance METRIC=A] [--times N] [--env]",
        summary="Execute a run once more and say whether metrics, figures and data come out again.",
        run=_verify,
        add_arguments=_verify_arguments,
        examples=(
            "%mltrack verify last",
            "%mltrack verify best:accuracy --tolerance accuracy=0.01",
            "%mltrack verify 3f2a --times 2",
        ),
        completes="run",
    ),
    Command(
        name="restore",
        usage="restore [RUN] [--in-place] | --undo [NOTEBOOK]",
        summary="Write the notebook of a run as it stood: a copy, or in place.",
        run=_restore,
        add_arguments=_restore_arguments,
        examples=(
            "%mltrack restore best:accuracy",
            "%mltrack restore 3f2a --in-place",
            "%mltrack restore --undo",
        ),
        completes="run",
    ),
)
