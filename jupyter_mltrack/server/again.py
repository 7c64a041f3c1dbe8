"""Runs made again: reruns and verifications, which are jobs."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from jupyter_mltrack.entities.rerun_views import JobsView
from jupyter_mltrack.server.base import PanelHandler
from jupyter_mltrack.server.jobs import SETTING, Jobs
from jupyter_mltrack.server.requests import Name

if TYPE_CHECKING:
    from jupyter_mltrack.projects.metrics import Tolerance
    from jupyter_mltrack.store.contract import Store

F = TypeVar("F", bound=Callable[..., Any])

MAX_SECONDS: Final = 30 * 86_400.0

may_execute: Callable[[F], F] = authorized(action="execute", resource="kernels")
"""Who may not run code in kernels may not rerun a notebook either."""

Value = bool | int | float | str | None
Positive = Annotated[float, msgspec.Meta(gt=0, le=MAX_SECONDS)]
Distance = Annotated[float, msgspec.Meta(ge=0)]


class RerunWish(msgspec.Struct, frozen=True):
    """How to rerun: values by name (text is read as Python), and after how many seconds to end."""

    parameters: dict[Name, Value] = {}
    timeout: Positive | None = None


class VerifyWish(msgspec.Struct, frozen=True):
    """How to verify, as of ``projects.verify.verify_run``; ``env``: with recorded packages."""

    rtol: Distance | None = None
    atol: Distance = 0.0
    tolerances: dict[Name, Distance] = {}
    times: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1
    env: bool = False
    timeout: Positive | None = None


class _JobsHandler(PanelHandler):
    @property
    def jobs(self) -> Jobs:
        """The jobs of this server."""
        jobs: Jobs = self.settings[SETTING]
        return jobs


class RerunHandler(_JobsHandler):
    """A run, executed once more."""

    @authenticated
    @authorized
    @may_execute
    async def post(self, run_id: str) -> None:
        """Begin a rerun; answer its JobView at once."""
        from jupyter_mltrack.projects.rerun import rerun_run

        wish = self.decode(RerunWish)
        await self.call(_check_notebook, run_id, wish.parameters)
        view = self.jobs.submit(
            "rerun",
            run_id,
            lambda store, report, cancel: rerun_run(
                store,
                run_id,
                wish.parameters,
                timeout=wish.timeout,
                report=report,
                cancel=cancel,
            ),
        )
        self.set_status(202)
        self.answer(view)


class VerifyHandler(_JobsHandler):
    """A run, executed once more and compared."""

    @authenticated
    @authorized
    @may_execute
    async def post(self, run_id: str) -> None:
        """Begin a verification; answer its JobView at once."""
        from jupyter_mltrack.projects.metrics import DEFAULT_RTOL, Tolerance
        from jupyter_mltrack.projects.verify import verify_run

        wish = self.decode(VerifyWish)
        rtol = DEFAULT_RTOL if wish.rtol is None else wish.rtol
        tolerance = Tolerance(rtol=rtol, atol=wish.atol, by_metric=wish.tolerances)
        await self.call(_check_notebook, run_id, {})
        await self.call(_check_tolerance, run_id, tolerance)
        view = self.jobs.submit(
            "verify",
            run_id,
            lambda store, report, cancel: verify_run(
                store,
                run_id,
                tolerance=tolerance,
                times=wish.times,
                fresh_environment=wish.env,
                timeout=wish.timeout,
                report=report,
                cancel=cancel,
            ),
        )
        self.set_status(202)
        self.answer(view)


class JobListHandler(_JobsHandler):
    """The jobs of this server."""

    @authenticated
    @authorized
    async def get(self) -> None:
        """Answer a JobsView."""
        self.answer(JobsView(jobs=self.jobs.list_jobs()))


class JobHandler(_JobsHandler):
    """One job."""

    @authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Answer its JobView."""
        self.answer(self.jobs.get_job(job_id))

    @authenticated
    @authorized
    async def delete(self, job_id: str) -> None:
        """Cancel it; answer its JobView."""
        self.answer(self.jobs.cancel_job(job_id))


def _check_notebook(store: "Store", run_id: str, parameters: Mapping[str, object]) -> None:
    from jupyter_mltrack.query.export import export_notebook

    export_notebook(store, run_id, parameters=parameters, outputs=False)


def _check_tolerance(store: "Store", run_id: str, tolerance: "Tolerance") -> None:
    tolerance.check(store.get_run(run_id).data.summaries)
