"""A command as data, and what all of them share: opening the store, printing, sizes and times."""

import argparse
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from jupyter_mltrack import settings
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.drainer import drain_orphans
from jupyter_mltrack.tracking.journals import has_journals

Arguments = Sequence[tuple[Sequence[str], dict[str, Any]]]

_SIZES: Final = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_TIMES: Final = {"S": 1, "MIN": 60, "H": 3600, "D": 86_400, "W": 7 * 86_400}
_MEASURE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE | re.ASCII)


def open_for_reading(uri: str) -> Store:
    """Open a store after taking in what killed sessions left in their journals."""
    store = open_store(uri)
    if not store.get_schema_version() and not has_journals(uri):
        sys.stderr.write(f"There is no store at {settings.shown_store_uri(store.uri)} yet.\n")
    if store.get_schema_version() or has_journals(uri):
        store.prepare()
        drain_orphans(store, store.uri)
    return store


class Command(NamedTuple):
    """A command: its words, one line of help, its arguments (flags, keywords), what it runs.

    ``run`` returns the exit status, None for 0. ``opens`` makes the store of a URI; a command that
    looks after stores takes it as it is.
    """

    name: str
    help: str
    arguments: Arguments
    run: Callable[[Store, Namespace], int | None]
    opens: Callable[[str], Store] = open_for_reading
    examples: Sequence[str] = ()


def print_json(value: Any) -> None:
    """Print a value as indented JSON."""
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def size(text: str) -> int:
    """Bytes that an argument such as ``10GB`` says."""
    return round(_measure(text, _SIZES))


def milliseconds(text: str) -> int:
    """Milliseconds that an argument such as ``30d`` says."""
    return round(_measure(text, _TIMES) * 1000)


def _measure(text: str, units: dict[str, int]) -> float:
    found = _MEASURE.fullmatch(text.strip())
    if found is None or found[2].upper() not in units:
        names = ", ".join(unit for unit in units if unit)
        raise argparse.ArgumentTypeError(f"{text!r} is no number with one of {names.lower()}")
    return float(found[1]) * units[found[2].upper()]
