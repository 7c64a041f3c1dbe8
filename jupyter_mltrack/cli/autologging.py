"""``autolog``: what settings files and the environment say of it, here."""

from argparse import Namespace
from typing import Any, Final

import msgspec

from jupyter_mltrack.autolog.api import FrameworkStatus, read_settings
from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.settings import list_settings_files
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.widgets.text import aligned


def show_autolog(_store: Store, options: Namespace) -> int:
    """Print the options that a notebook started in this directory would have."""
    status = read_settings()
    files = [str(file) for file in list_settings_files()]
    if options.json:
        shown = {one.name: _shown(one) for one in status.frameworks}
        print_json({"files": files, "complaints": status.complaints, "options": shown})
        return 1 if status.complaints else 0
    for file in files:
        print(f"settings file  {file}")
    rows = [
        [f"{one.name} {name}", str(value), one.sources.get(name, "")]
        for one in status.frameworks
        for name, value in _shown(one).items()
        if name in one.sources
    ]
    print(aligned(rows) if rows else "Every option has its default; there are:")
    if not rows:
        print(", ".join(_shown(status.frameworks[0])))
    for complaint in status.complaints:
        print(f"! {complaint}")
    return 1 if status.complaints else 0


def _shown(one: FrameworkStatus) -> dict[str, Any]:
    return msgspec.structs.asdict(one.options)


COMMANDS: Final = (
    Command(
        "autolog",
        "what settings files and environment say of autologging here",
        [],
        show_autolog,
        opens=open_store,
    ),
)
