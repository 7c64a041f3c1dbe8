"""``export``, ``diff``."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Final

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.projects.exports import (
    KINDS,
    ExportRequest,
    write_export,
)
from jupyter_mltrack.projects.present import diff_with_present
from jupyter_mltrack.query import runs
from jupyter_mltrack.query.diff import diff_runs
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.widgets.diff import diff_text

RUN: Final = "id, prefix, name, last, best:METRIC"


def export_run(store: Store, options: Namespace) -> None:
    """Write a run's notebook and print where."""
    run_id = runs.resolve_run(store, options.run_name)
    request = ExportRequest(
        output=options.output,
        kind=options.kind,
        script=options.script,
        parameters=to_pairs(options.parameters),
        environment=options.environment,
        force=options.force,
    )
    written = write_export(store, run_id, request)
    if options.json:
        print_json(written)
        return
    print(written.path)
    for note in written.notes:
        sys.stderr.write(f"{note}\n")


def to_pairs(words: Sequence[str]) -> dict[str, str]:
    """``k=v`` words as a mapping.

    Raises
    ------
    InvalidParameterValue
        A word is no pair.
    """
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name or not equals:
            raise InvalidParameterValue(f"{word!r} is not of the form name=value.")
        pairs[name] = value
    return pairs


def diff(store: Store, options: Namespace) -> None:
    """Print what changed between two runs, or from a run to its notebook as it is now."""
    base_id = runs.resolve_run(store, options.base)
    if options.run_name and options.notebook:
        raise InvalidParameterValue("Name a second run or a notebook, not both.")
    if options.run_name:
        found = diff_runs(store, base_id, runs.resolve_run(store, options.run_name))
    else:
        found = diff_with_present(store, base_id, options.notebook)
    if options.json:
        print_json(found)
        return
    print(diff_text(found))


COMMANDS: Final = (
    Command(
        "diff",
        "what changed between two runs, or since a run",
        [
            (["base"], {"nargs": "?", "default": "last", "metavar": "RUN", "help": RUN}),
            (
                ["run_name"],
                {"nargs": "?", "metavar": "RUN", "help": "without: its notebook as it is now"},
            ),
            (["--notebook"], {"metavar": "FILE", "help": "this notebook, as it is now"}),
        ],
        diff,
        examples=(
            "diff baseline best:accuracy",
            "diff last",
            "diff last --notebook other.ipynb --json",
        ),
    ),
    Command(
        "export",
        "write a run's notebook: what ran, as it stood, or as a script",
        [
            (["run_name"], {"metavar": "RUN", "help": RUN}),
            (["parameters"], {"nargs": "*", "metavar": "k=v", "help": "parameters to set"}),
            (
                ["--as"],
                {
                    "dest": "kind",
                    "choices": KINDS,
                    "default": "order",
                    "help": "the cells in the order they ran (unless said), the notebook as it "
                    "stood, a .py file",
                },
            ),
            (["--script"], {"action": "store_true", "help": "a .py file of what --as says"}),
            (["-o", "--output"], {"metavar": "PATH", "help": "a file or a directory (else: here)"}),
            (
                ["--environment"],
                {"action": "store_true", "help": "requirements.txt and others beside it"},
            ),
            (["--force"], {"action": "store_true", "help": "write over a file that is there"}),
        ],
        export_run,
        examples=(
            "export best:accuracy -o out/",
            "export last depth=8",
            "export last --as stood",
            "export last --as script --environment",
        ),
    ),
)
