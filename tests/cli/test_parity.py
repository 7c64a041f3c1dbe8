"""What works in a cell works in a terminal, by the same names, and in Python."""

import argparse
import inspect

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.cli import main
from jupyter_mltrack.cli.main import COMMANDS
from jupyter_mltrack.magics import commands
from jupyter_mltrack.magics.parsing import Parser
from jupyter_mltrack.store.contract import Store

SHARED = ["runs", "show", "compare", "diff", "export", "rerun", "verify", "restore"]
FUNCTIONS = {
    "export": (mltrack.export_notebook, {"as": "kind", "output": "path"}),
    "diff": (mltrack.diff_runs, {}),
    "rerun": (mltrack.rerun_run, {}),
    "verify": (
        mltrack.verify_run,
        {"env": "fresh_environment", "rtol": "tolerance", "atol": "tolerance"},
    ),
    "restore": (mltrack.restore_notebook, {}),
    "restore --undo": (mltrack.undo_restore, {}),
}
# A terminal stands in no notebook; a filter may be a word of its own there.
TERMINAL_ALONE = {"runs": {"--notebook"}, "compare": {"--notebook", "--filter"}}


def in_cells(name: str) -> set[str]:
    parser = Parser(name, "")
    commands.COMMANDS[name].add_arguments(parser)
    return set(parser.options()) - {"--help"}


def in_terminal(name: str) -> set[str]:
    parser = argparse.ArgumentParser(add_help=False)
    command = next(one for one in COMMANDS if one.name == name)
    for flags, keywords in command.arguments:
        parser.add_argument(*flags, **keywords)
    return {flag for flag in parser._option_string_actions if flag.startswith("--")}


@pytest.mark.parametrize("name", SHARED)
def test_the_same_options_in_cells_and_terminal(name: str) -> None:
    assert in_cells(name) == in_terminal(name) - TERMINAL_ALONE.get(name, set())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_what_commands_do(name: str) -> None:
    function, renamed = FUNCTIONS[name]
    takes = set(inspect.signature(function).parameters)
    options = {one.removeprefix("--").replace("-", "_") for one in in_cells(name.split()[0])}
    if name.startswith("restore"):
        undoing = {"undo", "force"}
        options = {"force"} if "--undo" in name else options - undoing
    assert {renamed.get(one, one) for one in options} <= takes


def test_undoing_goes_nowhere_else(capsys: pytest.CaptureFixture[str], store: Store) -> None:
    assert main(["restore", "--undo", "--in-place"]) == 2
    assert "--undo takes a notebook" in capsys.readouterr().err
