"""Blobs that are files: how old they are, and what a killed writer leaves of them."""

import os
import time
from pathlib import Path

import pytest

from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.session import close_session
from tests.housekeeping.test_garbage import age_blobs
from tests.housekeeping.worlds import make_run


@pytest.fixture
def store_uri(store_path: Path) -> str:
    return str(store_path)


def test_a_fresh_blob_may_be_about_to_be_needed(store: Store, store_path: Path) -> None:
    run_id = make_run("gone", points=2)
    close_session()
    artifacts = store.list_artifacts(run_id)
    store.delete_runs([run_id])
    garbage = store.keeper().collect()
    assert garbage.blobs == 0
    files = {artifact.digest for artifact in artifacts}
    assert garbage.young_blobs == len(files)
    age_blobs(store_path)
    # What its cells showed is history, and stays; its files go.
    assert store.keeper().collect().blobs == garbage.young_blobs
    assert store.keeper().collect().young_blobs == 0
    assert {one.level for one in store.keeper().check()} == {"ok"}


def test_what_a_killed_writer_left_of_a_blob_goes(store: Store, store_path: Path) -> None:
    make_run("kept", points=2)
    left = next((store_path / "blobs").iterdir()) / ".new-abc"
    left.write_bytes(b"half")
    store.keeper().collect()
    assert left.exists()
    os.utime(left, (time.time() - 7200,) * 2)
    store.keeper().collect()
    assert not left.exists()
