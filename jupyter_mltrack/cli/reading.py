"""``runs``, ``show``, ``compare``, ``status``."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.cli.command import Arguments, Command, print_json
from jupyter_mltrack.cli.notebooks import RUN
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.entities.views import RunPage
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query import compare, overview, runs
from jupyter_mltrack.query.certificate import get_certificate
from jupyter_mltrack.query.lineage import get_lineage
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.journals import measure_backlog
from jupyter_mltrack.upkeep.choice import is_filter
from jupyter_mltrack.upkeep.records import installed_version
from jupyter_mltrack.widgets.cells import cells_card
from jupyter_mltrack.widgets.comparison import comparison_text
from jupyter_mltrack.widgets.run import run_card
from jupyter_mltrack.widgets.runs import runs_table
from jupyter_mltrack.widgets.text import aligned


def list_runs(store: Store, options: Namespace) -> None:
    """Print the newest runs that a filter asks for."""
    orders = options.order_by or ()
    view = ViewType.DELETED_ONLY if options.deleted else ViewType.ACTIVE_ONLY
    page = _search(store, options, " ".join(options.filter), order_by=orders, view=view)
    if options.json:
        print_json(page.runs)
    else:
        print(runs_table(page.runs, order_by=orders).text)
    if page.next_page_token:
        told = f"There are more; the next: mltrack runs --last {options.last * 5}"
        print(told, file=sys.stderr if options.json else sys.stdout)


def _search(store: Store, options: Namespace, wanted: str, **search: Any) -> RunPage:
    """The newest runs of the notebook or the experiment that is named, else of all."""
    if options.all and (options.notebook or options.experiment):
        raise InvalidParameterValue("--all stands beside neither --notebook nor --experiment.")
    experiment_ids = None
    if options.experiment:
        found = store.find_experiment_by_name(options.experiment)
        if found is None:
            raise ResourceDoesNotExist(f"There is no experiment named {options.experiment!r}.")
        experiment_ids = [found.experiment_id]
    notebook = None
    if options.notebook:
        notebook = [options.notebook, str(Path(options.notebook).resolve())]
    return runs.search_run_views(
        store,
        wanted,
        experiment_ids=experiment_ids,
        notebook=notebook,
        max_results=options.last,
        **search,
    )


def show_run(store: Store, options: Namespace) -> None:
    """Print everything about one run, or the cells behind it."""
    run_id = runs.resolve_run(store, options.run_name)
    if options.cells:
        lineage = get_lineage(store, run_id)
        print_json(lineage) if options.json else print(cells_card(lineage).text)
        return
    detail = runs.get_run_detail(store, run_id)
    if options.json:
        print_json(detail)
        return
    print(run_card(detail, certificate=get_certificate(store, run_id)).text)


def compare_runs(store: Store, options: Namespace) -> None:
    """Print what differs between runs: those named, or the last that fit."""
    comparison = compare.compare_runs(store, _chosen(store, options))
    if options.json:
        print_json(comparison)
        return
    print(comparison_text(comparison))


def _chosen(store: Store, options: Namespace) -> list[str]:
    if options.runs and not is_filter(options.runs):
        _refuse_with_runs(options)
        return [runs.resolve_run(store, name) for name in options.runs]
    wanted = options.filter or " ".join(options.runs) or "parent_run_id IS NULL"
    page = _search(store, options, wanted)
    return [view.run_id for view in reversed(page.runs)]


def _refuse_with_runs(options: Namespace) -> None:
    for name in ("filter", "all", "notebook", "experiment"):
        if getattr(options, name):
            raise InvalidParameterValue(
                f"--{name} chooses among runs, and these are named: {' '.join(options.runs)}. "
                "Give one or the other."
            )


def show_status(store: Store, options: Namespace) -> None:
    """Print where the store is and how much is in it."""
    view = overview.get_store_view(store, installed_version(), measure_backlog(store))
    if options.json:
        print_json(view)
        return
    print(aligned([[key, str(value)] for key, value in msgspec.structs.asdict(view).items()]))


_SCOPE: Final[Arguments] = (
    (["--all"], {"action": "store_true", "help": "of all notebooks (unless one is named)"}),
    (["--notebook"], {"metavar": "FILE", "help": "of this notebook, renamed or moved since"}),
    (["--experiment"], {"metavar": "NAME", "help": "of this experiment"}),
)

COMMANDS: Final = (
    Command(
        "runs",
        "list runs, the newest first",
        [
            (["filter"], {"nargs": "*", "help": "such as: metrics.accuracy '>' 0.9"}),
            (["--last"], {"type": int, "default": 20, "metavar": "N", "help": "at most N (20)"}),
            (
                ["--order", "--order-by"],
                {
                    "dest": "order_by",
                    "action": "append",
                    "metavar": "KEY",
                    "help": "metrics.m DESC",
                },
            ),
            *_SCOPE,
            (["--deleted"], {"action": "store_true", "help": "what is in the trash"}),
        ],
        list_runs,
    ),
    Command(
        "show",
        "show one run",
        [
            (["run_name"], {"nargs": "?", "default": "last", "metavar": "RUN", "help": RUN}),
            (["--cells"], {"action": "store_true", "help": "what its cells made and needed"}),
        ],
        show_run,
    ),
    Command(
        "compare",
        "compare runs",
        [
            (["runs"], {"nargs": "*", "metavar": "RUN|FILTER", "help": "two or more, or a filter"}),
            (["--filter"], {"metavar": "FILTER", "help": "the last that fit a filter"}),
            (["--last"], {"type": int, "default": 2, "metavar": "N", "help": "the last N (2)"}),
            *_SCOPE,
        ],
        compare_runs,
    ),
    Command("status", "where the store is and what is in it", [], show_status),
)
