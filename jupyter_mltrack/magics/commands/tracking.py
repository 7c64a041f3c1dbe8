"""``start``, ``stop``, ``status``, ``doctor``."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_mltrack.autolog.choices import parse_value
from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.commands.autologging import describe_frameworks
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser
from jupyter_mltrack.settings import shown_store_uri
from jupyter_mltrack.tracking import session as sessions
from jupyter_mltrack.tracking.problems import problems

if TYPE_CHECKING:
    from jupyter_mltrack.magics.start import TrackingStatus
    from jupyter_mltrack.widgets.status import StatusFacts


def _start_arguments(parser: Parser) -> None:
    parser.add_argument("--experiment", metavar="NAME", help="where runs go (else: the notebook)")
    parser.add_argument(
        "--store", metavar="URI", help="a directory, sqlite:///file.db, postgresql://…"
    )
    parser.add_argument(
        "--max-output-mb", type=_megabytes, metavar="N", help="keep so much of what cells show"
    )
    parser.add_argument("--no-autolog", action="store_true", help="make no runs of fits")
    for name, what in (("models", "models"), ("plots", "plots"), ("datasets", "data")):
        help_text = f"keep no {what} of fits"
        parser.add_argument(f"--no-{name}", action="store_true", help=help_text)
    parser.add_argument("--no-checks", action="store_true", help="make no methodological checks")
    parser.add_argument("--max-children", metavar="N", help="child runs of a search, or all (5)")
    parser.add_argument(
        "--exclude", action="append", metavar="CLASS", help="an estimator never to log"
    )


def _megabytes(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise ValueError(text)
    return value


def _start(context: Context, given: Namespace) -> None:
    from jupyter_mltrack.autolog.api import take_complaints
    from jupyter_mltrack.magics.start import start_tracking
    from jupyter_mltrack.store import find_obstacle
    from jupyter_mltrack.widgets.started import started_line

    report = start_tracking(
        context.shell,
        experiment=given.experiment,
        store=given.store,
        autolog=not given.no_autolog,
        max_output_mb=given.max_output_mb,
        options=_autolog_options(given),
    )
    for complaint in take_complaints():
        context.warn(complaint)
    context.show(started_line(report.experiment, shown_store_uri(report.store), report.already_on))
    obstacle = find_obstacle(report.store)
    if obstacle:
        context.warn(
            f"The store cannot be used now: {obstacle}. What you log waits in the journal until it "
            "can; or choose another: %mltrack start --store DIR"
        )


def _autolog_options(given: Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: False
        for name in ("models", "plots", "datasets", "checks")
        if getattr(given, f"no_{name}")
    }
    if given.max_children is not None:
        options["max_children"] = parse_value(given.max_children)
    if given.exclude:
        options["exclude"] = given.exclude
    return options


def _stop(context: Context, _given: Namespace) -> None:
    from jupyter_mltrack.magics.start import stop_tracking

    if stop_tracking(context.shell):
        context.say("Tracking is off. What was logged stays; %mltrack start turns it on again.")
    else:
        context.say("Tracking was not on.")


def _status(context: Context, _given: Namespace) -> None:
    from jupyter_mltrack.magics.start import get_status
    from jupyter_mltrack.query.overview import get_store_view
    from jupyter_mltrack.tracking.active import find_active_run
    from jupyter_mltrack.widgets.status import StatusFacts, status_card

    status = get_status(context.shell)
    session = sessions.find_session()
    active = find_active_run()
    facts = StatusFacts(
        tracking=status.tracking,
        store_uri=shown_store_uri(status.store),
        experiment=status.experiment,
        notebook=status.notebook_path,
        notebook_source=status.notebook_source,
        front_end=status.front_end,
        active_run=f"{active.name} ({active.run_id[:8]})" if active else "",
        autolog=describe_frameworks(),
        not_captured=status.not_captured,
    )
    if session is not None:
        _tell_session(facts, status, session)
    try:
        with context.reading() as store:
            facts.store = get_store_view(store)
            facts.store_bytes = _database_bytes(status.store)
            facts.copied_from = context.find_origin(store)
    except MltrackException as error:
        facts.store_error = error.message
    facts.backlog = session.drainer.backlog if session else 0
    # Read last: reading the store may have met a problem of its own.
    facts.problems = [(one.where, one.message, one.count) for one in problems.list_problems()]
    context.show(status_card(facts))


def _doctor(context: Context, _given: Namespace) -> None:
    from jupyter_mltrack.store import open_store
    from jupyter_mltrack.upkeep.doctor import describe, examine

    store = open_store(sessions.store_uri())
    try:
        context.say(describe(examine(store)))
    finally:
        store.close()


def _tell_session(facts: "StatusFacts", status: "TrackingStatus", session: Any) -> None:
    facts.session_id = session.session_id
    facts.session_start = session.facts.start_time
    facts.cells = status.cells_recorded
    facts.private_cells = status.cells_private
    facts.is_private = status.is_private
    facts.outputs = status.outputs
    facts.output_bytes = status.output_bytes
    facts.output_limit = status.output_limit
    facts.output_bytes_dropped = status.output_bytes_dropped
    facts.journal = status.journal


def _database_bytes(uri: str) -> int:
    path = Path(uri.removeprefix("sqlite:///"))
    return path.stat().st_size if "://" not in str(path) and path.is_file() else 0


COMMANDS: Final = (
    Command(
        name="start",
        usage="start [--experiment NAME] [--store URI] [--no-autolog] [--no-models] […]",
        summary="Track this notebook from now on.",
        run=_start,
        add_arguments=_start_arguments,
        examples=(
            "%mltrack start",
            "%mltrack start --experiment churn --store ./runs",
            "%mltrack start --no-models --max-children all --exclude StandardScaler",
        ),
    ),
    Command(name="stop", usage="stop", summary="Stop tracking; what was logged stays.", run=_stop),
    Command(
        name="status",
        usage="status",
        summary="What is tracked, where it goes, what is not captured here, what failed.",
        run=_status,
    ),
    Command(
        name="doctor",
        usage="doctor",
        summary="Look at everything around the store that may be wrong, and say what to do.",
        run=_doctor,
    ),
)
