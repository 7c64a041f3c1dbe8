"""What the program that started this kernel says of the notebook: papermill, nbconvert, nbclient.

None of them tells the kernel which notebook it runs, but their command lines name it.
"""

import functools
import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any, Final

_CONVERTERS: Final = ("jupyter-nbconvert", "jupyter-execute")
_SUBCOMMANDS: Final = {"nbconvert": "jupyter-nbconvert", "execute": "jupyter-execute"}
_OUTPUTS: Final = ("--output", "--NbConvertApp.output_base")
# How many values follow an option of papermill; of any other one it is taken for none.
_PAPERMILL: Final = {
    **dict.fromkeys(("-p", "--parameters", "-r", "--parameters_raw"), 2),
    **dict.fromkeys(
        (
            *("-f", "--parameters_file", "-y", "--parameters_yaml", "-b", "--parameters_base64"),
            *("-k", "--kernel", "-l", "--language", "--engine", "--cwd", "--autosave-cell-every"),
            *("--stdout-file", "--stderr-file", "--log-level"),
            *("--start-timeout", "--start_timeout", "--execution-timeout"),
        ),
        1,
    ),
}


@functools.cache
def find_parent_notebook() -> str:
    """The absolute path of the notebook that the parent process executes; empty when not known.

    Only of programs known to run one notebook in a kernel, and only when exactly one notebook that
    exists is named.
    """
    parent = _find_parent()
    if parent is None:
        return ""
    arguments, places = parent
    return find_notebook_argument(arguments, places)


def find_notebook_argument(arguments: Sequence[str], places: Sequence[str]) -> str:
    """The one notebook a command line executes, looked for in these directories; or nothing."""
    program, rest = _split(list(arguments))
    if program == "papermill":
        inputs = _positional(rest)[:1]
        if any(word.startswith("--cwd") for word in rest):
            places = list(reversed(places))  # it works elsewhere than it was started
    elif program in _CONVERTERS:
        inputs = [
            word
            for before, word in zip(["", *rest], rest, strict=False)
            if not word.startswith("-") and before not in _OUTPUTS
        ]
    else:
        return ""
    found = {_locate(word, places) for word in inputs if word.endswith(".ipynb")} - {""}
    return found.pop() if len(found) == 1 else ""


@functools.cache
def is_inherited(variable: str, value: str) -> bool:
    """Whether the parent process has this in its environment too, so that it is none of ours.

    A program that a notebook runs in a kernel of its own is given the notebook's environment.
    """
    parent = _find_process()
    return parent is not None and _ask(parent, "environ", {}).get(variable) == value


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """Name of the program, the interpreter left out, and its own arguments."""
    names = [PurePath(word).name.removesuffix(".exe") for word in arguments[:3]]
    for number, name in enumerate(names):
        rest = arguments[number + 1 :]
        if name == "jupyter" and rest and rest[0] in _SUBCOMMANDS:
            return _SUBCOMMANDS[rest[0]], rest[1:]
        if name == "nbconvert" and number and arguments[number - 1] == "-m":
            return "jupyter-nbconvert", rest
        if name == "papermill" or name in _CONVERTERS:
            return name, rest
    return "", []


def _positional(arguments: list[str]) -> list[str]:
    found = []
    words = iter(arguments)
    for word in words:
        if not word.startswith("-") or word == "-":
            found.append(word)
        for _ in range(_PAPERMILL.get(word, 0)):
            next(words, None)
    # More than input and output: an option we do not know took one.
    return found if len(found) <= 2 else []


def _locate(word: str, places: Sequence[str]) -> str:
    for place in places:
        file = Path(place, word)
        if file.is_file():
            return str(file.absolute())
    return ""


def _find_parent() -> tuple[list[str], list[str]] | None:
    parent = _find_process()
    if parent is None:
        return None
    places = [_ask(parent, "cwd", ""), _ask(parent, "environ", {}).get("PWD", "")]
    return _ask(parent, "cmdline", []), [place for place in places if place]


def _find_process() -> Any:
    try:
        import psutil  # comes with ipykernel
    except ImportError:
        return None
    try:
        return psutil.Process(os.getppid())
    except psutil.Error:
        return None


def _ask(process: Any, what: str, default: Any) -> Any:
    import psutil

    try:
        return getattr(process, what)()
    except (psutil.Error, OSError):
        return default
