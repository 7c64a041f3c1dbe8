import asyncio
import subprocess
import sys

import msgspec
import pytest

from jupyter_mltrack import settings
from jupyter_mltrack.journal import JournalWriter
from jupyter_mltrack.server.extension import share_with_kernels
from jupyter_mltrack.store import open_store
from tests.server.server_world import RUN, notebook_events


def test_importing_the_package_loads_no_server():
    code = (
        "import sys, jupyter_mltrack, jupyter_mltrack.server;"
        "heavy = {'jupyter_server', 'tornado', 'sqlalchemy', 'lark'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_store_the_user_named_is_not_replaced(monkeypatch, tmp_path):
    monkeypatch.setenv("MLTRACK_STORE", "mine")
    monkeypatch.setenv("MLTRACK_SERVER_ROOT", "")
    share_with_kernels("sqlite:////other.db", tmp_path)
    import os

    assert os.environ["MLTRACK_STORE"] == "mine"
    assert os.environ["MLTRACK_SERVER_ROOT"] == str(tmp_path)


@pytest.fixture
def orphan(store_directory):
    """The journal of a session that died after it logged a run."""
    directory = settings.journal_directory(settings.normalize_store_uri(store_directory)) / "s1"
    journal = JournalWriter(directory)
    for event in notebook_events():
        journal.append(msgspec.msgpack.encode(event))
    journal.close()
    return directory


async def test_the_journal_of_a_dead_kernel_is_taken_in_at_start(
    orphan, jp_serverapp, store_directory
):
    store = open_store(str(store_directory))
    async with asyncio.timeout(10):
        while orphan.exists():
            await asyncio.sleep(0.05)
    assert store.get_run(RUN).info.status == "FINISHED"
    assert store.get_run("b" * 32).info.status == "KILLED"
    store.close()
