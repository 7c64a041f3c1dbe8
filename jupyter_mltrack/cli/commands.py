"""The commands, as a table: what each is called, takes, and prints."""

import json
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from jupyter_mltrack.entities.views import RunView
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query import compare, export, overview, runs
from jupyter_mltrack.query.columns import metric_columns, param_columns
from jupyter_mltrack.query.text import (
    format_bytes,
    format_duration,
    format_number,
    format_table,
    format_time,
)
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.drainer import drain_orphans


class Command(NamedTuple):
    """A command: its name, one line of help, its arguments (flags, keywords), what it runs."""

    name: str
    help: str
    arguments: Sequence[tuple[Sequence[str], dict[str, Any]]]
    run: Callable[[Store, Namespace], None]


def open_for_reading(uri: str) -> Store:
    """Open a store after taking in what killed sessions left in their journals."""
    store = open_store(uri)
    if store.get_schema_version():
        store.prepare()
        drain_orphans(store, store.uri)
    return store


def list_runs(store: Store, options: Namespace) -> None:
    """Print the newest runs that a filter asks for."""
    page = runs.search_run_views(
        store, " ".join(options.filter), options.order_by or (), max_results=options.last
    )
    if options.json:
        _print_json(page.runs)
    elif page.runs:
        print(runs_table(page.runs))
    else:
        print("No runs" + (" match the filter." if options.filter else " yet."))


def show_run(store: Store, options: Namespace) -> None:
    """Print everything about one run."""
    detail = runs.get_run_detail(store, runs.resolve_run(store, options.run_name))
    if options.json:
        _print_json(detail)
        return
    run = detail.run
    print(f"{run.run_name}  {run.run_id}\n{run.status}  {format_time(run.start_time)}")
    for title, pairs in (
        ("Params", run.params.items()),
        ("Metrics", [(key, format_number(m.last)) for key, m in run.metrics.items()]),
        ("Artifacts", [(a.path, format_bytes(a.size)) for a in detail.artifacts]),
        ("Models", [(m.name, m.status_message or m.model_class) for m in detail.models]),
    ):
        if pairs:
            print(f"\n{title}\n{format_table(['', ''], [[k, v] for k, v in pairs]).lstrip()}")


def compare_runs(store: Store, options: Namespace) -> None:
    """Print what differs between runs."""
    if options.runs:
        run_ids = [runs.resolve_run(store, name) for name in options.runs]
    else:
        page = runs.search_run_views(store, max_results=options.last)
        run_ids = [view.run_id for view in reversed(page.runs)]
    comparison = compare.compare_runs(store, run_ids)
    if options.json:
        _print_json(comparison)
        return
    rows = [
        [param.key, *(value if value is not None else "" for value in param.values)]
        for param in comparison.params
        if param.differs
    ] + [
        [
            metric.key,
            *(
                format_number(value) + ("*" if index == metric.best else "")
                for index, value in enumerate(metric.values)
            ),
        ]
        for metric in comparison.metrics
    ]
    print(comparison.summary)
    print(format_table(["", *(run.run_name for run in comparison.runs)], rows))


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
    facts = msgspec.structs.asdict(view)
    print(format_table(["", ""], [[key, str(value)] for key, value in facts.items()]).lstrip())


def runs_table(views: Sequence[RunView]) -> str:
    """Runs as a table of text, with the columns that tell them apart."""
    params, metrics = param_columns(views), metric_columns(views)
    header = ["run", "name", "status", "start", "duration", *params, *metrics]
    rows = [
        [
            view.run_id[:8],
            ("  " if view.parent_run_id else "") + view.run_name,
            view.status,
            format_time(view.start_time),
            format_duration(None if view.end_time is None else view.end_time - view.start_time),
            *(view.params.get(key, "")[:30] for key in params),
            *(
                format_number(view.metrics[key].last) if key in view.metrics else ""
                for key in metrics
            ),
        ]
        for view in views
    ]
    return format_table(header, rows)


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
