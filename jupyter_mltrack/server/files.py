"""Bytes of runs: artifacts and plots. What a run logged is never trusted to be harmless."""

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.files import find_picture, read_file
from jupyter_mltrack.query.runs import get_run_plots
from jupyter_mltrack.server.base import PanelHandler

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

INLINE: Final = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "text/plain": "text/plain; charset=utf-8",
}
"""Types a browser may show as a page; none of them runs anything."""

NAMED: Final = {
    # An <img> draws an attachment too, without running its scripts.
    "image/svg+xml": "image/svg+xml",
    "application/json": "application/json",
    "text/csv": "text/csv; charset=utf-8",
    "text/markdown": "text/markdown; charset=utf-8",
    "application/pdf": "application/pdf",
}
"""Types that keep their name but are downloaded; all others are sent as plain bytes."""

_UNKNOWN: Final = "application/octet-stream"


class FileHandler(PanelHandler):
    """Base of the handlers that send bytes."""

    @property
    def content_security_policy(self) -> str:
        """Give what we send an origin of its own, without scripts, forms or plug-ins."""
        return f"{super().content_security_policy}; sandbox"

    def send(self, content: bytes, media_type: str, name: str) -> None:
        """Finish with bytes, to be shown only when the type is on the short list."""
        media_type = media_type.partition(";")[0].strip().lower()
        disposition = "inline" if media_type in INLINE else "attachment"
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Disposition", f"{disposition}; filename*=UTF-8''{quote(name, '')}")
        content_type = INLINE.get(media_type) or NAMED.get(media_type) or _UNKNOWN
        self.finish(content, set_content_type=content_type)


class ArtifactHandler(FileHandler):
    """A file of a run."""

    @authenticated
    @authorized
    async def get(self, run_id: str, path: str) -> None:
        """Answer the bytes of the artifact of exactly this path."""
        content, media_type = await self.call(read_file, run_id, path)
        self.send(content, media_type, PurePosixPath(path).name)


class PlotHandler(FileHandler):
    """A picture of a run."""

    @authenticated
    @authorized
    async def get(self, run_id: str, digest: str) -> None:
        """Answer the bytes of the picture, which never change."""
        content, media_type = await self.call(_read_plot, run_id, digest)
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.send(content, media_type, digest)


def _read_plot(store: "Store", run_id: str, digest: str) -> tuple[bytes, str]:
    drawn = find_picture(store, run_id, digest)
    if drawn is not None:
        return drawn
    for plot in get_run_plots(store, run_id):
        if plot.digest == digest:
            return store.read_blob(digest), plot.media_type
    raise ResourceDoesNotExist(f"Run {run_id!r} has no plot {digest!r}.")
