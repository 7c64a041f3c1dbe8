"""``autolog`` and ``off``: what is recorded of library calls, here and in one cell."""

import difflib
from argparse import SUPPRESS, Namespace
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog import api
from jupyter_mltrack.autolog.choices import parse_value
from jupyter_mltrack.autolog.options import CHECKS, Options
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.magics.command import Command
from jupyter_mltrack.magics.context import Context
from jupyter_mltrack.magics.parsing import Parser, split_pairs
from jupyter_mltrack.settings import list_settings_files
from jupyter_mltrack.tracking.cells import find_cell
from jupyter_mltrack.widgets.text import aligned, counted

_SWITCHES: Final = ("on", "off")
_LISTS: Final = ("exclude", "exclude_flavors", "importance_types")
_NOT_SHOWN: Final = ("disable", "silent", "log_traces", "checks", "exclude_flavors")


def _autolog_arguments(parser: Parser) -> None:
    parser.add_argument(
        "words", nargs="*", metavar="…", help="[FRAMEWORK] on, off, or OPTION=VALUE …"
    )


def _autolog(context: Context, given: Namespace) -> None:
    words = list(given.words)
    names = [framework.name for framework in api.status().frameworks]
    framework = str(words.pop(0)) if words and _is_name(words[0]) else ""
    if framework and framework not in names:
        raise InvalidParameterValue(_unknown_framework(framework, names))
    switches = [word for word in words if word in _SWITCHES]
    if len(switches) > 1:
        raise InvalidParameterValue("%mltrack autolog is given on or off, not both.")
    options = _options_of(split_pairs(word for word in words if word not in switches))
    if switches:
        options["disable"] = switches == ["off"]
    if options:
        api.change(framework, options)
    for complaint in api.take_complaints():
        context.warn(complaint)
    context.say(describe_options(framework))


def _is_name(word: str) -> bool:
    return word.isidentifier() and word not in _SWITCHES


def _unknown_framework(word: str, names: list[str]) -> str:
    near = difflib.get_close_matches(word, names, 1)
    better = f"Did you mean {near[0]}?" if near else f"Those are {', '.join(names)}."
    return f"{word!r} is no framework that is autologged. {better}"


def _options_of(pairs: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, text in pairs.items():
        group, _, key = name.partition(".")
        value = parse_value(text)
        if key:  # checks.seed=off, extra_tags.team=pricing
            options.setdefault(group, {})[key] = value
        elif name in _LISTS and isinstance(value, str):
            options[name] = [item.strip() for item in value.split(",") if item.strip()]
        else:
            options[name] = value
    return options


def describe_options(framework: str = "") -> str:
    """All options with their values and where they are set; per framework what differs."""
    status = api.status()
    rows: list[list[str]] = []
    shown = [one for one in status.frameworks if not framework or one.name == framework]
    for one in shown:
        rows += _rows_of(one, rows=rows, is_first=one is shown[0])
    lines = describe_frameworks() if not framework else _lines_of(shown)
    files = [str(file) for file in list_settings_files()]
    lines += ["options", aligned([["  " + row[0], *row[1:]] for row in rows])]
    lines += [f"settings file  {file}" for file in files]
    return "\n".join(lines)


def _rows_of(one: api.FrameworkStatus, rows: list[list[str]], is_first: bool) -> list[list[str]]:
    """The options of a framework; of all but the first, those that are not the first's."""
    found = []
    for name, value in msgspec.structs.asdict(one.options).items():
        if name in _NOT_SHOWN or _is_foreign(name, one.name):
            continue
        source = one.sources.get(name, "")
        row = [name if is_first else f"{one.name} {name}", _value_text(value), source]
        if is_first or [name, *row[1:]] not in rows:
            found.append(row)
    checks = [check for check in CHECKS if not one.options.checks_for(check)]
    if is_first:
        on = ", ".join(check for check in CHECKS if check not in checks) or "none"
        found.append(["checks", on, one.sources.get("checks", "")])
    return found


def _is_foreign(name: str, framework: str) -> bool:
    return name in ("importance_types", "model_format") and framework != "xgboost"


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return ", ".join(f"{key}={item}" for key, item in value.items()) or "none"
    if isinstance(value, (list, tuple)):
        return ", ".join(getattr(item, "__name__", str(item)) for item in value) or "none"
    return "none" if value is None else str(value)


def describe_frameworks() -> list[str]:
    """A line for each framework: its state, what is observed and what failed; then the cost."""
    status = api.status()
    if all(one.state == "off" and not one.reason for one in status.frameworks):
        return ["nothing", *status.complaints]
    lines = _lines_of(status.frameworks)
    if status.recorded_fits:
        each = status.overhead_seconds / status.recorded_fits
        lines.append(f"{counted(status.recorded_fits, 'fit')}, {1000 * each:.1f} ms added to each")
    if status.left_out:
        lines.append(f"models and plots left out of {counted(status.left_out, 'fit')} in loops")
    return lines + status.complaints


def _lines_of(frameworks: list[api.FrameworkStatus]) -> list[str]:
    lines = []
    for one in frameworks:
        parts = [f"{one.name} {one.state}"]
        if one.state == "waiting":
            parts = [f"{one.name} waiting to be imported"]
        if one.reason:
            parts.append(one.reason)
        if one.patched:
            parts.append(f"{one.patched} methods and functions observed")
        off = _switched_off(one.options) if one.state != "off" else ""
        if off:
            parts.append(f"without {off}")
        parts += [f"failed: {message}" for _, message, _ in one.failures]
        lines.append(", ".join(parts))
    return lines


def _switched_off(options: Options) -> str:
    off = [
        name.removeprefix("log_").replace("_", " ")
        for name in ("log_models", "log_plots", "log_datasets", "log_post_training_metrics")
        if not getattr(options, name)
    ]
    off += [f"check {check}" for check in CHECKS if not options.checks_for(check)]
    return ", ".join(off)


def _off_arguments(parser: Parser) -> None:
    parser.add_argument("--in-cell", action="store_true", help=SUPPRESS)


def _off(_context: Context, _given: Namespace) -> None:
    # The line is read before the cell runs; said by code in a cell, it is from here on.
    cell = find_cell()
    if cell is not None:
        cell.is_autologged = False


COMMANDS: Final = (
    Command(
        name="autolog",
        usage="autolog [FRAMEWORK] [on|off] [OPTION=VALUE …]",
        summary="What is recorded of library calls: show it, or change what is named.",
        run=_autolog,
        add_arguments=_autolog_arguments,
        examples=(
            "%mltrack autolog",
            "%mltrack autolog models=off max_children=all exclude=PCA,KMeans",
            "%mltrack autolog sklearn plots=off checks.seed=off",
            "%mltrack autolog xgboost off",
        ),
    ),
    Command(
        name="off",
        usage="off",
        summary="Autolog nothing of this cell; it is stored, and what you log in it is kept.",
        run=_off,
        add_arguments=_off_arguments,
        examples=("%%mltrack off", "%mltrack off"),
        takes_cell=True,
        runs_cell=True,
    ),
)
