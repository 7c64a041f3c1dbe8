"""The one table of paths below ``<base_url>mltrack/api/``, in the order they are tried."""

import re
from typing import Final

from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from jupyter_mltrack.server.again import (
    JobHandler,
    JobListHandler,
    RerunHandler,
    VerifyHandler,
)
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.changes import ChangesHandler
from jupyter_mltrack.server.diffs import DiffHandler
from jupyter_mltrack.server.experiments import ExperimentsHandler, SessionsHandler, StatusHandler
from jupyter_mltrack.server.files import ArtifactHandler, PlotHandler
from jupyter_mltrack.server.lineage import CellLineageHandler, LineageHandler
from jupyter_mltrack.server.notebooks import ExportHandler, NotebookHandler
from jupyter_mltrack.server.restoring import RestoreNotebookHandler
from jupyter_mltrack.server.runs import (
    CompareHandler,
    DeleteHandler,
    RestoreHandler,
    RunHandler,
    RunsByIdHandler,
    RunsHandler,
    SeriesHandler,
)


class UnknownHandler(PanelHandler):
    """Whatever is not in the table, by any verb."""

    async def prepare(self) -> None:  # type: ignore[override]
        """Answer 404 to those who may know."""
        await super().prepare()
        raise HTTPError(404, f"There is no {self.request.method} {self.request.path!r} here.")


ROUTES: Final[tuple[tuple[str, type[PanelHandler]], ...]] = (
    ("status", StatusHandler),
    ("sessions", SessionsHandler),
    ("experiments", ExperimentsHandler),
    ("changes", ChangesHandler),
    ("compare", CompareHandler),
    ("diff", DiffHandler),
    ("runs", RunsHandler),
    ("runs/query", RunsByIdHandler),
    ("runs/delete", DeleteHandler),
    ("runs/restore", RestoreHandler),
    ("runs/([^/]+)", RunHandler),
    ("runs/([^/]+)/series", SeriesHandler),
    ("runs/([^/]+)/lineage", LineageHandler),
    ("cells/([^/]+)/lineage", CellLineageHandler),
    ("runs/([^/]+)/notebook", NotebookHandler),
    ("runs/([^/]+)/export", ExportHandler),
    ("runs/([^/]+)/rerun", RerunHandler),
    ("runs/([^/]+)/verify", VerifyHandler),
    ("runs/([^/]+)/restore", RestoreNotebookHandler),
    ("jobs", JobListHandler),
    ("jobs/([^/]+)", JobHandler),
    ("runs/([^/]+)/artifacts/(.+)", ArtifactHandler),
    ("runs/([^/]+)/plots/([^/]+)", PlotHandler),
    ("(.*)", UnknownHandler),
)
"""What follows the root, and its handler."""


def make_rules(base_url: str) -> list[tuple[str, type[PanelHandler]]]:
    """Return the table as Tornado's rules for a server at ``base_url``."""
    root = re.escape(url_path_join(base_url, "mltrack", "api"))
    return [(root, UnknownHandler)] + [
        (f"{root}/{pattern}", handler) for pattern, handler in ROUTES
    ]
