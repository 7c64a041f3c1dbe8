"""The runs of an archive, added to a store."""

from collections.abc import Iterator
from pathlib import Path

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.keeping import Merged
from jupyter_mltrack.upkeep.reader import Archive, open_archive
from jupyter_mltrack.upkeep.records import MAX_BYTES, ArchivedFile
from jupyter_mltrack.upkeep.verify import verify


def unpack_runs(store: Store, path: Path, *, max_bytes: int = MAX_BYTES) -> Merged:
    """Add what an archive holds and the store lacks, all in one transaction.

    The archive is read twice: once to verify all of it, before anything is written, and once to
    write. Experiments are found by name, or else by id; runs keep their ids, and one that is there
    already gets what it lacks and nothing else. One that was made in this store gets no files and
    models: what is loaded from one's own run must be one's own.

    Raises
    ------
    InvalidParameterValue
        The file is no archive of ours, or not to be trusted; nothing was written.
    StoreUnavailable
        The store cannot be written now; nothing was written.
    """
    with open_archive(path, max_bytes) as archive:
        verify(archive)
        store.prepare()
        return store.keeper().merge(_events(archive))


def _events(archive: Archive) -> Iterator[ev.Event]:
    for record in archive.records():
        if isinstance(record, ev.PackedPoints):
            yield ev.unpack_points(record)
        elif isinstance(record, ArchivedFile):
            content = archive.read_blob(record.digest)
            yield ev.ArtifactLogged(
                record.run_id, record.path, record.media_type, content, "", record.execution_id
            )
        else:
            yield record
