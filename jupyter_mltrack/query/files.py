"""The files of a run as they are read: those it has, and those drawn when they are asked for."""

import base64
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from jupyter_mltrack.entities.drawings import EstimatorPart, EstimatorTree
from jupyter_mltrack.entities.views import ArtifactView, PlotView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.drawings import Drawn, find_refusal, list_drawn, read_drawn
from jupyter_mltrack.store.contract import ReadStore, StoredArtifact

MAX_STRIP: Final = 6
MAX_STRIP_BYTES: Final = 600_000
"""Of all pictures in one output; the notebook's file keeps them."""


class RunFiles(NamedTuple):
    """What a run logged, and what can be drawn from it."""

    stored: list[StoredArtifact]
    drawn: list[Drawn]

    def to_artifact_views(self) -> list[ArtifactView]:
        """All of them by path; the size of a drawn one is not known before it is drawn."""
        views = [
            ArtifactView(path=one.path, size=one.size, media_type=one.media_type, digest=one.digest)
            for one in self.stored
        ]
        views += [
            ArtifactView(
                path=one.path, size=0, media_type=one.media_type, digest=one.digest, drawn=True
            )
            for one in self.drawn
        ]
        return sorted(views, key=lambda view: view.path)

    def to_plot_views(self) -> list[PlotView]:
        """The pictures: those that are drawn, then those that were logged."""
        return [
            PlotView(
                digest=one.digest,
                media_type=one.media_type,
                title=one.path,
                artifact_path=one.path,
                execution_id=one.execution_id,
                drawn=isinstance(one, Drawn),
            )
            for one in self.list_all()
            if one.media_type.startswith("image/")
        ]

    def find(self, path: str) -> "StoredArtifact | Drawn | None":
        """The file of exactly this path."""
        return next((one for one in self.list_all() if one.path == path), None)

    def list_all(self) -> list["StoredArtifact | Drawn"]:
        """All of them: those that are drawn, then those that were logged."""
        return [*self.drawn, *self.stored]

    def find_estimator(self) -> EstimatorPart | None:
        """What the run fitted, as a tree."""
        for one in self.drawn:
            if isinstance(one.drawing, EstimatorTree):
                return one.drawing.root
        return None


def list_files(store: ReadStore, run_id: str) -> RunFiles:
    """The files of a run; none for a run there is not."""
    stored = store.list_artifacts(run_id)
    return RunFiles(stored, list_drawn(store, stored))


def read_file(store: ReadStore, run_id: str, path: str) -> tuple[bytes, str]:
    """The bytes and media type of the file of exactly this path.

    The path is compared with those that were logged and never becomes one of a file system.

    Raises
    ------
    ResourceDoesNotExist
        The run has no such file.
    InvalidParameterValue
        The file would be drawn, but what it is drawn from is not valid.
    """
    files = list_files(store, run_id)
    found = files.find(path)
    if found is not None:
        return _read(store, found), found.media_type
    refusal = find_refusal(store, files.stored, path)
    if refusal:
        raise InvalidParameterValue(refusal)
    raise ResourceDoesNotExist(f"Run {run_id!r} has no artifact {path!r}.")


def read_strip(store: ReadStore, run_id: str) -> dict[str, str]:
    """The plots that are drawn of a run, as data URIs by name: the first, while they are small."""
    found: dict[str, str] = {}
    size = 0
    for drawn in list_files(store, run_id).drawn:
        if drawn.media_type != "image/png":
            continue
        try:
            content = read_drawn(drawn)
        except InvalidParameterValue:
            continue
        size += len(content)
        if size > MAX_STRIP_BYTES or len(found) == MAX_STRIP:
            break
        found[drawn.path] = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return found


def find_picture(store: ReadStore, run_id: str, digest: str) -> tuple[bytes, str] | None:
    """The bytes and media type of a picture that is drawn for a run; None if it is none of those.

    Raises
    ------
    InvalidParameterValue
        It cannot be drawn.
    """
    for drawn in list_files(store, run_id).drawn:
        if drawn.digest == digest and drawn.media_type.startswith("image/"):
            return read_drawn(drawn), drawn.media_type
    return None


def write_files(store: ReadStore, run_id: str, path: str, directory: str | Path) -> list[Path]:
    """Write the file of a path, or all below it, into a directory; returns where they are.

    Raises
    ------
    InvalidParameterValue
        A file is to be drawn and cannot be, or cannot be written below the directory.
    """
    files = list_files(store, run_id)
    root = Path(directory).expanduser().resolve()
    written: list[Path] = []
    for one in sorted(files.list_all(), key=lambda one: one.path):
        if path and one.path != path and not one.path.startswith(f"{path.rstrip('/')}/"):
            continue
        target = root.joinpath(*PurePosixPath(one.path).parts)
        if not target.resolve().is_relative_to(root):
            raise InvalidParameterValue(f"{one.path!r} would be written outside of {str(root)!r}.")
        content = _read(store, one)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as error:
            raise InvalidParameterValue(f"{one.path!r} cannot be written: {error}.") from error
        written.append(target)
    return written


def _read(store: ReadStore, file: "StoredArtifact | Drawn") -> bytes:
    return read_drawn(file) if isinstance(file, Drawn) else store.read_blob(file.digest)
