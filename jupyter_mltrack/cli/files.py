"""``artifacts list``, ``artifacts download``."""

from argparse import Namespace
from typing import Final

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query import runs
from jupyter_mltrack.query.files import list_files, read_file, write_files
from jupyter_mltrack.query.text import format_bytes
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.widgets.text import aligned


def list_artifacts(store: Store, options: Namespace) -> None:
    """Print the files of a run, those drawn when they are downloaded among them."""
    run_id = runs.resolve_run(store, options.run_name)
    views = list_files(store, run_id).to_artifact_views()
    if options.json:
        print_json(views)
        return
    rows = [
        [view.path, "on demand" if view.drawn else format_bytes(view.size), view.media_type]
        for view in views
    ]
    print(aligned(rows) if rows else "This run has no files.")


def download_artifacts(store: Store, options: Namespace) -> None:
    """Write files of a run below a directory; print where they are."""
    run_id = runs.resolve_run(store, options.run_name)
    written = write_files(store, run_id, options.path, options.output)
    if not written and options.path:
        read_file(store, run_id, options.path)
    if not written:
        raise ResourceDoesNotExist("This run has no files.")
    if options.json:
        print_json([str(path) for path in written])
        return
    for path in written:
        print(path)


_RUN: Final = (["run_name"], {"metavar": "RUN", "help": "id, prefix, name, last, best:METRIC"})

COMMANDS: Final = (
    Command("artifacts list", "list the files of a run", [_RUN], list_artifacts),
    Command(
        "artifacts download",
        "write files of a run to this machine; plots are drawn",
        [
            _RUN,
            (["path"], {"nargs": "?", "default": "", "help": "a file or directory (all)"}),
            (["--output"], {"metavar": "DIR", "default": ".", "help": "where to (here)"}),
        ],
        download_artifacts,
        examples=("artifacts download last training_roc_curve.png",),
    ),
)
