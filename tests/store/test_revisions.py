"""Revisions as a store keeps them."""

import itertools
import random

import pytest

import jupyter_mltrack as mltrack
from jupyter_mltrack.capture.revision import digest_cells
from jupyter_mltrack.entities import Revision, RevisionCell
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.entities.changes import apply_splices, diff_items
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.sql.manifests import MAX_DEPTH
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


def edited(number: int, count: int = 20) -> Revision:
    """A notebook whose cells were edited one after the other, and the last one moved about."""
    cells = [
        RevisionCell(
            cell_id=f"c{n}",
            cell_type="code",
            source=f"x = {number if n == number % count else number // count}",
            origin="executed" if n == number % count else "earlier",
        )
        for n in range(count)
    ]
    if number % 7 == 0:
        cells.insert(number % count, cells.pop())
    if number % 11 == 0:
        del cells[number % count]
    return Revision(
        digest=digest_cells(cells),
        notebook_path="a.ipynb",
        layer="live",
        language="python",
        cells=cells,
    )


def write_edits(count: int) -> list[Revision]:
    revisions = [edited(number) for number in range(count)]
    session = get_session()
    session.write(ev.RevisionSeen(revisions[0]))
    for before, after in itertools.pairwise(revisions):
        splices = diff_items(before.cells, after.cells, lambda cell: cell.cell_id)
        session.write(
            ev.RevisionChanged(after.digest, before.digest, "a.ipynb", "live", "python", splices)
        )
    assert mltrack.flush(20)
    return revisions


def test_edits_come_back_as_they_were(store: Store) -> None:
    revisions = write_edits(3 * MAX_DEPTH)
    # The first to have a digest is kept; its origins may be those of another moment.
    first = {revision.digest: revision for revision in reversed(revisions)}
    for digest, revision in first.items():
        assert store.get_revision(digest) == revision


def test_a_revision_whose_base_is_unknown_is_kept_aside_until_it_comes(store: Store) -> None:
    first, second = edited(1), edited(2)
    splices = diff_items(first.cells, second.cells, lambda cell: cell.cell_id)
    session = get_session()
    session.write(
        ev.RevisionChanged(second.digest, first.digest, "a.ipynb", "live", "python", splices)
    )
    assert mltrack.flush(20)
    with pytest.raises(ResourceDoesNotExist):
        store.get_revision(second.digest)
    session.write(ev.RevisionSeen(first))
    assert mltrack.flush(20)
    session.write(ev.RevisionSeen(edited(3)))
    assert mltrack.flush(20)
    assert store.get_revision(first.digest) == first


@pytest.mark.parametrize("seed", range(20))
def test_splices_turn_any_list_into_any_other(seed: int) -> None:
    generator = random.Random(seed)
    before = [f"{generator.randrange(30)}:{generator.randrange(3)}" for _ in range(40)]
    after = [item for item in before if generator.random() < 0.8]
    for _ in range(generator.randrange(10)):
        after.insert(generator.randrange(len(after) + 1), f"new:{generator.random()}")
    if generator.random() < 0.5:
        generator.shuffle(after)
    splices = diff_items(before, after, lambda item: item.split(":")[0])
    assert apply_splices(before, splices) == after


def test_splices_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit 2 cells"):
        apply_splices(["a", "b"], [(1, 3, ["c"])])
