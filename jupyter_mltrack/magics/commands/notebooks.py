"""``export``, ``diff``."""

import re
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser, Word, split_pairs

_PAIR: Final = re.compile(r"[^\W\d]\w*=")


def split_run_and_pairs(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A run's name, ``last`` when there is none, and the ``k=v`` words behind it."""
    first = next((n for n, word in enumerate(words) if _is_pair(word)), len(words))
    return " ".join(map(str, words[:first])) or "last", split_pairs(words[first:])


def _is_pair(word: str) -> bool:
    # What is quoted as a whole is a run's name, whatever is in it.
    return _PAIR.match(word.raw if isinstance(word, Word) else word) is not None


def _export_arguments(parser: Parser) -> None:
    names = "an id or its beginning, a name, last, best:METRIC; then parameters to set"
    parser.add_argument("run", nargs="*", default=["last"], metavar="RUN [k=v]", help=names)
    parser.add_argument(
        "--as",
        dest="kind",
        default="order",
        metavar="KIND",
        help="order: the cells in the order they ran (unless said); stood: the notebook as it "
        "was; script: a .py file",
    )
    parser.add_argument("--script", action="store_true", help="a .py file of what --as says")
    parser.add_argument("-o", "--output", metavar="PATH", help="file or directory (else: here)")
    parser.add_argument(
        "--environment", action="store_true", help="requirements.txt and others beside it"
    )
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def _export(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.projects.exports import ExportRequest, describe_export, write_export

    name, parameters = split_run_and_pairs(given.run)
    request = ExportRequest(
        output=given.output,
        kind=given.kind,
        script=given.script,
        parameters=parameters,
        environment=given.environment,
        force=given.force,
    )
    with context.reading() as store:
        (run_id,) = context.resolve(store, [name])
        written = write_export(store, run_id, request)
    context.say(describe_export(written))


def _diff_arguments(parser: Parser) -> None:
    names = "one run: beside the notebook as it is now; two: beside each other"
    parser.add_argument("runs", nargs="*", default=["last"], metavar="RUN", help=names)
    parser.add_argument("--notebook", metavar="FILE", help="beside this notebook's file")


def _diff(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.projects.present import diff_with_present
    from jupyter_mltrack.query.diff import diff_runs
    from jupyter_mltrack.query.diff.plots import read_pictures
    from jupyter_mltrack.widgets.diff import diff_card

    names = list(given.runs) or ["last"]
    if len(names) > 2 or (len(names) == 2 and given.notebook):
        raise InvalidParameterValue(
            "Name one run or two. More at once: %mltrack compare. Put quotes around a name with "
            "spaces."
        )
    with context.reading() as store:
        run_ids = context.resolve(store, names)
        if len(run_ids) == 2:
            diff = diff_runs(store, *run_ids)
        else:
            diff = diff_with_present(store, run_ids[0], given.notebook)
        pictures = read_pictures(store, diff.plots, run_ids=run_ids)
    context.show(diff_card(diff, pictures))


COMMANDS: Final = (
    Command(
        name="export",
        usage="export [RUN] [k=v …] [--as order|stood|script] [-o PATH]",
        summary="Write the notebook of a run to a file: what ran, as it stood, or as a script.",
        run=_export,
        add_arguments=_export_arguments,
        examples=(
            "%mltrack export best:accuracy",
            "%mltrack export last depth=8 -o out/",
            "%mltrack export last --as stood",
            "%mltrack export last --as script --environment",
        ),
        completes="run",
    ),
    Command(
        name="diff",
        usage="diff RUN [RUN]",
        summary="Show what changed between two runs, or since a run: code, data, results.",
        run=_diff,
        add_arguments=_diff_arguments,
        examples=(
            "%mltrack diff baseline best:accuracy",
            "%mltrack diff last",
            "%mltrack diff last --notebook other.ipynb",
        ),
        completes="run",
    ),
)
