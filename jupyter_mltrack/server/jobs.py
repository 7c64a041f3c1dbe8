"""Reruns and verifications of a server: two at a time, the others wait; they end with the server.

Each is a thread here and a kernel of its own; what it has to say is asked for.
"""

import atexit
import queue
import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from jupyter_mltrack.entities.rerun_views import JobView, RerunView, VerificationView
from jupyter_mltrack.errors import MltrackException, ResourceDoesNotExist

if TYPE_CHECKING:
    import logging

    from jupyter_mltrack.projects.kernel import Progress, Report
    from jupyter_mltrack.store.contract import Store

    Work = Callable[[Store, Report, threading.Event], RerunView | VerificationView]

SETTING: Final = "mltrack_jobs"
"""Where the server's settings keep the jobs."""

MAX_RUNNING: Final = 2
MAX_WAITING: Final = 50
MAX_KEPT: Final = 200
STOP_SECONDS: Final = 8.0

QUEUED: Final = "queued"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"


class TooManyJobs(MltrackException):
    """More wait than will be done soon."""

    error_code = "REQUEST_LIMIT_EXCEEDED"


class _Job:
    """A job and what is known of it; its view is replaced as a whole, so any thread may read it."""

    def __init__(self, view: JobView, work: "Work") -> None:
        self.view = view
        self.work = work
        self.cancel = threading.Event()

    def change(self, **facts: Any) -> None:
        self.view = msgspec.structs.replace(self.view, **facts)

    def report(self, progress: "Progress") -> None:
        self.change(cell=progress.cell, cells=progress.cells, message=progress.message)


class Jobs:
    """The jobs of one server."""

    def __init__(self, store_uri: str, log: "logging.Logger") -> None:
        self._store_uri = store_uri
        self._log = log
        self._jobs: dict[str, _Job] = {}
        self._waiting: queue.Queue[_Job | None] = queue.Queue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._is_closed = False
        atexit.register(self.close)

    def submit(self, kind: str, run_id: str, work: "Work") -> JobView:
        """Take a job; it begins when fewer than two others run.

        Raises
        ------
        TooManyJobs
            Fifty wait already.
        """
        view = JobView(
            job_id=uuid.uuid4().hex,
            kind=kind,
            run_id=run_id,
            state=QUEUED,
            cell=0,
            cells=0,
            message="",
            start_time=_now(),
            end_time=None,
            rerun=None,
            verification=None,
        )
        job = _Job(view, work)
        with self._lock:
            self._check_room()
            self._jobs[view.job_id] = job
            self._forget_old()
            self._waiting.put(job)
            if len(self._threads) < MAX_RUNNING:
                # Daemons: a server that exits does not wait for them, and their kernels follow it.
                name = f"mltrack-job-{len(self._threads) + 1}"
                thread = threading.Thread(target=self._run_jobs, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        return view

    def list_jobs(self) -> list[JobView]:
        """All that are remembered, the newest first."""
        return [job.view for job in reversed(list(self._jobs.values()))]

    def get_job(self, job_id: str) -> JobView:
        """A job by its id; raises ResourceDoesNotExist."""
        return self._get(job_id).view

    def cancel_job(self, job_id: str) -> JobView:
        """Cancel a job, whether it waits or runs; one that is over stays as it is."""
        job = self._get(job_id)
        with self._lock:
            job.cancel.set()
            if job.view.state == QUEUED:
                job.change(state=CANCELLED, end_time=_now())
            elif job.view.state == RUNNING:
                job.change(message="being cancelled")
        return job.view

    def close(self) -> None:
        """Cancel everything and wait, not long, for the kernels to be gone."""
        with self._lock:
            self._is_closed = True
            for job in self._jobs.values():
                job.cancel.set()
            for _ in self._threads:
                self._waiting.put(None)
        deadline = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        atexit.unregister(self.close)

    def _get(self, job_id: str) -> _Job:
        job = self._jobs.get(job_id)
        if job is None:
            raise ResourceDoesNotExist(f"There is no job {job_id[:80]!r} on this server.")
        return job

    def _check_room(self) -> None:
        waiting = sum(job.view.state == QUEUED for job in self._jobs.values())
        if self._is_closed or waiting >= MAX_WAITING:
            raise TooManyJobs(f"{waiting} jobs wait already; try again when some are done.")

    def _forget_old(self) -> None:
        over = [key for key, job in self._jobs.items() if job.view.end_time is not None]
        for key in over[: max(0, len(self._jobs) - MAX_KEPT)]:
            del self._jobs[key]

    def _run_jobs(self) -> None:
        while (job := self._waiting.get()) is not None:
            with self._lock:
                begins = job.view.state == QUEUED and not job.cancel.is_set()
                if begins:
                    job.change(state=RUNNING)
            if begins:
                self._run(job)

    def _run(self, job: _Job) -> None:
        from jupyter_mltrack.store import open_store

        try:
            store = open_store(self._store_uri)
            try:
                result = job.work(store, job.report, job.cancel)
            finally:
                store.close()
            job.change(**_ended(result), end_time=_now())
        except MltrackException as error:
            state = CANCELLED if job.cancel.is_set() else FAILED
            job.change(state=state, message=error.message, end_time=_now())
        except Exception:  # noqa: BLE001 - told in the job, which nobody awaits
            self._log.exception("mltrack: job %s failed", job.view.job_id)
            told = "This job failed in the server; its log has the details."
            job.change(state=FAILED, message=told, end_time=_now())


def _ended(result: RerunView | VerificationView) -> dict[str, Any]:
    if isinstance(result, VerificationView):
        is_cancelled = result.reruns[-1].outcome == CANCELLED
        state = CANCELLED if is_cancelled else DONE
        return {"state": state, "message": result.summary, "verification": result}
    states = {"finished": DONE, "cancelled": CANCELLED}
    message = {"timeout": "The time was over."}.get(result.outcome, result.error[-2000:])
    return {"state": states.get(result.outcome, FAILED), "message": message, "rerun": result}


def _now() -> int:
    return time.time_ns() // 1_000_000
