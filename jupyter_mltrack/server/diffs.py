"""Two runs beside each other."""

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.projects.present import diff_with_present
from jupyter_mltrack.query.diff import diff_runs
from jupyter_mltrack.server.base import PanelHandler


class DiffHandler(PanelHandler):
    """What changed between two runs, or from one to its notebook's file."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a RunDiff of ``base`` and ``run``; without ``run``, of the notebook as saved."""
        base = self.get_query_argument("base")
        run = self.get_query_argument("run", "")
        if run:
            self.answer(await self.call(diff_runs, base, run))
        else:
            self.answer(await self.call(diff_with_present, base))
