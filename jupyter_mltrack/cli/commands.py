"""The commands, as a table: what each is called, takes, and prints."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query import compare, export, overview, runs
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.drainer import drain_orphans, has_journals
from jupyter_mltrack.widgets.comparison import comparison_text
from jupyter_mltrack.widgets.run import run_card
from jupyter_mltrack.widgets.runs import runs_table
from jupyter_mltrack.widgets.text import aligned


class Command(NamedTuple):
    """A command: its name, one line of help, its arguments (flags, keywords), what it runs."""

    name: str
    help: str
    arguments: Sequence[tuple[Sequence[str], dict[str, Any]]]
    run: Callable[[Store, Namespace], None]


def open_for_reading(uri: str) -> Store:
    """Open a store after taking in what killed sessions left in their journals."""
    store = open_store(uri)
    if store.get_schema_version() or has_journals(uri):
        store.prepare()
        drain_orphans(store, store.uri)
    return store


def list_runs(store: Store, options: Namespace) -> None:
    """Print the newest runs that a filter asks for."""
    orders = options.order_by or ()
    page = runs.search_run_views(store, " ".join(options.filter), orders, max_results=options.last)
    if options.json:
        _print_json(page.runs)
        return
    print(runs_table(page.runs, order_by=orders).text)


def show_run(store: Store, options: Namespace) -> None:
    """Print everything about one run."""
    detail = runs.get_run_detail(store, runs.resolve_run(store, options.run_name))
    if options.json:
        _print_json(detail)
        return
    print(run_card(detail).text)


def compare_runs(store: Store, options: Namespace) -> None:
    """Print what differs between runs: those named, or the last that fit."""
    comparison = compare.compare_runs(store, _chosen(store, options))
    if options.json:
        _print_json(comparison)
        return
    print(comparison_text(comparison))


def _chosen(store: Store, options: Namespace) -> list[str]:
    if options.runs:
        return [runs.resolve_run(store, name) for name in options.runs]
    wanted = options.filter or "parent_run_id IS NULL"
    page = runs.search_run_views(store, wanted, max_results=options.last)
    return [view.run_id for view in reversed(page.runs)]


def export_run(store: Store, options: Namespace) -> None:
    """Write a run's notebook and print its path."""
    run_id = runs.resolve_run(store, options.run_name)
    notebook = export.export_notebook(store, run_id)
    path = Path(options.output or ".")
    if path.is_dir() or not path.suffix:
        path.mkdir(parents=True, exist_ok=True)
        path = path / export.notebook_name(store, run_id)
    if path.suffix != ".ipynb":
        raise InvalidParameterValue(f"{str(path)!r} must end in .ipynb, or be a directory.")
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps({"path": str(path)}) if options.json else path)


def show_status(store: Store, options: Namespace) -> None:
    """Print where the store is and how much is in it."""
    view = overview.get_store_view(store)
    if options.json:
        _print_json(view)
        return
    print(aligned([[key, str(value)] for key, value in msgspec.structs.asdict(view).items()]))


def _print_json(value: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


COMMANDS: Final = (
    Command(
        "runs",
        "list runs, the newest first",
        [
            (["filter"], {"nargs": "*", "help": "such as: metrics.accuracy '>' 0.9"}),
            (["--last"], {"type": int, "default": 20, "metavar": "N", "help": "at most N (20)"}),
            (["--order-by"], {"action": "append", "metavar": "KEY", "help": "metrics.m DESC"}),
        ],
        list_runs,
    ),
    Command(
        "show",
        "show one run",
        [(["run_name"], {"metavar": "RUN", "help": "id, prefix, name, last, best:METRIC"})],
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
    Command(
        "export",
        "write a run's notebook",
        [
            (["run_name"], {"metavar": "RUN", "help": "id, prefix, name, last, best:METRIC"}),
            (["-o", "--output"], {"metavar": "PATH", "help": "a file.ipynb or a directory"}),
        ],
        export_run,
    ),
    Command("status", "where the store is and what is in it", [], show_status),
)
