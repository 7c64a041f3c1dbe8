"""Where each option of autologging is set, and which of several settings counts.

From what counts least to what counts most: defaults, settings files (the user's, the project's;
``[autolog]``, then ``[autolog.sklearn]``), environment variables, ``mltrack.autolog(…)``,
``mltrack.sklearn.autolog(…)``.
"""

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from jupyter_mltrack import settings
from jupyter_mltrack.autolog.options import NAMES, SPELLINGS, Options, checked_options
from jupyter_mltrack.errors import InvalidParameterValue

VARIABLE: Final = "MLTRACK_AUTOLOG"
_MERGED: Final = ("checks", "extra_tags")
_WORDS: Final[dict[str, Any]] = {
    "on": True,
    "off": False,
    "yes": True,
    "no": False,
    "none": None,
    "all": None,
}


class _Layer:
    """What one place says: options of all frameworks (under an empty name) and of each."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.options: dict[str, dict[str, Any]] = {}

    def values(self, framework: str) -> Iterator[dict[str, Any]]:
        yield self.options.get("", {})
        if framework:
            yield self.options.get(framework, {})


class Choices:
    """All that is set; ``complaints`` are sentences about what could not be used."""

    def __init__(self, frameworks: Iterable[str]) -> None:
        self._frameworks = tuple(frameworks)
        self._files = _Layer("settings file")
        self._environment = _Layer("environment")
        self._calls = _Layer("call")
        self.complaints: list[str] = []

    def read(self) -> None:
        """Read settings files and environment variables."""
        tables, self.complaints = settings.read_settings()
        self._files.options = {}
        table = tables.get("autolog", {})
        if not isinstance(table, Mapping):
            self.complaints.append("In the settings files, autolog is not a table: [autolog]")
            table = {}
        for name, value in table.items():
            if name not in self._frameworks and isinstance(value, Mapping) and name not in NAMES:
                self.complaints.append(
                    f"In the settings files, [autolog.{name}] is about no framework that is "
                    f"autologged; those are {', '.join(self._frameworks)}."
                )
            elif name in self._frameworks and isinstance(value, Mapping):
                for inner, item in value.items():
                    self._take(self._files, name, inner, item, f"[autolog.{name}]")
            else:
                self._take(self._files, "", name, value, "[autolog]")
        self._read_environment()

    def call(self, framework: str, given: Mapping[str, Any]) -> None:
        """Take what a call says of a framework, or of all (an empty name), instead of before.

        Raises
        ------
        InvalidParameterValue
            An option does not exist or cannot have this value; nothing is changed then.
        """
        self._calls.options[framework] = checked_options(given)

    def change(self, framework: str, given: Mapping[str, Any]) -> None:
        """Change only what is given; raises as :meth:`call`.

        All are switched on or off together, whatever a call said of one of them before.
        """
        before = self._calls.options.get(framework, {})
        checked = checked_options(given)
        self._calls.options[framework] = _merged(before, checked)
        if not framework and "disable" in checked:
            for name in self._frameworks:
                self._calls.options.get(name, {}).pop("disable", None)

    def forget_calls(self) -> None:
        """Go back to what files and environment say."""
        self._calls.options.clear()

    def resolve(self, framework: str = "") -> Options:
        """The options that count for a framework."""
        chosen: dict[str, Any] = {}
        for _, values in self._layers(framework):
            chosen = _merged(chosen, values)
        options = Options(**chosen)
        if framework and framework in options.exclude_flavors:
            options = msgspec.structs.replace(options, disable=True)
        return options

    def sources(self, framework: str = "") -> dict[str, str]:
        """Where each option is set that is set anywhere."""
        return {name: source for source, values in self._layers(framework) for name in values}

    def _layers(self, framework: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for layer in (self._files, self._environment, self._calls):
            for values in layer.values(framework):
                yield layer.source, values

    def _read_environment(self) -> None:
        self._environment.options = {}
        for variable, text in os.environ.items():
            if variable == VARIABLE:
                value = parse_value(text)
                is_off = not value if value in (True, False) else value
                self._take(self._environment, "", "disable", is_off, variable)
            elif variable.startswith(f"{VARIABLE}_"):
                name = variable.removeprefix(f"{VARIABLE}_").lower()
                first, _, rest = name.partition("_")
                framework, name = (first, rest) if first in self._frameworks else ("", name)
                self._take(self._environment, framework, name, parse_value(text), variable)

    def _take(self, layer: _Layer, framework: str, name: str, value: Any, where: str) -> None:
        try:
            known = checked_options({name: value})
        except InvalidParameterValue as error:
            self.complaints.append(f"A setting is left out ({where}): {error.message}")
            return
        layer.options[framework] = _merged(layer.options.get(framework, {}), known)


def parse_value(text: str) -> Any:
    """A value as TOML has it, or one of on, off, yes, no, none, all; anything else is text."""
    word = text.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    try:
        return tomllib.loads(f"value = {word}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return word


def full_name(name: str) -> str:
    """The full name of an option that may be given by its short one."""
    return SPELLINGS.get(name, name)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**below, **above}
    for name in _MERGED:
        if name in below and name in above:
            merged[name] = {**below[name], **above[name]}
    return merged
