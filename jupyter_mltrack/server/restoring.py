"""Notebooks of runs restored through the server's contents manager."""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from tornado.web import HTTPError, authenticated

from jupyter_mltrack.entities.rerun_views import RestoredView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.requests import Directory

if TYPE_CHECKING:
    from jupyter_mltrack.entities import Run
    from jupyter_mltrack.store.contract import Store


class RestoreWish(msgspec.Struct, frozen=True):
    """Where a notebook goes: a directory (beside the original unless given), or in its place.

    ``undo`` brings back what the run's notebook was before it was restored in place last, with
    ``force`` even if it was changed since.
    """

    directory: Directory | None = None
    in_place: bool = False
    undo: bool = False
    force: bool = False


class RestoreNotebookHandler(PanelHandler):
    """The notebook of a run as it stood, as a file again."""

    @property
    def contents(self) -> Any:
        """The server's contents manager, which may not be a file system."""
        return self.contents_manager

    @authenticated
    @authorized
    async def post(self, run_id: str) -> None:
        """Write it through the contents manager; answer a RestoredView."""
        wish = self.decode(RestoreWish)
        if wish.undo:
            run = await self.call(_get_run, run_id)
            self.answer(await self._undo(run, force=wish.force))
            return
        run, name, content, notes = await self.call(_get_stood, run_id)
        if wish.in_place:
            path = await self._present_path(run)
            before = await self._replace(run_id, path, content)
            view = RestoredView(run_id=run_id, path=path, in_place=True, before=before, notes=notes)
        else:
            path = await self._write_copy(run, name, content, wish.directory)
            view = RestoredView(run_id=run_id, path=path, in_place=False, before="", notes=notes)
        self.answer(view)

    async def _write_copy(
        self, run: "Run", name: str, content: bytes, directory: str | None
    ) -> str:
        place = directory
        if place is None:
            parent = str(PurePosixPath(self._path_below_root(run)).parent)
            is_there = await ensure_async(self.contents.dir_exists(parent))
            place = parent if is_there and parent != "." else ""
        place = place.strip("/")
        if not await ensure_async(self.contents.dir_exists(place)):
            raise ResourceDoesNotExist(f"There is no directory {place!r} below the server's root.")
        free = await ensure_async(self.contents.increment_filename(name, place, insert="-"))
        path = f"{place}/{free}".lstrip("/")
        await self._save(path, content)
        return path

    async def _undo(self, run: "Run", *, force: bool) -> RestoredView:
        path = self._path_below_root(run)
        owner, content, after = await self.call(_get_before, self._local_path(path))
        before = ""
        if await ensure_async(self.contents.file_exists(path)):
            before = await self._replace(owner, path, content, expected="" if force else after)
        else:
            await self._save(path, content)
        return RestoredView(run_id=owner, path=path, in_place=True, before=before, notes=[])

    async def _replace(self, run_id: str, path: str, content: bytes, *, expected: str = "") -> str:
        """Keep what is there, then write over it; the artifact that has what was there."""
        present = await self._read(path)
        local = self._local_path(path)
        before = await self.call(_keep_before, run_id, local, present, content, expected)
        if await self._read(path) != present:
            raise InvalidParameterValue(
                f"{path} was changed while it was restored; nothing was written. Try again."
            )
        await self._save(path, content)
        return before

    async def _present_path(self, run: "Run") -> str:
        path = self._path_below_root(run)
        if not path or not await ensure_async(self.contents.file_exists(path)):
            raise ResourceDoesNotExist(
                f"{path or 'The notebook of this run'} is not below the server's root, so that "
                "nothing can be restored in its place; a copy can."
            )
        return path

    async def _read(self, path: str) -> bytes:
        model = await ensure_async(
            self.contents.get(path, content=True, type="file", format="text")
        )
        if not model.get("writable", True):
            raise InvalidParameterValue(f"{path} is read-only; nothing was written.")
        text: str = model["content"]
        return text.encode()

    async def _save(self, path: str, content: bytes) -> None:
        # As text, so that the bytes are those that are remembered.
        model = {"type": "file", "format": "text", "content": content.decode()}
        try:
            await ensure_async(self.contents.save(model, path))
        except (OSError, HTTPError) as error:
            raise InvalidParameterValue(f"Cannot write {path}: {error}") from error

    def _path_below_root(self, run: "Run") -> str:
        """The run's notebook as the contents manager names it; empty when it is not below it."""
        path = PurePosixPath(run.info.notebook_path)
        root = self.settings.get("server_root_dir")
        if path.is_absolute() and root:
            base = Path(root).expanduser().resolve()
            path = path.relative_to(base) if path.is_relative_to(base) else PurePosixPath("")
        is_inside = not path.is_absolute() and ".." not in path.parts and path.suffix == ".ipynb"
        return path.as_posix() if is_inside else ""

    def _local_path(self, path: str) -> str:
        """The file's name on this machine, by which a terminal finds what was restored."""
        root = getattr(self.contents, "root_dir", "")
        return str((Path(root).expanduser() / path).resolve()) if root else f"contents:/{path}"


def _get_run(store: "Store", run_id: str) -> "Run":
    return store.get_run(run_id)


def _get_stood(store: "Store", run_id: str) -> "tuple[Run, str, bytes, list[str]]":
    from jupyter_mltrack.projects.restore import copy_name, to_bytes
    from jupyter_mltrack.query.export import export_notebook
    from jupyter_mltrack.query.export.notebook import list_notes

    run = store.get_run(run_id)
    notebook = export_notebook(store, run_id, kind="stood")
    return run, copy_name(run), to_bytes(notebook), list_notes(notebook)


def _get_before(store: "Store", path: str) -> tuple[str, bytes, str]:
    from jupyter_mltrack.projects.restore import find_snapshot, read_before

    run_id, snapshot = find_snapshot(store, path)
    return run_id, read_before(store, run_id, snapshot), snapshot.after


def _keep_before(
    store: "Store", run_id: str, path: str, present: bytes, content: bytes, expected: str
) -> str:
    from jupyter_mltrack.projects.restore import digest, keep_before

    if expected and digest(present) != expected:
        raise InvalidParameterValue(
            f"{path} was changed since it was restored. With force these changes are put aside "
            "(they are kept) and what was there before comes back."
        )
    return keep_before(store, run_id, path, present, content)
