"""Reads an archive that may come from an enemy.

Names of members are compared, never used as paths; sizes are known before anything is inflated;
content is compared with its digest. Whatever is wrong, :class:`InvalidParameterValue` says so.
"""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

import msgspec

from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.upkeep import records as rec

_NAME: Final = re.compile(r"manifest\.json|records/[0-9]{6}|blobs/[0-9a-f]{64}", re.ASCII)
_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\5\6"
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_MAGIC: Final = b"PK\6\7"
_MAX_DIRECTORY: Final = 32 << 20
_MAX_MANIFEST: Final = 4 << 20
_MAX_RECORDS: Final = 256 << 20
_PIECE: Final = 1 << 20

_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
    struct.error,
)
"""What Python's reader raises about a file that is none of its making."""

_decode = msgspec.msgpack.Decoder(rec.Record).decode


class Archive:
    """An archive whose members are known to be harmless; :func:`open_archive` makes one."""

    def __init__(self, name: str, file: zipfile.ZipFile, max_bytes: int) -> None:
        self.name = name
        self._zip = file
        self._members = self._check_members(max_bytes)
        self.manifest = self._read_manifest()

    def records(self) -> Iterator[ev.Event]:
        """The records in order."""
        for name, digest in self.manifest.records.items():
            content = self._read(name)
            if sha256(content).hexdigest() != digest:
                raise self.refusal(f"{name} is not what the manifest says (wrong digest)")
            yield from self._decode_all(name, content)

    def has_blob(self, digest: str) -> bool:
        """Whether the archive has this blob."""
        return f"blobs/{digest}" in self._members

    def read_blob(self, digest: str) -> bytes:
        """The bytes of a blob, which are what its digest says."""
        content = self._read(f"blobs/{digest}")
        if sha256(content).hexdigest() != digest:
            raise self.refusal(f"blobs/{digest} has other content than its name says")
        return content

    def check_blobs(self) -> None:
        """Read every blob and compare it with its digest, a piece at a time."""
        for name in self._members:
            if name.startswith("blobs/"):
                hashed = sha256()
                for piece in self._pieces(name):
                    hashed.update(piece)
                if hashed.hexdigest() != name.removeprefix("blobs/"):
                    raise self.refusal(f"{name} has other content than its name says")

    def refusal(self, problem: str) -> InvalidParameterValue:
        """The error that says what is wrong with the archive."""
        return InvalidParameterValue(f"{self.name} is refused: {problem}. Nothing was written.")

    def _check_members(self, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > rec.MAX_MEMBERS:
            raise self.refusal(f"it has {len(infos)} members, more than {rec.MAX_MEMBERS}")
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            if info.filename in members:
                raise self.refusal(f"the member {info.filename[:80]!r} is in it twice")
            self._check_member(info)
            members[info.filename] = info
        total = sum(info.file_size for info in infos)
        packed = sum(info.compress_size for info in infos)
        if total > max_bytes:
            raise self.refusal(
                f"it unpacks to {total} bytes, more than the limit of {max_bytes} (--max-size)"
            )
        size = self._zip.fp.seek(0, 2) if self._zip.fp else 0
        if packed > size or total > rec.MAX_RATIO * size:
            raise self.refusal(f"{size} bytes cannot hold {total}; it is a bomb")
        return members

    def _check_member(self, info: zipfile.ZipInfo) -> None:
        shown = repr(info.filename[:80])
        if not _NAME.fullmatch(info.filename) or info.orig_filename != info.filename:
            raise self.refusal(f"the member {shown} is none that an archive of runs has")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG) or info.is_dir():
            raise self.refusal(f"the member {shown} is not a plain file")
        if info.flag_bits & 0x1:
            raise self.refusal(f"the member {shown} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.refusal(f"the member {shown} is compressed in an unknown way")
        if info.filename.startswith("records/") and info.file_size > _MAX_RECORDS:
            raise self.refusal(f"the member {shown} is larger than any that is written")
        if info.file_size > rec.MAX_RATIO * info.compress_size:
            raise self.refusal(f"the member {shown} is a bomb of {info.file_size} bytes")

    def _read_manifest(self) -> rec.Manifest:
        info = self._members.get(rec.MANIFEST)
        if info is None or info.file_size > _MAX_MANIFEST:
            raise self.refusal("it has no manifest; it is no archive of runs")
        try:
            manifest = msgspec.json.decode(self._read(rec.MANIFEST), type=dict)
            kind, version = manifest.get("format"), manifest.get("version")
        except msgspec.DecodeError as error:
            raise self.refusal(f"its manifest is not JSON ({error})") from error
        if kind != rec.FORMAT:
            raise self.refusal(f"its manifest names the format {kind!r:.80}, not {rec.FORMAT!r}")
        if version != rec.VERSION:
            raise self.refusal(
                f"it has version {version!r:.80} of the format and this jupyter_mltrack knows "
                f"{rec.VERSION}; upgrade: pip install --upgrade jupyter_mltrack"
            )
        try:
            found = msgspec.convert(manifest, rec.Manifest)
        except msgspec.ValidationError as error:
            raise self.refusal(f"its manifest is malformed ({error})") from error
        listed = {name for name in self._members if name.startswith("records/")}
        if set(found.records) != listed:
            raise self.refusal("its manifest does not list the records that are in it")
        return found

    def _decode_all(self, name: str, content: bytes) -> Iterator[ev.Event]:
        at = 0
        while at < len(content):
            start = at + rec.LENGTH.size
            try:
                (length,) = rec.LENGTH.unpack_from(content, at)
                if start + length > len(content):
                    raise struct.error
                record: ev.Event = _decode(memoryview(content)[start : start + length])
            except (struct.error, msgspec.MsgspecError, RecursionError) as error:
                why = str(error) or "cut short"
                raise self.refusal(f"a record of {name} is malformed ({why})") from error
            yield record
            at = start + length

    def _read(self, name: str) -> bytes:
        return b"".join(self._pieces(name))

    def _pieces(self, name: str) -> Iterator[bytes]:
        info = self._members[name]
        size = 0
        try:
            with self._zip.open(info) as file:
                while piece := file.read(_PIECE):
                    size += len(piece)
                    yield piece
        except _BROKEN as error:
            raise self.refusal(f"the member {name} cannot be read ({error})") from error
        if size != info.file_size:
            raise self.refusal(f"the member {name} has another size than it says")


@contextmanager
def open_archive(path: Path, max_bytes: int = rec.MAX_BYTES) -> Iterator[Archive]:
    """An archive to read, its members checked; nothing of it is unpacked yet.

    Raises
    ------
    InvalidParameterValue
        There is no such file, it is no archive of ours, or it is a hostile one.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidParameterValue(f"{path} is not a file.")
        file = path.open("rb")
    except OSError as error:
        raise InvalidParameterValue(f"Cannot read {path}: {error.strerror}.") from error
    with file:
        _check_directory(path, file)
        try:
            opened = zipfile.ZipFile(file)
        except _BROKEN as error:
            raise _no_zip(path, str(error)) from error
        with opened:
            yield Archive(str(path), opened, max_bytes)


def _check_directory(path: Path, file: IO[bytes]) -> None:
    # zipfile reads the whole directory before its entries can be counted.
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_700))
    tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or at + _END.size > len(tail):
        raise _no_zip(path, "it has no directory")
    length = _END.unpack_from(tail, at)[5]
    before = at - _LOCATOR.size
    if before >= _END_64.size and tail[before : before + 4] == _LOCATOR_MAGIC:
        length = _END_64.unpack_from(tail, before - _END_64.size)[8]
    if length > _MAX_DIRECTORY:
        raise InvalidParameterValue(
            f"{path} is refused: its directory of {length} bytes lists more than "
            f"{rec.MAX_MEMBERS} members. Nothing was written."
        )
    file.seek(0)


def _no_zip(path: Path, why: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"{path} is no archive of runs, which `mltrack pack` writes ({why}). Nothing was written."
    )
