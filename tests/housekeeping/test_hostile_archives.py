"""An archive from an enemy is refused with one clear error, and nothing is written anywhere."""

import io
import json
import os
import random
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.session import close_session
from jupyter_mltrack.upkeep import records as rec
from jupyter_mltrack.upkeep.pack import pack_runs
from jupyter_mltrack.upkeep.unpack import unpack_runs
from tests.housekeeping.worlds import make_run

many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Trial:
    """A good archive, its members, and a store that must not change."""

    def __init__(self, root: Path, good: bytes) -> None:
        self.root = root
        self.good = good
        self.path = root / "in" / "archive.zip"
        self.path.parent.mkdir()
        with zipfile.ZipFile(io.BytesIO(good)) as file:
            self.members = {info.filename: file.read(info) for info in file.infolist()}
        self.count = 0
        self.target = self.new_store()

    def new_store(self) -> Store:
        self.count += 1
        store = open_store(str(self.root / f"target{self.count}"))
        store.prepare()
        return store

    def tree(self) -> dict[str, int]:
        skipped = ("-wal", "-shm", ".lock")
        return {
            str(path.relative_to(self.root)): path.stat().st_size
            for path in self.root.rglob("*")
            if path != self.path and not path.name.endswith(skipped)
        }

    def write(self, content: bytes) -> None:
        self.path.write_bytes(content)

    def refuse(self, match: str = "Nothing was written", **limits: Any) -> str:
        """Unpack what was written; it must be refused without a trace."""
        tree, change = self.tree(), self.target.get_change()
        with pytest.raises(InvalidParameterValue, match=match) as refused:
            unpack_runs(self.target, self.path, **limits)
        assert self.tree() == tree
        assert self.target.get_change() == change
        assert self.target.get_counts().runs == 0
        return str(refused.value)

    def refuse_or_take_whole(self) -> bool:
        """Whether what was written was taken; then the store is sound."""
        tree, change = self.tree(), self.target.get_change()
        refused = False
        try:
            unpack_runs(self.target, self.path)
        except InvalidParameterValue:
            refused = True
        if refused:
            assert self.tree() == tree
            assert self.target.get_change() == change
            return False
        assert {one.level for one in self.target.keeper().check()} <= {"ok"}
        outside = {name for name in self.tree() if not name.startswith("target")}
        assert outside == {name for name in tree if not name.startswith("target")}
        self.target.close()
        self.target = self.new_store()
        return True


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    import jupyter_mltrack as mltrack

    root = tmp_path_factory.mktemp("origin")
    mltrack.set_tracking_uri(root / "store")
    run_id = make_run("first", points=20)
    close_session()
    store = open_store(str(root / "store"))
    pack_runs(store, [run_id], root / "good.zip")
    store.close()
    mltrack.set_tracking_uri("")
    return (root / "good.zip").read_bytes()


@pytest.fixture
def trial(tmp_path: Path, good: bytes) -> Trial:
    return Trial(tmp_path, good)


def packed(
    members: dict[str, bytes],
    *more: tuple[zipfile.ZipInfo | str, bytes],
    kind: int = zipfile.ZIP_STORED,
) -> bytes:
    """A zip file of members, its manifest listing the records they are."""
    members = dict(members)
    manifest = json.loads(members[rec.MANIFEST])
    names = [name for name in members if name.startswith("records/")]
    manifest["records"] = {name: sha256(members[name]).hexdigest() for name in names}
    members[rec.MANIFEST] = json.dumps(manifest).encode()
    return zipped(members, *more, kind=kind)


def zipped(
    members: dict[str, bytes],
    *more: tuple[zipfile.ZipInfo | str, bytes],
    kind: int = zipfile.ZIP_STORED,
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as file:
        for name, content in (*members.items(), *more):
            file.writestr(name, content)
    return buffer.getvalue()


def records_of(members: dict[str, bytes]) -> list[Any]:
    found = []
    content, at = members["records/000001"], 0
    while at < len(content):
        (length,) = struct.unpack_from("<I", content, at)
        found.append(msgspec.msgpack.decode(content[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def framed(records: list[Any]) -> bytes:
    payloads = [msgspec.msgpack.encode(record) for record in records]
    return b"".join(struct.pack("<I", len(payload)) + payload for payload in payloads)


def with_records(trial: Trial, records: list[Any]) -> bytes:
    return packed({**trial.members, "records/000001": framed(records)})


def test_the_good_one_is_taken(trial: Trial) -> None:
    trial.write(packed(trial.members))
    assert trial.refuse_or_take_whole()
    trial.write(with_records(trial, records_of(trial.members)))
    assert trial.refuse_or_take_whole()


@many
@given(content=st.binary(max_size=400))
def test_no_zip_file(trial: Trial, content: bytes) -> None:
    trial.write(content)
    trial.refuse("no archive of runs|refused")


@many
@given(data=st.data())
def test_bytes_that_changed_on_the_way(trial: Trial, data: st.DataObject) -> None:
    content = bytearray(trial.good)
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    trial.write(bytes(content))
    trial.refuse_or_take_whole()


@many
@given(end=st.integers(0, 100_000), extra=st.binary(max_size=30))
def test_cut_short(trial: Trial, end: int, extra: bytes) -> None:
    trial.write(trial.good[: end % len(trial.good)] + extra)
    trial.refuse("no archive of runs|refused")


evil_names = st.sampled_from(
    [
        "../../escaped",
        "/tmp/mltrack-escaped",
        "C:\\escaped",
        "\\\\host\\share\\escaped",
        "blobs/../../../escaped",
        f"blobs/{'a' * 64}/../../escaped",
        f"blobs/{'A' * 64}",
        f"blobs/{'a' * 63}",
        f"./blobs/{'a' * 64}",
        f"blobs//{'a' * 64}",
        f"{'blobs/'}{'a' * 64}\n",
        "records/../manifest.json",
        "records/000001.txt",
        "manifest.json/",
        "MANIFEST.JSON",
        "mltrack.db",
        ".mltrack/x",
        "con",
        "",
    ]
)


@many
@given(name=evil_names | st.text(st.characters(codec="utf-8"), min_size=1, max_size=60))
def test_names_are_never_paths(trial: Trial, name: str) -> None:
    if name.split("\0")[0] in trial.members:
        return
    trial.write(packed(trial.members, (zipfile.ZipInfo(name), b"evil")))
    trial.refuse()
    assert not Path("/tmp/mltrack-escaped").exists()


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR]
)
def test_links_and_devices(trial: Trial, kind: int) -> None:
    content = b"/etc/passwd"
    info = zipfile.ZipInfo(f"blobs/{sha256(content).hexdigest()}")
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    trial.write(packed(trial.members, (info, content)))
    trial.refuse("not a plain file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice(trial: Trial) -> None:
    for name in trial.members:
        trial.write(packed(trial.members, (zipfile.ZipInfo(name), trial.members[name])))
        trial.refuse("is in it twice")


def test_a_bomb(trial: Trial) -> None:
    zeros = bytes(50_000_000)
    name = f"blobs/{sha256(zeros).hexdigest()}"
    trial.write(packed({**trial.members, name: zeros}, kind=zipfile.ZIP_DEFLATED))
    trial.refuse("is a bomb")


def test_a_bomb_of_overlapping_members(trial: Trial) -> None:
    content = random.Random(7).randbytes(200_000)
    plain = zipped({f"blobs/{sha256(content).hexdigest()}": content})
    directory = plain.rindex(b"PK\1\2", 0, plain.rindex(b"PK\5\6"))
    end = plain.rindex(b"PK\5\6")
    entry = plain[directory:end]
    entries = b""
    for number in range(2000):
        name = f"blobs/{number:064x}".encode()
        entries += entry[:46] + name + entry[46 + len(name) :]
    head = plain[:directory] + entries
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 2000, 2000, len(entries), directory, 0)
    trial.write(head + tail)
    trial.refuse("is a bomb")


def test_more_than_the_limit(trial: Trial) -> None:
    trial.write(trial.good)
    trial.refuse("--max-size", max_bytes=10_000)
    assert unpack_runs(trial.target, trial.path, max_bytes=10_000_000).new


def test_too_many_members(trial: Trial) -> None:
    more = ((zipfile.ZipInfo(f"blobs/{number:064x}"), b"") for number in range(100_001))
    trial.write(packed(trial.members, *more))
    trial.refuse("more than 100000")


def test_a_directory_too_large_to_be_read(trial: Trial) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *([0] * 16)) + b""
    entries = entry * (40_000_000 // len(entry))
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, len(entries), 0, 0)
    trial.write(entries + end)
    trial.refuse("more than 100000")
    count, size = len(entries) // len(entry), len(entries)
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 100, 0, 0)
    trial.write(entries + end_64 + locator + end)
    trial.refuse("more than 100000")


def test_encrypted_and_strangely_compressed(trial: Trial) -> None:
    trial.write(packed(trial.members, kind=zipfile.ZIP_LZMA))
    trial.refuse("compressed in an unknown way")
    content = bytearray(zipped(trial.members))
    at = content.index(b"PK\1\2")
    content[at + 8] |= 1
    trial.write(bytes(content))
    trial.refuse("encrypted")


def test_wrong_digests(trial: Trial) -> None:
    blob = next(name for name in trial.members if name.startswith("blobs/"))
    trial.write(packed({**trial.members, blob: b"other content"}))
    trial.refuse("other content than its name says")
    trial.write(zipped({**trial.members, "records/000001": b""}))
    trial.refuse("wrong digest")
    without = {name: content for name, content in trial.members.items() if name != blob}
    trial.write(packed(without))
    trial.refuse(f"{blob.removeprefix('blobs/')} is missing")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2 of the format.*knows 1"),
        ({"version": "1"}, "version '1'"),
        ({"format": "other"}, "the format 'other'"),
        ({"records": {}}, "does not list the records"),
        ({"records": {"../x": "y"}}, "does not list the records"),
        ({"records": [1]}, "malformed"),
        ({"runs": 7}, "other runs than its manifest says"),
    ],
)
def test_manifests(trial: Trial, change: dict[str, Any], message: str) -> None:
    manifest = {**json.loads(trial.members[rec.MANIFEST]), **change}
    trial.write(zipped({**trial.members, rec.MANIFEST: json.dumps(manifest).encode()}))
    trial.refuse(message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)


@many
@given(content=st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_manifests_that_are_none(trial: Trial, content: bytes) -> None:
    trial.write(zipped({**trial.members, rec.MANIFEST: content}))
    trial.refuse()


packable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
tags = st.sampled_from(
    ["session", "ended", "revision", "cell", "output", "cleared", "cellend", "experiment", "run",
     "end", "params", "m", "series", "points", "tags", "artifact", "dataset", "model", "link",
     "file", "stopped", "unknown"]
)  # fmt: skip


@many
@given(
    record=packable | st.tuples(tags, st.lists(packable, max_size=8)).map(lambda r: [r[0], *r[1]])
)
def test_records_of_any_shape(trial: Trial, record: Any) -> None:
    trial.write(with_records(trial, [*records_of(trial.members), record]))
    trial.refuse_or_take_whole()


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = enumerate(value) if isinstance(value, list) else ()
    inner = value.items() if isinstance(value, dict) else inner
    for key, one in inner:
        yield from leaves(one, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


evil_values = st.sampled_from(
    [
        -(2**63),
        2**63,
        2**64 - 1,
        "../../escaped",
        "\0",
        "x" * 10_000,
        "'; DROP TABLE runs; --",
        "0" * 32,
        "",
        float("nan"),
        {"key\0": "value"},
        {"": ""},
        [],
        b"\xff" * 7,
        "a" * 64,
    ]
)


@settings(many, max_examples=200)
@given(data=st.data())
def test_any_value_of_any_record_replaced(trial: Trial, data: st.DataObject) -> None:
    records = records_of(trial.members)
    at = data.draw(st.integers(0, len(records) - 1))
    path = data.draw(st.sampled_from(sorted(leaves(records[at]), key=repr)))
    records[at] = replaced(records[at], path, data.draw(evil_values | packable))
    trial.write(with_records(trial, records))
    trial.refuse_or_take_whole()


@many
@given(data=st.data())
def test_records_left_out_doubled_or_in_another_order(trial: Trial, data: st.DataObject) -> None:
    records = records_of(trial.members)
    for _ in range(data.draw(st.integers(1, 3))):
        at, to = (data.draw(st.integers(0, len(records) - 1)) for _ in range(2))
        act = data.draw(st.sampled_from(["drop", "double", "move"]))
        record = records[at] if act == "double" else records.pop(at)
        if act != "drop":
            records.insert(to, record)
    trial.write(with_records(trial, records))
    trial.refuse_or_take_whole()


Change = Callable[[list[Any]], Any]


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("revision", lambda r: r[1]["cells"][0].update(source="poison"), "wrong digest"),
        ("params", lambda r: r.__setitem__(1, "f" * 32), "speaks of the run"),
        ("link", lambda r: r.__setitem__(2, "f" * 32), "speaks of the cell execution"),
        ("file", lambda r: r.__setitem__(2, "../../.bashrc"), "relative and inside"),
        ("file", lambda r: r.__setitem__(2, "/etc/passwd"), "relative and inside"),
        ("file", lambda r: r.__setitem__(4, "e" * 64), "is missing"),
        ("points", lambda r: r.__setitem__(3, b"\0" * 16), "unequal length"),
        ("end", lambda r: r.__setitem__(2, "RUNNING"), "no status of an ended run"),
        ("run", lambda r: r.__setitem__(5, 2**63), "64 bits"),
        ("model", lambda r: r[2].update(artifact_path="../x"), "relative and inside"),
    ],
)
def test_what_records_may_not_say(trial: Trial, kind: str, change: Change, message: str) -> None:
    records = records_of(trial.members)
    record = next(one for one in reversed(records) if one[0] == kind)
    change(record)
    trial.write(with_records(trial, records))
    trial.refuse(message)


def test_a_model_of_another_run_is_not_taken_over(trial: Trial) -> None:
    trial.write(trial.good)
    (victim,) = unpack_runs(trial.target, trial.path).new
    models = trial.target.list_models(victim)
    text = framed(records_of(trial.members)).replace(victim.encode(), b"f" * 32)
    text = text.replace(b"m-" + b"f" * 32, b"m-" + victim.encode())
    trial.write(packed({**trial.members, "records/000001": text}))
    with pytest.raises(InvalidParameterValue, match=f"belongs to run {victim}"):
        unpack_runs(trial.target, trial.path)
    assert trial.target.list_models(victim) == models
    assert trial.target.list_runs(["f" * 32]) == []


def test_no_cell_is_slipped_into_a_session_of_our_own(tmp_path: Path) -> None:
    import jupyter_mltrack as mltrack

    mltrack.set_tracking_uri(tmp_path / "own")
    run_id = make_run("mine", points=2)
    close_session()
    own = open_store(str(tmp_path / "own"))
    pack_runs(own, [run_id], tmp_path / "mine.zip")
    (tmp_path / "trial").mkdir()
    trial = Trial(tmp_path / "trial", (tmp_path / "mine.zip").read_bytes())
    records = records_of(trial.members)
    at = next(i for i, record in enumerate(records) if record[0] == "cell")
    evil = list(records[at])
    evil[1], evil[4] = "e" * 32, "import os; os.system('evil')"
    records[at:at] = [evil, ["cellend", "e" * 32, 1, "ok", ""]]
    trial.write(with_records(trial, records))
    session = own.get_run(run_id).info.session_id
    cells = own.list_session_cells(session)
    assert unpack_runs(own, trial.path).present == [run_id]
    assert own.list_session_cells(session) == cells
    # Elsewhere it is a session like any other that came in an archive.
    assert unpack_runs(trial.target, trial.path).new == [run_id]
    assert len(trial.target.list_session_cells(session)) == len(cells) + 1
    own.close()
    mltrack.set_tracking_uri("")


def test_what_is_no_file(trial: Trial, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.zip", Path("/dev/zero")):
        with pytest.raises(InvalidParameterValue, match=r"not a file|Cannot read"):
            unpack_runs(trial.target, path)
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(InvalidParameterValue, match="not a file"):
        unpack_runs(trial.target, tmp_path / "pipe.zip")
