"""Looks for damage; finds words for it."""

import zlib
from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select

from jupyter_mltrack.errors import MltrackException
from jupyter_mltrack.store.keeping import Finding
from jupyter_mltrack.store.sql import chunks
from jupyter_mltrack.store.sql.manifests import stored_entries
from jupyter_mltrack.store.sql.tables import (
    MetricChunkRow,
    MetricSummaryRow,
    RejectedRecordRow,
    RevisionRow,
    SourceRow,
    TermRow,
)
from jupyter_mltrack.store.sql.write.batch import source_digest

_SHOWN: Final = 20
_BACKUP: Final = "Copy the store somewhere safe before anything else. "


def failed(name: str, error: MltrackException) -> Finding:
    """What a check finds that cannot even be made."""
    return Finding(name=name, level="fail", text=str(error), next_step=_BACKUP)


def finding(name: str, wrong: list[str], good: str, next_step: str, level: str = "fail") -> Finding:
    """A finding with the first things that are wrong, or a good one."""
    if not wrong:
        return Finding(name=name, level="ok", text=good)
    shown = wrong[:_SHOWN]
    if len(wrong) > _SHOWN:
        shown.append(f"and {len(wrong) - _SHOWN} more")
    return Finding(
        name=name,
        level=level,
        text=f"{len(wrong)} {'is' if len(wrong) == 1 else 'are'} wrong",
        next_step=next_step,
        details=shown,
    )


def _integrity(connection: Connection) -> Finding:
    rows = connection.exec_driver_sql("PRAGMA integrity_check(100)").scalars().all()
    wrong = [] if list(rows) == ["ok"] else [str(row) for row in rows]
    step = _BACKUP + "Then: sqlite3 mltrack.db .recover | sqlite3 recovered.db"
    return finding("database", wrong, "the file is sound (PRAGMA integrity_check)", step)


def _foreign_keys(connection: Connection) -> Finding:
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    wrong = [f"row {row[1]} of {row[0]} refers to a missing row of {row[2]}" for row in rows]
    return finding("references", wrong, "no row refers to a missing one", _BACKUP)


def _sources(connection: Connection) -> Finding:
    wrong = []
    known = set()
    columns = (SourceRow.id, SourceRow.digest, SourceRow.text)
    for key, digest, text in connection.execute(select(*columns)):
        known.add(key)
        # A server holds a picture of the character NUL where a cell had one.
        if digest not in (source_digest(text), source_digest(text.replace("\u2400", "\0"))):
            wrong.append(f"the source {digest} has another content")
    revisions = set(connection.execute(select(RevisionRow.id)).scalars())
    query = select(TermRow.text, RevisionRow.manifest).join(TermRow, TermRow.id == RevisionRow.id)
    for digest, manifest in connection.execute(query):
        try:
            base, entries = stored_entries(manifest)
            missing = {entry[2] for entry in entries} - known
        except (zlib.error, msgspec.MsgspecError, IndexError, TypeError) as error:
            wrong.append(f"the revision {digest} cannot be read: {error}")
            continue
        if base is not None and base not in revisions:
            wrong.append(f"the revision {digest} lacks the one it differs from")
        if missing:
            wrong.append(f"the revision {digest} lacks the sources of {len(missing)} cells")
    return finding("notebooks", wrong, f"{len(known)} sources are what their digests say", _BACKUP)


def _points(connection: Connection) -> Finding:
    wrong = []
    counts: dict[tuple[int, int], int] = {}
    rows = connection.execute(
        select(
            MetricChunkRow.id,
            MetricChunkRow.run,
            MetricChunkRow.name,
            MetricChunkRow.count.label("points"),
            MetricChunkRow.data,
        ),
        execution_options={"yield_per": 1000},
    )
    for row in rows:
        counts[row.run, row.name] = counts.get((row.run, row.name), 0) + row.points
        try:
            found = len(chunks.unpack(row.data).values)
        except Exception as error:  # noqa: BLE001 - damaged bytes may fail in any way
            wrong.append(f"chunk {row.id} cannot be read: {error}")
            continue
        if found != row.points:
            wrong.append(f"chunk {row.id} has {found} points, not {row.points}")
    summaries = connection.execute(
        select(MetricSummaryRow.run, MetricSummaryRow.name, MetricSummaryRow.count.label("points"))
    )
    total = 0
    for run, name, points in summaries:
        total += points
        packed = counts.get((run, name), 0)
        if packed != (points if points > 1 else 0):
            wrong.append(f"metric {name} of run {run} has {packed} of {points} points")
    return finding("points", wrong, f"{total} points can be read", _BACKUP)


def _rejected(connection: Connection) -> Finding:
    total = connection.execute(select(func.count()).select_from(RejectedRecordRow)).scalar_one()
    rows = connection.execute(
        select(RejectedRecordRow.session_id, RejectedRecordRow.time, RejectedRecordRow.reason)
        .order_by(RejectedRecordRow.id.desc())
        .limit(_SHOWN)
    )
    if not total:
        return Finding(name="records", level="ok", text="no record was ever rejected")
    return Finding(
        name="records",
        level="warn",
        text=f"{total} could not be applied and are kept with the reason",
        next_step="Records of runs that come later are applied by themselves; report the others.",
        details=[f"session {row.session_id[:8]}: {row.reason[:300]}" for row in rows],
    )


OF_SQLITE: Final[dict[str, Callable[[Connection], Finding]]] = {
    "database": _integrity,
    "references": _foreign_keys,
}
"""What a SQLite file says of itself; a server sees to it."""

OF_ROWS: Final[dict[str, Callable[[Connection], Finding]]] = {
    "notebooks": _sources,
    "points": _points,
    "records": _rejected,
}
"""What the rows say of each other."""
