"""Runs: lists, one run, changes to runs, comparison."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.entities.views import RunView
from jupyter_mltrack.errors import InvalidParameterValue, ResourceDoesNotExist
from jupyter_mltrack.query.compare import compare_runs
from jupyter_mltrack.query.runs import get_run_detail, get_run_views, search_run_views
from jupyter_mltrack.query.series import get_series
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.experiments import VIEWS
from jupyter_mltrack.server.requests import ComparedRuns, RunIds, RunPatch

if TYPE_CHECKING:
    from jupyter_mltrack.store.contract import Store

MAX_PAGE: Final = 1000
MAX_POINTS: Final = 10_000


class RunsHandler(PanelHandler):
    """A page of runs."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a RunPage; ``experiment_id`` and ``order_by`` may be given more than once."""
        page = await self.call(
            search_run_views,
            filter_string=self.get_query_argument("filter", ""),
            order_by=self.get_query_arguments("order_by"),
            experiment_ids=self.get_query_arguments("experiment_id") or None,
            notebook=self._notebook_names(),
            max_results=self.read_int("max_results", 200, 1, MAX_PAGE),
            page_token=self.get_query_argument("page_token", "") or None,
            view=self.read_choice("view", VIEWS),
        )
        self.answer(page)

    def _notebook_names(self) -> list[str] | None:
        # A kernel of this server says the path below the server's root; one started elsewhere
        # (nbclient, a terminal) knows only the whole path.
        path = self.get_query_argument("notebook", "")
        if not path:
            return None
        root = self.settings.get("server_root_dir")
        return [path, str(Path(root).expanduser() / path)] if root else [path]


class RunsByIdHandler(PanelHandler):
    """Some runs, by id."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer RunViews of those that exist."""
        self.answer(await self.call(get_run_views, self.decode(RunIds).run_ids))


class DeleteHandler(PanelHandler):
    """The way into the trash."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Delete runs and their children; answer the ids of all that were deleted."""
        self.answer({"run_ids": await self.call(_delete, self.decode(RunIds).run_ids)})


class RestoreHandler(PanelHandler):
    """The way out of the trash."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Restore runs; answer the ids of all that were restored."""
        self.answer({"run_ids": await self.call(_restore, self.decode(RunIds).run_ids)})


class RunHandler(PanelHandler):
    """One run."""

    @authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer a RunDetail."""
        self.answer(await self.call(get_run_detail, run_id))

    @authenticated
    @authorized
    async def patch(self, run_id: str) -> None:
        """Rename the run, set and take away tags; answer its RunView."""
        self.answer(await self.call(_patch, run_id, self.decode(RunPatch)))


class SeriesHandler(PanelHandler):
    """The points of one metric."""

    @authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer a SeriesView of at most ``max_points`` points."""
        key = self.get_query_argument("key", "", strip=False)
        if not key:
            raise InvalidParameterValue("key is missing; give the name of a metric.")
        points = self.read_int("max_points", 1000, 2, MAX_POINTS)
        self.answer(await self.call(get_series, run_id, key, points))


class CompareHandler(PanelHandler):
    """Runs side by side."""

    @authenticated
    @authorized
    async def post(self) -> None:
        """Answer a Comparison."""
        self.answer(await self.call(compare_runs, self.decode(ComparedRuns).run_ids))


def _delete(store: "Store", run_ids: list[str]) -> list[str]:
    return store.delete_runs(run_ids)


def _restore(store: "Store", run_ids: list[str]) -> list[str]:
    return store.restore_runs(run_ids)


def _patch(store: "Store", run_id: str, patch: RunPatch) -> RunView:
    if patch.name is not msgspec.UNSET:
        store.rename_run(run_id, patch.name)
    if patch.tags:
        store.set_run_tags(run_id, patch.tags)
    views = get_run_views(store, [run_id])
    if not views:
        raise ResourceDoesNotExist(f"There is no run {run_id!r}.")
    return views[0]
