"""The files of a run as they are read: those it has, and those drawn when they are asked for."""

from collections.abc import Sequence
from typing import NamedTuple

from jupyter_mltrack.entities.drawings import EstimatorPart, EstimatorTree
from jupyter_mltrack.entities.views import ArtifactView, PlotView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.drawings import Drawn, find_refusal, list_drawn, read_drawn
from jupyter_mltrack.store.contract import ReadStore, StoredArtifact


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
        pictures: Sequence[Drawn | StoredArtifact] = [*self.drawn, *self.stored]
        return [
            PlotView(
                digest=one.digest,
                media_type=one.media_type,
                title=one.path,
                artifact_path=one.path,
                execution_id=one.execution_id,
            )
            for one in pictures
            if one.media_type.startswith("image/")
        ]

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
    for artifact in files.stored:
        if artifact.path == path:
            return store.read_blob(artifact.digest), artifact.media_type
    for drawn in files.drawn:
        if drawn.path == path:
            return read_drawn(drawn), drawn.media_type
    refusal = find_refusal(store, files.stored, path)
    if refusal:
        raise InvalidParameterValue(refusal)
    raise ResourceDoesNotExist(f"Run {run_id!r} has no artifact {path!r}.")


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
