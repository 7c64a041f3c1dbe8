"""What is repeated is stored once: a cell that runs again costs next to nothing."""

import sqlite3
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.store.sql.tables.base import from_raw, to_raw
from tests.store.test_notebooks import apply

COUNT = 2000
SESSION, REVISION, CELL = "5e" * 16, "0f" * 32, "75c4e16c-3893-3e7f-360c-f91c6409a393"
PATH = "work/a notebook with a name that says what it is for.ipynb"


def run_cells(store: Store, first: int, count: int) -> None:
    events: list[ev.Event] = []
    for number in range(first, first + count):
        key = f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" * 2
        time = 1760000000000 + number * 900
        source = f"x = {number % 100}" * 50
        events += [
            ev.CellStarted(key, SESSION, CELL, source, number, time, REVISION, PATH),
            ev.CellEnded(key, CellOutcome.OK, time + 20),
        ]
    apply(store, SESSION, *events)


def size_of(directory: Path) -> int:
    with sqlite3.connect(directory / "mltrack.db") as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return 4096 * (pages - free)


def test_a_cell_that_runs_again_costs_less_than_its_ids_would_as_text(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.prepare()
    run_cells(store, 0, 100)
    before = size_of(tmp_path)
    run_cells(store, 100, COUNT)
    assert (size_of(tmp_path) - before) / COUNT < 125
    cells = store.list_session_cells(SESSION)
    assert len(cells) == COUNT + 100
    assert {(cell.cell_id, cell.revision, cell.notebook_path) for cell in cells} == {
        (CELL, REVISION, PATH)
    }
    store.close()


ids = st.text() | st.binary(min_size=15, max_size=33).map(bytes.hex)


@given(st.lists(ids | st.sampled_from(["A" * 32, " " * 32, "0" * 64, "a b" * 11])))
def test_every_id_comes_back_from_its_bytes(some: list[str]) -> None:
    kept = [text for text in some if text.isprintable()]
    raw = [to_raw(text) for text in kept]
    assert [from_raw(one) for one in raw] == kept
    assert len(set(raw)) == len(set(kept))
    assert len(to_raw("ab" * 16)) == 16
