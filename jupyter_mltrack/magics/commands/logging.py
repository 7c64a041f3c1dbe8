"""``run``, ``end``, ``log``, ``tag``, ``note``."""

import numbers
from argparse import SUPPRESS, Namespace
from typing import Any, Final

from jupyter_mltrack.entities import RunStatus
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser, raw_text, split_pairs
from jupyter_mltrack.magics.targets import target_run
from jupyter_mltrack.tracking import fluent

NOTE_TAG: Final = "mlflow.note.content"


def _run_arguments(parser: Parser) -> None:
    parser.add_argument("name", nargs="*", help="the run's name (else: a random one)")
    parser.add_argument("--tag", action="append", default=[], metavar="K=V", help="set a tag")
    parser.add_argument("--note", metavar="TEXT", help="describe the run")
    parser.add_argument("--in-cell", action="store_true", help=SUPPRESS)


def _run(context: Context, given: Namespace) -> Any:
    from jupyter_mltrack.magics.cells import open_for_cell, run_in_cell
    from jupyter_mltrack.magics.start import is_tracking

    if not is_tracking(context.shell):
        context.warn(
            "Tracking is off: this run gets only what you log to it. Turn it on: %mltrack start"
        )
    settings: dict[str, Any] = {
        "run_name": " ".join(map(str, given.name)),
        "tags": split_pairs(given.tag),
        "description": given.note and str(given.note),
    }
    if given.body is not None:
        return open_for_cell(settings)
    if given.in_cell:
        run_in_cell(context.shell, settings)
        return None
    run = fluent.start_run(**settings)
    context.say(f"Run {run.name} ({run.run_id[:8]}) is open; %mltrack end ends it.")
    return None


def _end_arguments(parser: Parser) -> None:
    parser.add_argument("--failed", action="store_true", help="end it as FAILED")


def _end(context: Context, given: Namespace) -> None:
    run = fluent.active_run()
    if run is None:
        raise InvalidParameterValue("No run is open. Open one: %mltrack run NAME")
    fluent.end_run(RunStatus.FAILED if given.failed else RunStatus.FINISHED)
    context.say(f"Run {run.name} ({run.run_id[:8]}) ended {run.status}.")


def _log_arguments(parser: Parser) -> None:
    parser.add_argument(
        "pairs", nargs="+", metavar="k=v", help="a number is a metric, text a param"
    )
    parser.add_argument("--param", action="store_true", help="log numbers as params too")
    parser.add_argument("--step", type=int, metavar="N", help="the metrics' step")
    parser.add_argument("--run", metavar="RUN", help="another run than the current one")


def _log(context: Context, given: Namespace) -> None:
    metrics: dict[str, float] = {}
    params: dict[str, str] = {}
    for key, text in split_pairs(given.pairs).items():
        number = None if given.param else _number(context, text)
        if number is None:
            params[key] = text
        else:
            metrics[key] = number
    run = target_run(context, given.run)
    run.log_params(params)
    run.log_metrics(metrics, given.step)
    logged = [f"metric {key}" for key in metrics] + [f"param {key}" for key in params]
    context.say(f"{run.label}: {', '.join(logged)}")


def _number(context: Context, text: str) -> float | None:
    """A number written out, or held by the user's variable of that name."""
    try:
        return float(text)
    except ValueError:
        value: Any = context.shell.user_ns.get(text) if text.isidentifier() else None
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return None
    return float(value)


def _tag_arguments(parser: Parser) -> None:
    parser.add_argument("pairs", nargs="+", metavar="k=v", help="k= deletes the tag")
    parser.add_argument("--run", metavar="RUN", help="another run than the current one")


def _tag(context: Context, given: Namespace) -> None:
    tags = {key: value or None for key, value in split_pairs(given.pairs).items()}
    run = target_run(context, given.run)
    run.set_tags(tags)
    context.say(f"{run.label}: tag {', '.join(tags)}")


def _note_arguments(parser: Parser) -> None:
    parser.add_argument(
        "text", nargs="*", help="the note; or the cell's body after %%%%mltrack note"
    )
    parser.add_argument("--run", metavar="RUN", help="another run than the current one")


def _note(context: Context, given: Namespace) -> None:
    words = given.text
    text = str(words[0]) if len(words) == 1 else raw_text(words)
    if given.body:
        text = "\n".join(filter(None, [text, given.body.strip()]))
    if not text:
        raise InvalidParameterValue("Write the note behind it: %mltrack note tried a lower rate")
    run = target_run(context, given.run)
    run.set_tags({NOTE_TAG: text})
    context.say(f"{run.label}: noted")


COMMANDS: Final = (
    Command(
        name="run",
        usage="run [NAME] [--tag k=v] [--note TEXT]",
        summary="Open a run until %mltrack end; as %%mltrack run, for this one cell.",
        run=_run,
        add_arguments=_run_arguments,
        examples=("%%mltrack run baseline", "%mltrack run 'second try' --tag stage=dev"),
        takes_cell=True,
        runs_cell=True,
    ),
    Command(
        name="end",
        usage="end [--failed]",
        summary="End the open run.",
        run=_end,
        add_arguments=_end_arguments,
    ),
    Command(
        name="log",
        usage="log k=v … [--step N] [--param]",
        summary="Log metrics (numbers, or variables that hold one) and params (text), as tag does.",
        run=_log,
        add_arguments=_log_arguments,
        examples=("%mltrack log accuracy=0.97 model=tree", "%mltrack log rmse={error ** 0.5}"),
    ),
    Command(
        name="tag",
        usage="tag k=v … [--run RUN]",
        summary="Tag the open run, or else the last one; k= deletes the tag.",
        run=_tag,
        add_arguments=_tag_arguments,
        examples=("%mltrack tag stage=final", "%mltrack tag stage= --run best:accuracy"),
    ),
    Command(
        name="note",
        usage="note TEXT [--run RUN]",
        summary="Describe the open run, or else the last; %%mltrack note takes the cell's body.",
        run=_note,
        add_arguments=_note_arguments,
        examples=("%mltrack note scaled the inputs",),
        takes_cell=True,
    ),
)
