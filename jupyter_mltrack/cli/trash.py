"""``delete``, ``gc``, and the way out of the trash."""

from argparse import Namespace
from typing import Final

import msgspec

from jupyter_mltrack.cli.command import Command, milliseconds, print_json
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.query.text import format_bytes
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Garbage
from jupyter_mltrack.upkeep.choice import choose_runs
from jupyter_mltrack.widgets.text import counted

_RUNS: Final = (
    ["runs"],
    {"nargs": "+", "metavar": "RUN|FILTER", "help": "runs (id, prefix, name), or one filter"},
)


def delete_runs(store: Store, options: Namespace) -> None:
    """Move runs and the runs below them to the trash."""
    moved = store.delete_runs(choose_runs(store, options.runs))
    if options.json:
        print_json({"deleted": moved})
        return
    print(f"Moved {counted(len(moved), 'run')} to the trash. Back again: mltrack restore RUN")


def restore_runs(store: Store, options: Namespace) -> None:
    """Take runs back from the trash, with the runs below them that went with them."""
    chosen = choose_runs(store, options.runs, ViewType.DELETED_ONLY)
    moved = store.restore_runs(chosen, with_children=True)
    if options.json:
        print_json({"restored": moved})
        return
    print(f"Restored {counted(len(moved), 'run')}.")


def collect_garbage(store: Store, options: Namespace) -> None:
    """Say what nobody needs any more; with ``--yes`` remove it for good."""
    keeper = store.keeper()
    act = keeper.collect if options.yes else keeper.list_garbage
    garbage = act(older_than=options.older_than, history=options.history)
    if options.json:
        print_json({"removed": options.yes, **msgspec.structs.asdict(garbage)})
        return
    print(_described(garbage, done=options.yes))


def _described(garbage: Garbage, *, done: bool) -> str:
    parts = [
        *([counted(len(garbage.runs), "run")] if garbage.runs else []),
        *([counted(len(garbage.experiments), "experiment")] if garbage.experiments else []),
        *(f"{count} {name}" for name, count in garbage.rows.items() if count),
    ]
    lines = []
    if parts:
        size = format_bytes(garbage.row_bytes)
        lines.append(f"  {', '.join(parts)}: about {size} of the database")
    if garbage.blobs:
        size = format_bytes(garbage.blob_bytes)
        lines.append(f"  {counted(garbage.blobs, 'blob')} that nothing refers to: {size}")
    if not lines:
        lines.append("  nothing")
    lines.insert(0, "Removed:" if done else "To be removed for good:")
    if garbage.young_blobs:
        young = counted(garbage.young_blobs, "blob")
        lines.append(f"{young} that nothing refers to stay: they are younger than an hour.")
    if garbage.kept:
        kept = counted(len(garbage.kept), "run")
        lines.append(f"{kept} of the trash stay: their session is still alive.")
    if not done and (parts or garbage.blobs):
        lines.append("Nothing was removed yet; to do it: mltrack gc --yes")
    elif done and garbage.row_bytes:
        lines.append("To give the database's free space back: mltrack db compact")
    return "\n".join(lines)


COMMANDS: Final = (
    Command(
        "delete",
        "move runs, and the runs below them, to the trash",
        [_RUNS],
        delete_runs,
        examples=("delete sleepy-otter-12 3f2a91", "delete \"status = 'FAILED'\""),
    ),
    Command(
        "gc",
        "remove for good what is in the trash, and blobs nothing refers to; first shows what",
        [
            (
                ["--older-than"],
                {
                    "type": milliseconds,
                    "default": 0,
                    "metavar": "TIME",
                    "help": "only what has been in the trash so long: 12h, 30d, 4w",
                },
            ),
            (
                ["--history"],
                {
                    "action": "store_true",
                    "help": "also sessions that no remaining run is from: what their cells ran "
                    "and showed",
                },
            ),
            (["--yes"], {"action": "store_true", "help": "do it"}),
        ],
        collect_garbage,
        examples=("gc --older-than 30d", "gc --older-than 30d --yes", "gc --history --yes"),
    ),
)
