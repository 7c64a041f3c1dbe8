"""``db info``, ``db upgrade``, ``db check``, ``db compact``, and ``doctor``."""

from argparse import Namespace
from collections.abc import Sequence
from typing import Final

import msgspec

from jupyter_mltrack.cli.command import Command, print_json
from jupyter_mltrack.query.text import format_bytes
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Finding
from jupyter_mltrack.upkeep.doctor import check_journals, describe, examine, measure_journals
from jupyter_mltrack.widgets.text import aligned


def show_info(store: Store, options: Namespace) -> None:
    """Print the store in figures."""
    info = store.keeper().get_info()
    journals = measure_journals(store.uri)
    if options.json:
        print_json({**msgspec.structs.asdict(info), "journals": journals})
        return
    rows = [["store", info.uri], ["database", info.database or "not there yet"]]
    if info.journal_mode:
        rows.append(["journal mode", info.journal_mode])
    newest = "" if info.schema == info.newest_schema else f" (newest: {info.newest_schema})"
    rows.append(["schema", f"{info.schema or 'none'}{newest}"])
    rows += [[f"{name} size", format_bytes(size)] for name, size in info.files.items()]
    rows += [["journal size", format_bytes(journals["bytes"])]]
    rows += [[name, f"{count:,}"] for name, count in info.counts.items()]
    rows += [["warning", text] for text in info.warnings]
    print(aligned(rows))


def upgrade(store: Store, options: Namespace) -> None:
    """Bring the schema up to date."""
    done = store.keeper().upgrade()
    if options.json:
        print_json(done)
        return
    if done.before == done.after:
        print(f"The schema is {done.after} already, the newest.")
    elif not done.before:
        print(f"Made a store with schema {done.after}.")
    else:
        print(f"Upgraded the schema from {done.before} to {done.after}.")
    if done.backup:
        print(f"A copy of the store as it was: {done.backup}")


def check(store: Store, options: Namespace) -> int:
    """Look for damage; the exit status is 1 when there is any."""
    return _told([*store.keeper().check(), check_journals(store)], options)


def compact(store: Store, options: Namespace) -> None:
    """Give free space back."""
    done = store.keeper().compact()
    if options.json:
        print_json(done)
        return
    print(f"{format_bytes(done.before)} before, {format_bytes(done.after)} after.")


def show_doctor(store: Store, options: Namespace) -> int:
    """Look at everything that may be wrong around the store."""
    return _told(examine(store, named=options.store), options)


def _told(findings: Sequence[Finding], options: Namespace) -> int:
    if options.json:
        print_json(findings)
    else:
        print(describe(findings))
    return int(any(one.level == "fail" for one in findings))


COMMANDS: Final = (
    Command(
        "db info",
        "show where the store is, how large it is, and how much is in it",
        [],
        show_info,
        opens=open_store,
    ),
    Command(
        "db upgrade",
        "bring the schema up to date, after copying an older SQLite file beside itself",
        [],
        upgrade,
        opens=open_store,
    ),
    Command(
        "db check",
        "look for damage in the database and the blobs; exit status 1 when there is any",
        [],
        check,
        opens=open_store,
    ),
    Command("db compact", "give the free space of the database back", [], compact),
    Command(
        "doctor",
        "look at everything around the store that may be wrong, and say what to do",
        [],
        show_doctor,
        opens=open_store,
    ),
)
