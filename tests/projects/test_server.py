"""Jobs of the server, and notebooks restored through its contents manager."""

import asyncio
import json
import time
from pathlib import Path

import pytest
from jupyter_server.auth import Authorizer

from jupyter_mltrack.server.jobs import MAX_RUNNING
from tests.projects.worlds import Project, is_alive

# The server of tests/server, over the store of a project.
from tests.server.conftest import ask, fetch, jp_server_config, jp_serverapp  # noqa: F401

SLOW = (
    "import pathlib, os, time\n"
    "pathlib.Path('pid').write_text(str(os.getpid()))\n"
    "slow = pathlib.Path('slow').exists()\n"
    "with mltrack.start_run(run_name='slow'):\n"
    "    mltrack.log_metric('begun', 1)\n"
    "    time.sleep(100 if slow else 0)"
)


@pytest.fixture
def project(jp_root_dir: Path) -> Project:
    made = Project(jp_root_dir)
    made.execute("depth = 4", SLOW)
    (made.directory / "pid").unlink()
    return made


@pytest.fixture
def store_directory(project: Project) -> Path:
    return Path(project.store.uri.removeprefix("sqlite:///")).parent


async def finished(ask, job_id, *, seconds=120):  # noqa: F811
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = await ask(f"jobs/{job_id}")
        if job["end_time"] is not None:
            return job
        await asyncio.sleep(0.1)
    raise AssertionError(job)


async def test_a_rerun_is_a_job(project, ask, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    response = await fetch(f"runs/{run_id}/rerun", "POST", {"parameters": {"depth": 5}})
    assert response.code == 202
    begun = json.loads(response.body)
    assert (begun["kind"], begun["run_id"]) == ("rerun", run_id)
    job = await finished(ask, begun["job_id"])
    assert (job["state"], job["cell"], job["cells"]) == ("done", 3, 3)
    assert job["rerun"]["parameters"] == {"depth": "5"}
    again = project.store.get_run(job["rerun"]["new_run_id"])
    assert again.info.parent_run_id == run_id
    assert [one["job_id"] for one in (await ask("jobs"))["jobs"]] == [begun["job_id"]]


async def test_a_verification_is_a_job(project, ask, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    response = await fetch(f"runs/{run_id}/verify", "POST", {"rtol": 0.1})
    job = await finished(ask, json.loads(response.body)["job_id"])
    assert job["state"] == "done"
    assert job["message"] == "reproduced 1 of 1 metric"
    assert job["verification"]["verdict"] == "reproduced"
    assert (await ask(f"runs/{run_id}"))["run"]["tags"]["mltrack.verdict"] == "reproduced"


async def test_jobs_are_cancelled_and_no_more_than_two_run(project, ask, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    (project.directory / "slow").touch()
    ids = []
    for _ in range(MAX_RUNNING + 1):
        response = await fetch(f"runs/{run_id}/rerun", "POST", {})
        ids.append(json.loads(response.body)["job_id"])
    pid = project.directory / "pid"
    end = time.monotonic() + 60
    while not (pid.exists() and pid.read_text()) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    states = [(await ask(f"jobs/{job_id}"))["state"] for job_id in ids]
    assert states == ["running"] * MAX_RUNNING + ["queued"]
    waiting = await ask(f"jobs/{ids[-1]}", "DELETE")
    assert waiting["state"] == "cancelled"
    for job_id in ids[:-1]:
        await ask(f"jobs/{job_id}", "DELETE")
    jobs = [await finished(ask, job_id) for job_id in ids]
    assert [job["state"] for job in jobs] == ["cancelled"] * len(ids)
    assert not is_alive(int(pid.read_text()))
    statuses = {run.info.status for run in project.runs() if "rerun" in run.info.run_name}
    assert statuses <= {"KILLED"}
    over = await ask(f"jobs/{ids[0]}", "DELETE")
    assert over["state"] == "cancelled"


async def test_jobs_end_with_the_server(project, ask, fetch, jp_serverapp):  # noqa: F811
    (project.directory / "slow").touch()
    await fetch(f"runs/{project.run_id('slow')}/rerun", "POST", {})
    pid = project.directory / "pid"
    while not (pid.exists() and pid.read_text()):
        await asyncio.sleep(0.1)
    jobs = jp_serverapp.web_app.settings["mltrack_jobs"]
    await asyncio.to_thread(jobs.close)
    assert not is_alive(int(pid.read_text()))
    assert jobs.list_jobs()[0].state == "cancelled"
    response = await fetch(f"runs/{project.run_id('slow')}/rerun", "POST", {})
    assert response.code == 429


BAD_REQUESTS = [
    ("runs/{run}/rerun", "POST", {"parameters": {"dept": 3}}, 400),
    ("runs/{run}/rerun", "POST", {"parameters": {"depth": [1]}}, 400),
    ("runs/{run}/rerun", "POST", {"timeout": 0}, 400),
    ("runs/{run}/rerun", "POST", {"timeout": 1e300}, 400),
    ("runs/{run}/rerun", "POST", [], 400),
    ("runs/unknown/rerun", "POST", {}, 404),
    ("runs/unknown/verify", "POST", {}, 404),
    ("runs/{run}/verify", "POST", {"rtol": -1}, 400),
    ("runs/{run}/verify", "POST", {"times": 1000}, 400),
    ("runs/{run}/verify", "POST", {"tolerances": {"lack": 1}}, 400),
    ("jobs/unknown", "GET", None, 404),
    ("jobs/unknown", "DELETE", None, 404),
    ("runs/unknown/restore", "POST", {}, 404),
    ("runs/{run}/restore", "POST", {"directory": "../.."}, 404),
    ("runs/{run}/restore", "POST", {"directory": "nowhere"}, 404),
    ("runs/{run}/restore", "POST", {"undo": True}, 404),
]


async def test_bad_requests(project, fetch):  # noqa: F811
    for path, method, body, code in BAD_REQUESTS:
        response = await fetch(path.format(run=project.run_id("slow")), method, body)
        assert response.code == code, (path, body, response.body)
        assert set(json.loads(response.body)) == {"error_code", "message"}
    assert json.loads((await fetch("jobs")).body) == {"jobs": []}


class NoKernels(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "kernels"


@pytest.fixture
def no_kernels(jp_server_config):  # noqa: F811
    """A server whose users may write, and not execute."""
    jp_server_config["ServerApp"]["authorizer_class"] = NoKernels


async def test_who_may_not_execute_cannot_rerun(no_kernels, project, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    assert (await fetch(f"runs/{run_id}/rerun", "POST", {})).code == 403
    assert (await fetch(f"runs/{run_id}/verify", "POST", {})).code == 403
    assert (await fetch("jobs")).code == 200


async def test_restore_a_copy_in_place_and_back(project, ask, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    project.notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4}')
    present = project.notebook.read_bytes()
    copy = await ask(f"runs/{run_id}/restore", "POST", {})
    assert copy["path"] == f"project/study (restored {run_id[:8]}).ipynb"
    assert "depth = 4" in (project.directory.parent / copy["path"]).read_text()
    at_root = await ask(f"runs/{run_id}/restore", "POST", {"directory": ""})
    assert "/" not in at_root["path"]

    restored = await ask(f"runs/{run_id}/restore", "POST", {"in_place": True})
    assert (restored["path"], restored["in_place"]) == ("project/study.ipynb", True)
    assert "depth = 4" in project.notebook.read_text()
    kept = {one.path: one.digest for one in project.store.list_artifacts(run_id)}
    assert project.store.read_blob(kept[restored["before"]]) == present

    project.notebook.write_text("{}")
    refused = await fetch(f"runs/{run_id}/restore", "POST", {"undo": True})
    assert (refused.code, b"changed since" in refused.body) == (400, True)
    await ask(f"runs/{run_id}/restore", "POST", {"undo": True, "force": True})
    assert project.notebook.read_bytes() == present


async def test_a_notebook_that_is_gone_or_no_text_is_told(project, fetch):  # noqa: F811
    run_id = project.run_id("slow")
    project.notebook.write_bytes(b"\xff\xfe no text")
    assert (await fetch(f"runs/{run_id}/restore", "POST", {"in_place": True})).code == 400
    assert project.notebook.read_bytes() == b"\xff\xfe no text"
    project.notebook.unlink()
    assert (await fetch(f"runs/{run_id}/restore", "POST", {"in_place": True})).code == 404
