"""A run's ``drawings.json``, which anybody may have written, as names and what is drawn of them."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

import msgspec

from jupyter_mltrack.entities.drawings import (
    DRAWINGS_TYPE,
    AnyDrawing,
    Bars,
    EstimatorPart,
    EstimatorTree,
    Heat,
)
from jupyter_mltrack.errors import InvalidParameterValue, MltrackException
from jupyter_mltrack.store.contract import ReadStore, StoredArtifact

MAX_FILE_BYTES: Final = 4 << 20
MAX_DRAWINGS: Final = 100
MAX_PARTS: Final = 400
MAX_DEPTH: Final = 20
STYLE_VERSION: Final = 1
"""Counts what drawing changed: pictures are kept by their digest."""

MEDIA_TYPES: Final = {".png": "image/png", ".html": "text/html", ".csv": "text/csv"}


class Drawn(NamedTuple):
    """A file that is drawn when asked for; equal drawings have the same digest."""

    path: str
    media_type: str
    digest: str
    drawing: AnyDrawing
    execution_id: str


def list_drawn(store: ReadStore, artifacts: Sequence[StoredArtifact]) -> list[Drawn]:
    """The files that can be drawn for a run with these artifacts, but for those it has already.

    What does not validate is left out: :func:`find_refusal` says why.
    """
    taken = {artifact.path for artifact in artifacts}
    found: dict[str, Drawn] = {}
    for artifact in artifacts:
        if artifact.media_type != DRAWINGS_TYPE:
            continue
        try:
            entries = _read_entries(store, artifact)
        except MltrackException:
            continue
        for name, raw in entries.items():
            for drawn in _files(name, raw, artifact.execution_id):
                if drawn.path not in taken:
                    found.setdefault(drawn.path, drawn)
    return list(found.values())


def find_refusal(store: ReadStore, artifacts: Sequence[StoredArtifact], path: str) -> str:
    """Why the file of this path cannot be drawn; empty when nobody says that it can."""
    for artifact in artifacts:
        if artifact.media_type != DRAWINGS_TYPE:
            continue
        try:
            entries = _read_entries(store, artifact)
        except InvalidParameterValue as error:
            return error.message
        if path in entries:
            try:
                parse_drawing(path, bytes(entries[path]))
            except InvalidParameterValue as error:
                return error.message
    return ""


def parse_drawing(name: str, content: bytes) -> AnyDrawing:
    """The drawing of a name, from its JSON.

    Raises
    ------
    InvalidParameterValue
        The name cannot be a file of this kind, or the JSON is not what the kind asks for.
    """
    try:
        drawing: AnyDrawing = msgspec.json.decode(content, type=AnyDrawing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParameterValue(f"{name[:80]!r} cannot be drawn: {error}.") from None
    wanted = ".html" if isinstance(drawing, EstimatorTree) else ".png"
    if not _is_plain(name) or not name.endswith(wanted):
        raise InvalidParameterValue(f"{name[:80]!r} is no name for this drawing.")
    if isinstance(drawing, EstimatorTree) and _count(drawing.root, 0) > MAX_PARTS:
        raise InvalidParameterValue(f"{name[:80]!r} cannot be drawn: it has too many parts.")
    return drawing


def _read_entries(store: ReadStore, artifact: StoredArtifact) -> dict[str, msgspec.Raw]:
    if artifact.size > MAX_FILE_BYTES:
        raise InvalidParameterValue(
            f"{artifact.path!r} has {artifact.size:,} bytes; at most {MAX_FILE_BYTES:,} are drawn."
        )
    content = store.read_blob(artifact.digest)
    try:
        entries = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidParameterValue(f"{artifact.path!r} holds no drawings: {error}.") from None
    if len(entries) > MAX_DRAWINGS:
        raise InvalidParameterValue(f"{artifact.path!r} has more than {MAX_DRAWINGS} drawings.")
    return entries


def _files(name: str, raw: msgspec.Raw, execution_id: str) -> Iterator[Drawn]:
    content = bytes(raw)
    try:
        drawing = parse_drawing(name, content)
    except InvalidParameterValue:
        return
    paths = [name]
    if isinstance(drawing, (Bars, Heat)):
        paths.append(f"{name.removesuffix('.png')}.csv")
    for path in paths:
        media_type = MEDIA_TYPES[PurePosixPath(path).suffix]
        yield Drawn(path, media_type, _digest(path, content), drawing, execution_id)


def _digest(path: str, content: bytes) -> str:
    suffix = PurePosixPath(path).suffix
    head = f"drawing {STYLE_VERSION} {suffix}\0".encode()
    return hashlib.sha256(head + content).hexdigest()


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    is_short = 0 < len(name) <= 250
    return is_short and name.isprintable() and not {"", ".", ".."} & set(parts) and "\\" not in name


def _count(part: EstimatorPart, depth: int) -> int:
    if depth > MAX_DEPTH:
        return MAX_PARTS + 1
    return 1 + sum(_count(inner, depth + 1) for inner in part.parts)
