"""``rerun``, ``verify``, ``restore``."""

import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Final

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.cli.notebooks import RUN, to_pairs
from jupyter_mltrack.cli.trash import restore_runs
from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.projects.kernel import FINISHED, Progress
from jupyter_mltrack.projects.metrics import to_tolerance
from jupyter_mltrack.projects.rerun import rerun_run
from jupyter_mltrack.projects.restore import restore_notebook, undo_restore
from jupyter_mltrack.projects.verify import REPRODUCED, verify_run
from jupyter_mltrack.query import runs
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.upkeep.choice import choose_runs, is_filter
from jupyter_mltrack.widgets.text import cut
from jupyter_mltrack.widgets.verdict import (
    progress_line,
    rerun_card,
    restored_text,
    verification_card,
)

_INTERRUPTED: Final = 130
_LINE: Final = 79


def rerun(store: Store, options: Namespace) -> int:
    """Execute what led to a run once more."""
    run_id = runs.resolve_run(store, options.run_name)
    parameters = to_pairs(options.parameters)
    with_progress = _Progress()
    try:
        view = rerun_run(
            store, run_id, parameters, timeout=options.timeout, report=with_progress.report
        )
    finally:
        with_progress.end()
    print_json(view) if options.json else print(rerun_card(view).text)
    return 0 if view.outcome == FINISHED else 1


def verify(store: Store, options: Namespace) -> int:
    """Execute a run once more and compare."""
    run_id = runs.resolve_run(store, options.run_name)
    tolerance = to_tolerance(options.rtol, options.atol, to_pairs(options.tolerance))
    with_progress = _Progress()
    try:
        view = verify_run(
            store,
            run_id,
            tolerance=tolerance,
            times=options.times,
            fresh_environment=options.env,
            timeout=options.timeout,
            report=with_progress.report,
        )
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return _INTERRUPTED
    finally:
        with_progress.end()
    print_json(view) if options.json else print(verification_card(view).text)
    return 0 if view.verdict == REPRODUCED else 1


def restore(store: Store, options: Namespace) -> None:
    """Take runs out of the trash; of active ones write the notebook as it stood."""
    if options.undo and (options.in_place or options.directory):
        raise InvalidParameterValue("--undo takes a notebook, and neither --in-place nor a place.")
    if options.undo:
        notebook = " ".join(options.runs) or None
        view = undo_restore(store, notebook, force=options.force)
        print_json(view) if options.json else print(restored_text(view))
        return
    if not options.runs:
        raise InvalidParameterValue("Name a run, or give a filter of runs in the trash.")
    if options.in_place or options.directory:
        _restore_notebooks(store, options)
    elif _are_in_trash(store, options.runs):
        restore_runs(store, options)
    else:
        try:
            _restore_notebooks(store, options)
        except ResourceDoesNotExist as error:
            # It may be the trash that was meant.
            named = ", ".join(map(repr, options.runs))
            told = f"No run in the trash is named {named}. {error.message}"
            raise ResourceDoesNotExist(told) from error


def _are_in_trash(store: Store, words: list[str]) -> bool:
    """Whether words mean runs of the trash.

    Raises
    ------
    ResourceDoesNotExist
        A word means no run, neither there nor among the active ones.
    """
    if is_filter(words):
        return True
    # Each is looked up, so that one that is nowhere is told.
    found = [_is_in_trash(store, word) for word in words]
    return any(found)


def _is_in_trash(store: Store, word: str) -> bool:
    try:
        choose_runs(store, [word], ViewType.DELETED_ONLY)
    except ResourceDoesNotExist:
        try:
            choose_runs(store, [word])
        except ResourceDoesNotExist as error:
            there = "See what is there: mltrack runs, and in the trash: mltrack runs --deleted"
            raise ResourceDoesNotExist(f"{error.message} {there}") from error
        return False
    return True


def _restore_notebooks(store: Store, options: Namespace) -> None:
    directory = Path(options.directory) if options.directory else None
    views = [
        restore_notebook(store, run_id, in_place=options.in_place, directory=directory)
        for run_id in choose_runs(store, options.runs)
    ]
    if options.json:
        print_json({"notebooks": views})
        return
    print("\n".join(restored_text(view) for view in views))


class _Progress:
    """One line on stderr: written over in a terminal, one below the other elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._shown = False

    def report(self, progress: Progress) -> None:
        """Show how far it is."""
        told = progress_line(progress.cell, progress.cells, progress.message).text
        write: Callable[[str], object] = sys.stderr.write
        write(f"\r\x1b[K{cut(told, _LINE)}" if self._is_terminal else f"{told}\n")
        sys.stderr.flush()
        self._shown = True

    def end(self) -> None:
        """Take the line away."""
        if self._shown and self._is_terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


_TIMEOUT: Final = (
    ["--timeout"],
    {"type": float, "metavar": "SECONDS", "help": "end it after so many seconds"},
)

COMMANDS: Final = (
    Command(
        "rerun",
        "execute what led to a run once more, with other parameters, in a fresh kernel",
        [
            (["run_name"], {"metavar": "RUN", "help": RUN}),
            (["parameters"], {"nargs": "*", "metavar": "k=v", "help": "parameters to set"}),
            _TIMEOUT,
        ],
        rerun,
        examples=("rerun last", "rerun best:accuracy depth=8 --timeout 600"),
    ),
    Command(
        "verify",
        "execute a run once more and say whether metrics, figures and data come out again",
        [
            (["run_name"], {"metavar": "RUN", "help": RUN}),
            (["--rtol"], {"type": float, "metavar": "R", "help": "relative tolerance (1e-9)"}),
            (
                ["--atol"],
                {"type": float, "default": 0.0, "metavar": "A", "help": "absolute tolerance (0)"},
            ),
            (
                ["--tolerance"],
                {
                    "action": "append",
                    "default": [],
                    "metavar": "METRIC=A",
                    "help": "absolute tolerance of one metric: accuracy=0.01",
                },
            ),
            (
                ["--times"],
                {"type": int, "default": 1, "metavar": "N", "help": "how often, to tell chance"},
            ),
            (
                ["--env"],
                {
                    "action": "store_true",
                    "help": "in a fresh environment of the recorded packages",
                },
            ),
            _TIMEOUT,
        ],
        verify,
        examples=("verify last", "verify best:accuracy --tolerance accuracy=0.01 --times 2"),
    ),
    Command(
        "restore",
        "take runs back from the trash, with the runs below them that went with them; of a run "
        "that is not there, write the notebook as it stood",
        [
            (
                ["runs"],
                {
                    "nargs": "*",
                    "metavar": "RUN|FILTER",
                    "help": "runs (id, prefix, name), or a filter of runs in the trash; with "
                    "--undo, a notebook",
                },
            ),
            (
                ["--in-place"],
                {
                    "action": "store_true",
                    "help": "put the notebook in the place of the present one, which is kept",
                },
            ),
            (["-d", "--directory"], {"metavar": "DIR", "help": "where a copy goes (beside it)"}),
            (
                ["--undo"],
                {"action": "store_true", "help": "bring back what was there before --in-place"},
            ),
            (
                ["--force"],
                {"action": "store_true", "help": "with --undo: put changes made since aside"},
            ),
        ],
        restore,
        examples=(
            "restore sleepy-otter-12",
            "restore \"tags.stage = 'final'\"",
            "restore best:accuracy --in-place",
            "restore --undo churn.ipynb",
        ),
    ),
)
