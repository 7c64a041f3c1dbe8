"""Where runs are from, and what cells made."""

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.query.lineage import get_cell_lineage, get_lineage
from jupyter_mltrack.server.base import PanelHandler


class LineageHandler(PanelHandler):
    """The cells behind one run."""

    @authenticated
    @authorized
    async def get(self, run_id: str) -> None:
        """Answer a LineageView: cells, what each made, which were needed, the certificate."""
        self.answer(await self.call(get_lineage, run_id))


class CellLineageHandler(PanelHandler):
    """What one cell execution made."""

    @authenticated
    @authorized
    async def get(self, execution_id: str) -> None:
        """Answer a CellLineageView."""
        self.answer(await self.call(get_cell_lineage, execution_id))
