"""Notebooks as they ran: to look at, and written out as files."""

from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.entities.views import ExportView, NotebookView
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.export import export_notebook, notebook_name
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.requests import ExportTarget

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


class NotebookHandler(PanelHandler):
    """The notebook of a run."""

    @authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer a NotebookView."""
        self.answer(await self.call(_get_notebook, run_id))


class ExportHandler(PanelHandler):
    """The notebook of a run as a file."""

    @authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        """Write a new file into the directory; answer an ExportView."""
        directory = self.decode(ExportTarget).directory.strip("/")
        view = await self.call(_get_notebook, run_id)
        path = await write_notebook(self.contents_manager, directory, view.name, view.notebook)
        self.answer(ExportView(run_id=run_id, path=path))


async def write_notebook(manager: Any, directory: str, name: str, notebook: dict[str, Any]) -> str:
    """Write through the server's contents manager, which may not be a file system.

    Returns the path; a name that is taken gets a number, so nothing is overwritten.
    """
    if not await ensure_async(manager.dir_exists(directory)):
        raise ResourceDoesNotExist(f"There is no directory {directory!r} below the server's root.")
    free = await ensure_async(manager.increment_filename(name, directory, insert="-"))
    path = f"{directory}/{free}".lstrip("/")
    model = {"type": "notebook", "format": "json", "content": notebook}
    await ensure_async(manager.save(model, path))
    return path


def _get_notebook(store: "Store", run_id: str) -> NotebookView:
    notebook = export_notebook(store, run_id)
    return NotebookView(run_id=run_id, name=notebook_name(store, run_id), notebook=notebook)
