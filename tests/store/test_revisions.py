"""Revisions as a store keeps them."""

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.revision import digest_cells
from jupyter_mltrack.entities import Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.session import get_session
from tests.conftest import on_both_databases

store_uri = on_both_databases


def test_a_revision_comes_back_as_it_was_with_the_tags_of_its_cells(store: Store) -> None:
    cells = [
        RevisionCell(cell_id="t", cell_type="markdown", source="# Title", origin="text"),
        RevisionCell(cell_id="p", cell_type="code", source="C = 1", tags=("parameters", "é")),
        RevisionCell(cell_id="b", cell_type="code", source="fit(C)", origin="executed"),
    ]
    revision = Revision(
        digest=digest_cells(cells),
        notebook_path="a.ipynb",
        layer="live",
        language="python",
        cells=cells,
    )
    get_session().write(ev.RevisionSeen(revision))
    assert mltrack.flush(20)
    assert store.get_revision(revision.digest) == revision
