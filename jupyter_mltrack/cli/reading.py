"""``runs``, ``show``, ``compare``, ``status``."""

from argparse import Namespace
from typing import Final

import msgspec

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.query import compare, overview, runs
from jupyter_mltrack.query.certificate import get_certificate
from jupyter_mltrack.query.lineage import get_lineage
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.journals import measure_backlog
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
    page = runs.search_run_views(
        store, " ".join(options.filter), orders, max_results=options.last, view=view
    )
    if options.json:
        print_json(page.runs)
        return
    print(runs_table(page.runs, order_by=orders).text)


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
    if options.runs:
        return [runs.resolve_run(store, name) for name in options.runs]
    wanted = options.filter or "parent_run_id IS NULL"
    page = runs.search_run_views(store, wanted, max_results=options.last)
    return [view.run_id for view in reversed(page.runs)]


def show_status(store: Store, options: Namespace) -> None:
    """Print where the store is and how much is in it."""
    view = overview.get_store_view(store, installed_version(), measure_backlog(store))
    if options.json:
        print_json(view)
        return
    print(aligned([[key, str(value)] for key, value in msgspec.structs.asdict(view).items()]))


COMMANDS: Final = (
    Command(
        "runs",
        "list runs, the newest first",
        [
            (["filter"], {"nargs": "*", "help": "such as: metrics.accuracy '>' 0.9"}),
            (["--last"], {"type": int, "default": 20, "metavar": "N", "help": "at most N (20)"}),
            (["--order-by"], {"action": "append", "metavar": "KEY", "help": "metrics.m DESC"}),
            (["--deleted"], {"action": "store_true", "help": "what is in the trash"}),
        ],
        list_runs,
    ),
    Command(
        "show",
        "show one run",
        [
            (["run_name"], {"metavar": "RUN", "help": "id, prefix, name, last, best:METRIC"}),
            (["--cells"], {"action": "store_true", "help": "what its cells made and needed"}),
        ],
        show_run,
    ),
    Command(
        "compare",
        "compare runs",
        [
            (["runs"], {"nargs": "*", "metavar": "RUN", "help": "two or more runs"}),
            (["--filter"], {"metavar": "FILTER", "help": "the last that fit a filter"}),
            (["--last"], {"type": int, "default": 2, "metavar": "N", "help": "the last N (2)"}),
        ],
        compare_runs,
    ),
    Command("status", "where the store is and what is in it", [], show_status),
)
