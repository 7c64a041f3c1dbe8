"""Appending, reading, torn records, rotation, ownership."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mltrack.errors import JournalUnavailable
from jupyter_mltrack.journal import JournalReader, JournalWriter, Position, is_orphan, writer


def read_all(directory: Path) -> list[bytes]:
    return [record.payload for record in JournalReader(directory).read(10**6)]


def segment(directory: Path, number: int = 1) -> Path:
    return directory / f"{number:06d}.journal"


@given(payloads=st.lists(st.binary(max_size=200), max_size=30))
def test_what_was_appended_is_read_in_order(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes]
) -> None:
    journal = JournalWriter(tmp_path_factory.mktemp("journal"))
    for payload in payloads:
        journal.append(payload)
    assert read_all(journal.directory) == payloads
    journal.close()


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    reader = JournalReader(tmp_path)
    journal.append(b"one")
    assert [record.payload for record in reader.read()] == [b"one"]
    assert reader.read() == []
    journal.append(b"two")
    again = JournalReader(tmp_path, reader.position)
    assert [record.payload for record in again.read()] == [b"two"]
    assert again.position == journal.position
    journal.close()


def test_a_torn_last_record_waits_for_its_rest(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    journal.append(b"whole")
    journal.append(b"torn" * 100)
    journal.close()
    data = segment(tmp_path).read_bytes()
    segment(tmp_path).write_bytes(data[:-10])
    assert read_all(tmp_path) == [b"whole"]


@pytest.mark.parametrize("garbage", [b"\x00" * 13, b"\xf1\x9e\xff\xff\xff\x7f0000", b"\xf1\x9e"])
def test_garbage_in_the_middle_costs_only_itself(tmp_path: Path, garbage: bytes) -> None:
    journal = JournalWriter(tmp_path)
    journal.append(b"before")
    with segment(tmp_path).open("ab") as file:
        file.write(garbage)
    journal.append(b"after")
    reader = JournalReader(tmp_path)
    assert [record.payload for record in reader.read()] == [b"before", b"after"]
    assert reader.skipped_bytes == len(garbage)
    journal.close()


def test_segments_rotate_and_drained_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "SEGMENT_BYTES", 1000)
    journal = JournalWriter(tmp_path)
    payloads = [f"{i:0100d}".encode() for i in range(50)]
    for payload in payloads:
        journal.append(payload)
    assert journal.position.segment > 3
    reader = JournalReader(tmp_path)
    assert [record.payload for record in reader.read(10)] == payloads[:10]
    assert [record.payload for record in reader.read(1000)] == payloads[10:]
    reader.remove_drained(reader.position)
    assert [path.name for path in tmp_path.glob("*.journal")] == [
        segment(tmp_path, journal.position.segment).name
    ]
    journal.close()


def test_a_record_larger_than_what_is_read_at_once(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    large = os.urandom(9 << 20)
    journal.append(b"small")
    journal.append(large)
    journal.append(b"last")
    assert read_all(tmp_path) == [b"small", large, b"last"]
    journal.close()


def test_a_journal_has_one_owner(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path)
    assert not is_orphan(tmp_path)
    with pytest.raises(JournalUnavailable, match="another process"):
        JournalWriter(tmp_path)
    journal.close()
    assert is_orphan(tmp_path)


def test_a_killed_owner_leaves_an_orphan_with_all_it_acknowledged(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from jupyter_mltrack.journal import JournalWriter\n"
        "journal = JournalWriter(pathlib.Path(sys.argv[1]))\n"
        "for i in range(10**9):\n"
        "    journal.append(str(i).encode())\n"
        "    print(i, flush=True)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    time.sleep(0.5)
    acknowledged = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    printed = child.stdout.read().splitlines()
    child.wait()
    acknowledged = int(printed[-2]) if len(printed) > 1 else acknowledged
    assert is_orphan(tmp_path)
    kept = [int(payload) for payload in read_all(tmp_path)]
    assert kept == list(range(len(kept)))
    assert kept[-1] >= acknowledged


def test_an_unwritable_directory_says_so(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(JournalUnavailable, match=r"Cannot write a journal in .*file"):
        JournalWriter(blocked / "journal")


def test_positions_order_by_segment_then_offset() -> None:
    assert Position(1, 500) < Position(2, 0) < Position(2, 1)


def test_a_full_disk_is_said_and_costs_that_record_only(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys, pathlib\n"
        "from jupyter_mltrack.errors import JournalUnavailable\n"
        "from jupyter_mltrack.journal import JournalWriter, JournalReader\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "journal = JournalWriter(pathlib.Path(sys.argv[1]))\n"
        "journal.append(b'a' * 100)\n"
        "soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, hard))\n"
        "try:\n"
        "    journal.append(b'b' * 300)\n"
        "except JournalUnavailable as error:\n"
        "    print(error)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
        "journal.append(b'c')\n"
        "print([len(r.payload) for r in JournalReader(journal.directory).read()])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "Cannot append to the journal" in done.stdout
    assert done.stdout.endswith("[100, 1]\n")


def test_a_deleted_journal_is_written_anew(tmp_path: Path) -> None:
    import shutil

    journal = JournalWriter(tmp_path / "journal")
    journal.append(b"one")
    assert not journal.restore_if_gone()
    shutil.rmtree(tmp_path / "journal")
    journal.append(b"two")
    assert journal.restore_if_gone()
    journal.append(b"three")
    assert read_all(tmp_path / "journal") == [b"one", b"two", b"three"]
    assert not is_orphan(tmp_path / "journal")
    journal.close()
