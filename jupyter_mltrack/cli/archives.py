"""``pack``, ``unpack``."""

from argparse import Namespace
from pathlib import Path
from typing import Final

from jupyter_mltrack.cli.command import Command, print_json, size
from jupyter_mltrack.query.text import format_bytes
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Merged
from jupyter_mltrack.upkeep.choice import choose_runs
from jupyter_mltrack.upkeep.pack import pack_runs
from jupyter_mltrack.upkeep.records import MAX_BYTES
from jupyter_mltrack.upkeep.unpack import unpack_runs
from jupyter_mltrack.widgets.text import counted


def pack(store: Store, options: Namespace) -> None:
    """Write runs and all that belongs to them to one file."""
    chosen = choose_runs(store, options.runs)
    packed = pack_runs(store, chosen, Path(options.output), force=options.force)
    if options.json:
        print_json(packed)
        return
    print(
        f"Packed {counted(len(packed.runs), 'run')} with {counted(packed.files, 'file')} and "
        f"{counted(packed.cells, 'cell')} of their notebooks: {packed.path}, "
        f"{format_bytes(packed.size)}"
    )
    if packed.unfinished:
        names = ", ".join(packed.unfinished[:5])
        print(f"Still running, and packed as far as they are: {names}")


def unpack(store: Store, options: Namespace) -> None:
    """Add the runs of a file to the store."""
    merged = unpack_runs(store, Path(options.file), max_bytes=options.max_size)
    if options.json:
        print_json(merged)
        return
    print("\n".join(_described(merged)))


def _described(merged: Merged) -> list[str]:
    told = (
        (merged.new, "new"),
        (merged.completed, "completed with what it had more"),
        (merged.present, "there already"),
        (merged.trashed, "in the trash here, and left there"),
    )
    lines = [f"{counted(len(runs), 'run')} {what}" for runs, what in told if runs]
    lines += [
        f"{key!r} of run {run_id[:8]} has other points here; left as it is"
        for run_id, key in merged.differing
    ]
    if merged.withheld:
        files = counted(len(merged.withheld), "file")
        lines.append(f"{files} not taken: a run that was made in this store gets none from others")
    return lines or ["The archive has no runs."]


COMMANDS: Final = (
    Command(
        "pack",
        "write runs, with their notebooks and files, to one file for another store",
        [
            (
                ["runs"],
                {
                    "nargs": "+",
                    "metavar": "RUN|FILTER",
                    "help": "runs, or one filter; the runs above and below them come along",
                },
            ),
            (
                ["-o", "--output"],
                {"required": True, "metavar": "FILE", "help": "such as runs.mltrack.zip"},
            ),
            (["--force"], {"action": "store_true", "help": "write over a file that is there"}),
        ],
        pack,
        examples=('pack "metrics.accuracy > 0.9" --output best.mltrack.zip',),
    ),
    Command(
        "unpack",
        "add the runs of a packed file to the store; what is there already stays as it is",
        [
            (["file"], {"metavar": "FILE", "help": "a file that mltrack pack wrote"}),
            (
                ["--max-size"],
                {
                    "type": size,
                    "default": MAX_BYTES,
                    "metavar": "SIZE",
                    "help": "refuse what unpacks to more (10GB)",
                },
            ),
        ],
        unpack,
        opens=open_store,
        examples=("unpack best.mltrack.zip", "unpack best.mltrack.zip --store ./other"),
    ),
)
