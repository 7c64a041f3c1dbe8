"""The store as a whole: status, sessions, experiments."""

import functools
from importlib import metadata
from typing import Final

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.entities import ViewType
from jupyter_mltrack.entities.views import StoreView
from jupyter_mltrack.query.overview import get_store_view, list_experiments, list_sessions
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.store.contract import Store
from jupyter_mltrack.tracking.journals import measure_backlog

VIEWS: Final = {
    "active": ViewType.ACTIVE_ONLY,
    "deleted": ViewType.DELETED_ONLY,
    "all": ViewType.ALL,
}
"""How a query says which lifecycle stages it wants."""


def view_store(store: Store) -> StoreView:
    """The store as a whole, with what waits in this machine's journals."""
    return get_store_view(store, _installed_version(), measure_backlog(store))


class StatusHandler(PanelHandler):
    """What the store is and how much is in it."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a StoreView."""
        self.answer(await self.call(view_store))


class SessionsHandler(PanelHandler):
    """Kernels with tracking on, or which had it on."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer SessionViews, newest first; ``kernel_id`` narrows."""
        kernel_id = self.get_query_argument("kernel_id", "") or None
        self.answer(await self.call(list_sessions, kernel_id))


class ExperimentsHandler(PanelHandler):
    """All experiments."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer ExperimentViews."""
        self.answer(await self.call(list_experiments, self.read_choice("view", VIEWS)))


@functools.cache
def _installed_version() -> str:
    try:
        return metadata.version("jupyter_mltrack")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return ""
