"""Magics in the words of Python."""

import shlex
from collections.abc import Callable
from typing import Final

from jupyter_mltrack.query.source import PYTHON_BODIES, Magic

_SHOWN: Final = frozenset({"html", "HTML", "javascript", "js", "latex", "markdown", "svg", "SVG"})
_SETTINGS: Final = frozenset(
    {
        "mltrack", "load_ext", "reload_ext", "unload_ext", "matplotlib", "pylab", "config",
        "autoreload", "precision", "who", "whos", "who_ls", "pwd", "pinfo", "pinfo2", "pdoc",
        "psource", "history", "hist", "xmode", "pdb", "debug", "lsmagic", "quickref", "gui",
        "memit", "timeit", "prun", "lprun", "mprun", "watermark", "pprint", "autosave",
        "alias_magic", "autocall", "automagic", "autoawait", "notebook", "doctest_mode",
    }
)  # fmt: skip
"""Magics that set up or show something and compute nothing that later cells could need."""


def to_python(magic: Magic) -> tuple[str, str]:
    """What stands for a magic behind its prefix, and a note on what does not come along."""
    if magic.kind == "help":
        return _comment(magic), ""
    if magic.kind == "cell":
        return _cell(magic)
    if magic.kind == "line" and magic.name in _TRANSLATED:
        return _TRANSLATED[magic.name](magic), ""
    if magic.is_assigned:
        return _through_ipython(magic), "It uses IPython: run it with ipython, not python."
    if magic.kind == "line" and magic.name in _SETTINGS:
        return _comment(magic), ""
    first = magic.text.split("\n", 1)[0]
    return _comment(magic), f"Left out, do it by hand if it matters: {first}"


def _cell(magic: Magic) -> tuple[str, str]:
    if magic.name in PYTHON_BODIES or magic.name in _SHOWN:
        return _comment(magic), ""
    first, _, body = magic.text.partition("\n")
    if magic.name in ("writefile", "file"):
        words = _words(magic.argument)
        if words and not words[0].startswith("-"):
            return f"__import__('pathlib').Path({words[0]!r}).write_text({body + chr(10)!r})", ""
    return _comment(magic), f"Left out, do it by hand if it matters: {first}"


def _comment(magic: Magic) -> str:
    comment = "# " + magic.text.replace("\n", "\n# ")
    return f"pass  {comment}" if magic.prefix else comment


def _time(magic: Magic) -> str:
    # Options are for the report; what is left is code that runs here as well.
    words = magic.text.split(None, 1)[1:]
    code = words[0] if words else ""
    while code.startswith("--"):
        code = (code.split(None, 1)[1:] or [""])[0]
    return code or _comment(magic)


def _cd(magic: Magic) -> str:
    place = " ".join(word for word in _words(magic.argument) if not word.startswith("-"))
    return f"__import__('os').chdir({place!r})" if place else _comment(magic)


def _env(magic: Magic) -> str:
    name, equals, value = magic.argument.partition("=")
    if not equals:
        name, _, value = magic.argument.partition(" ")
    if magic.is_assigned or not value.strip():
        return f"__import__('os').environ.get({name.strip()!r})" if name else "None"
    return f"__import__('os').environ[{name.strip()!r}] = {value.strip()!r}"


def _run(magic: Magic) -> str:
    words = [word for word in _words(magic.argument) if not word.startswith("-")]
    if not words or words[0].endswith(".ipynb"):
        return _through_ipython(magic)
    return f"globals().update(__import__('runpy').run_path({words[0]!r}))"


def _load(magic: Magic) -> str:
    """``%mltrack load`` is the one of ours whose value the code needs."""
    words = _words(magic.argument)
    if magic.is_assigned and words[:1] == ["load"]:
        run = " ".join(words[1:]) or "last"
        return f"__import__('jupyter_mltrack').load_model({run!r})"
    return "None  # " + magic.text if magic.is_assigned else _comment(magic)


def _through_ipython(magic: Magic) -> str:
    text = magic.text
    if magic.kind == "shell":
        return f"get_ipython().getoutput({text.lstrip('!')!r})"
    return f"get_ipython().run_line_magic({magic.name!r}, {magic.argument!r})"


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


_TRANSLATED: Final[dict[str, Callable[[Magic], str]]] = {
    "time": _time,
    "cd": _cd,
    "env": _env,
    "set_env": _env,
    "run": _run,
    "mltrack": _load,
}
