"""Notebooks as they ran: to look at, and written out as files."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.entities.views import ExportView, NotebookView
from jupyter_mltrack.errors import ResourceDoesNotExist
from jupyter_mltrack.query.export import export_notebook, notebook_name
from jupyter_mltrack.query.export.script import to_script
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.requests import ExportTarget

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store


class NotebookHandler(PanelHandler):
    """The notebook of a run."""

    @authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer a NotebookView; ``kind`` is order or stood, ``parameter`` a ``name=value``."""
        kind = self.read_choice("kind", {"order": "order", "stood": "stood"})
        pairs = [text.partition("=") for text in self.get_query_arguments("parameter")]
        parameters = {name: value for name, _, value in pairs}
        self.answer(await self.call(_get_notebook, run_id, kind, parameters))


class ExportHandler(PanelHandler):
    """The notebook of a run as a file."""

    @authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        """Write a new file into the directory; answer an ExportView."""
        target = self.decode(ExportTarget)
        directory = target.directory.strip("/")
        kind = "order" if target.kind == "script" else target.kind
        view = await self.call(_get_notebook, run_id, kind, target.parameters)
        if target.kind == "script":
            name = view.name.removesuffix(".ipynb") + ".py"
            script = await self.call(lambda _: to_script(view.notebook))
            path = await write_text(self.contents_manager, directory, name, script)
        else:
            path = await write_notebook(self.contents_manager, directory, view.name, view.notebook)
        self.answer(ExportView(run_id=run_id, path=path))


async def write_notebook(manager: Any, directory: str, name: str, notebook: dict[str, Any]) -> str:
    """Write a notebook; returns its path."""
    model = {"type": "notebook", "format": "json", "content": notebook}
    return await _write(manager, directory, name, model)


async def write_text(manager: Any, directory: str, name: str, text: str) -> str:
    """Write a text file; returns its path."""
    model = {"type": "file", "format": "text", "content": text}
    return await _write(manager, directory, name, model)


async def _write(manager: Any, directory: str, name: str, model: dict[str, Any]) -> str:
    """Write through the server's contents manager, which may not be a file system.

    Returns the path; a name that is taken gets a number, so nothing is overwritten.
    """
    if not await ensure_async(manager.dir_exists(directory)):
        raise ResourceDoesNotExist(f"There is no directory {directory!r} below the server's root.")
    free = await ensure_async(manager.increment_filename(name, directory, insert="-"))
    path = f"{directory}/{free}".lstrip("/")
    await ensure_async(manager.save(model, path))
    return path


def _get_notebook(
    store: "Store", run_id: str, kind: str, parameters: Mapping[str, object]
) -> NotebookView:
    notebook = export_notebook(store, run_id, kind=kind, parameters=parameters)
    name = notebook_name(store, run_id, kind=kind)
    return NotebookView(run_id=run_id, name=name, notebook=notebook)
