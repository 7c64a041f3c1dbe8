"""Blobs as files: whole or absent, whoever writes them and whatever happens to them."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from jupyter_mltrack.errors import ResourceDoesNotExist, StoreUnavailable
from jupyter_mltrack.store.blobs import LocalBlobs, digest_of

CONTENT = os.urandom(2_500_000)


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def file_of(blobs: LocalBlobs, digest: str) -> Path:
    return blobs.root / digest[:2] / digest[2:]


def test_what_is_put_can_be_had(blobs: LocalBlobs) -> None:
    for content in (b"", b"a", CONTENT):
        digest = blobs.put(content)
        assert digest == digest_of(content)
        assert blobs.get(digest) == content


def test_equal_bytes_are_kept_once_and_not_written_again(blobs: LocalBlobs) -> None:
    digest = blobs.put(CONTENT)
    before = file_of(blobs, digest).stat()
    assert blobs.put(CONTENT) == digest
    after = file_of(blobs, digest).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("damage", [b"", CONTENT[:-1], bytes(len(CONTENT))])
def test_a_damaged_blob_is_told_and_put_right(blobs: LocalBlobs, damage: bytes) -> None:
    digest = blobs.put(CONTENT)
    file_of(blobs, digest).write_bytes(damage)
    with pytest.raises(StoreUnavailable, match=rf"{digest}.*damaged"):
        blobs.get(digest)
    blobs.put(CONTENT)
    assert blobs.get(digest) == CONTENT


@pytest.mark.parametrize("digest", ["f" * 64, "../../etc/passwd", "", "F" * 64])
def test_what_is_not_there(blobs: LocalBlobs, digest: str) -> None:
    with pytest.raises(ResourceDoesNotExist):
        blobs.get(digest)


def test_a_killed_writer_leaves_no_half_blob(blobs: LocalBlobs) -> None:
    code = f"""
        import os, sys
        from pathlib import Path
        from jupyter_mltrack.store.blobs import LocalBlobs
        blobs = LocalBlobs(Path({str(blobs.root)!r}))
        print("ready", flush=True)
        while True:
            blobs.put(os.urandom(3_000_000))
    """
    for pause in (0.01, 0.05, 0.1, 0.2):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            writer.wait(pause)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    entries = list(blobs.entries())
    assert entries
    for entry in entries:
        assert len(blobs.get(entry.digest)) == entry.size == 3_000_000


def test_many_processes_put_the_same(blobs: LocalBlobs) -> None:
    code = f"""
        from pathlib import Path
        from jupyter_mltrack.store.blobs import LocalBlobs
        blobs = LocalBlobs(Path({str(blobs.root)!r}))
        for number in range(30):
            content = str(number).encode() * 10_000
            assert blobs.get(blobs.put(content)) == content
    """
    writers = [subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)]) for _ in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(list(blobs.entries())) == 30
    assert not list(blobs.root.rglob(".*"))
