"""A store on a server: figures, checks, space given back."""

import pytest

from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.session import close_session
from tests.housekeeping.worlds import make_run, told


@pytest.fixture
def store_uri(postgresql_uri: str) -> str:
    return postgresql_uri


def test_a_server_is_looked_after_too(store: Store) -> None:
    gone, kept = make_run("gone", points=50_000), make_run("kept", points=3000)
    close_session()
    info = store.keeper().get_info()
    assert info.database.startswith("PostgreSQL ")
    assert "***" in info.uri
    assert (info.counts["runs"], info.counts["points"]) == (2, 53_008)
    assert info.files["database"] > info.files["blobs"] > 100_000
    assert {one.level for one in store.keeper().check()} == {"ok"}
    before = told(store, kept)
    store.delete_runs([gone])
    garbage = store.keeper().collect()
    assert (garbage.runs, garbage.blobs) == ([gone], 1)
    done = store.keeper().compact()
    assert done.after < done.before - 400_000
    assert told(store, kept) == before
    assert store.keeper().upgrade().backup == ""
