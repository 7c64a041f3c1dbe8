"""The mark that tells every writer to forget the row ids it remembers."""

from typing import Final

from jupyter_mltrack.store.sql.write.batch import Batch

UPKEEP: Final = "upkeep"


def note_upkeep(batch: Batch) -> None:
    """Say that rows were removed, or that names mean other rows now.

    Writers of other processes remember row ids between batches, and a removed row's id may be
    given again; :class:`Batch` compares this mark when it begins.
    """
    batch.touched_kinds.add(UPKEEP)
    batch.forget_names()
