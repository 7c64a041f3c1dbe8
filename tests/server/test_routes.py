import json
import os

import pytest

from jupyter_mltrack.entities import Session
from jupyter_mltrack.entities import events as ev
from jupyter_mltrack.errors import HTTP_STATUS
from tests.server.server_world import CODE, PNG, RUN, SECOND


async def test_status_counts_what_is_there(filled, ask):
    status = await ask("status")
    assert (status["experiments"], status["runs"], status["cells"]) == (1, 2, 1)
    assert status["change"] > 0
    assert "mltrack.db" in status["uri"]


async def test_a_store_that_does_not_exist_is_empty_and_stays_absent(ask, store_directory):
    assert (await ask("status"))["runs"] == 0
    assert await ask("experiments") == []
    assert (await ask("runs"))["runs"] == []
    assert not store_directory.exists()


async def test_sessions_of_a_kernel(filled, ask):
    assert [one["session_id"] for one in await ask("sessions")] == ["s1"]
    assert await ask("sessions", params={"kernel_id": "other"}) == []


async def test_experiments(filled, ask):
    (experiment,) = await ask("experiments", params={"view": "all"})
    assert (experiment["name"], experiment["run_count"]) == ("work/a", 2)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, [SECOND, RUN]),
        ({"order_by": "start_time ASC"}, [RUN, SECOND]),
        ({"filter": "params.lr < 0.15"}, [RUN]),
        ({"filter": "cell = 'c1' AND duration = 1"}, [RUN]),
        ({"filter": "cell IS NULL"}, [SECOND]),
        ({"notebook": "work/a.ipynb"}, [SECOND, RUN]),
        ({"notebook": "other.ipynb"}, []),
        ({"experiment_id": "none"}, []),
        ({"view": "deleted"}, []),
    ],
)
async def test_runs_are_narrowed_and_ordered(filled, ask, query, ids):
    page = await ask("runs", params=query)
    assert [run["run_id"] for run in page["runs"]] == ids


async def test_pages_follow_each_other(filled, ask):
    first = await ask("runs", params={"max_results": 1})
    token = first["next_page_token"]
    second = await ask("runs", params={"max_results": 1, "page_token": token})
    assert [run["run_id"] for run in first["runs"] + second["runs"]] == [SECOND, RUN]
    assert second["next_page_token"] is None


async def test_runs_by_id_leave_out_the_unknown(filled, ask):
    runs = await ask("runs/query", "POST", {"run_ids": ["none", RUN]})
    assert [run["run_id"] for run in runs] == [RUN]
    assert runs[0]["metrics"]["acc"]["last"] == "NaN"


async def test_one_run_whole(filled, ask):
    detail = await ask(f"runs/{RUN}")
    assert detail["run"]["params"] == {"lr": "0.1"}
    assert [cell["source"] for cell in detail["cells"]] == [CODE]
    assert [plot["media_type"] for plot in detail["plots"]] == ["image/png"]


async def test_series(filled, ask):
    series = await ask(f"runs/{RUN}/series", params={"key": "acc"})
    assert (series["steps"], series["values"]) == ([0, 1], [0.5, "NaN"])


async def test_comparison(filled, ask):
    comparison = await ask("compare", "POST", {"run_ids": [RUN, SECOND]})
    assert {param["key"]: param["values"] for param in comparison["params"]} == {
        "lr": ["0.1", "0.2"]
    }


async def test_rename_and_tag(filled, ask):
    patch = {"name": "best yet", "tags": {"star": "1", "note": "Ärger 🎉"}}
    run = await ask(f"runs/{RUN}", "PATCH", patch)
    assert run["run_name"] == "best yet"
    assert run["tags"].items() >= patch["tags"].items()
    run = await ask(f"runs/{RUN}", "PATCH", {"tags": {"star": None}})
    assert "star" not in run["tags"]


async def test_delete_and_undo(filled, ask):
    assert await ask("runs/delete", "POST", {"run_ids": [RUN]}) == {"run_ids": [RUN]}
    assert [run["run_id"] for run in (await ask("runs"))["runs"]] == [SECOND]
    (run,) = await ask("runs/query", "POST", {"run_ids": [RUN]})
    assert run["lifecycle_stage"] == "deleted"
    assert await ask("runs/restore", "POST", {"run_ids": [RUN]}) == {"run_ids": [RUN]}
    assert len((await ask("runs"))["runs"]) == 2


async def test_notebook_as_it_ran(filled, ask):
    view = await ask(f"runs/{RUN}/notebook")
    assert [cell["source"] for cell in view["notebook"]["cells"]] == ["# Title", CODE]


async def test_notebook_as_it_stood_and_with_parameters(filled, ask, fetch):
    view = await ask(f"runs/{RUN}/notebook", params={"kind": "stood"})
    assert view["notebook"]["metadata"]["jupyter_mltrack"]["kind"] == "stood"
    for given, message in (
        ({"kind": "sat"}, "kind is 'sat'; use order, stood."),
        ({"parameter": "C=1"}, "no parameter 'C'"),
    ):
        response = await fetch(f"runs/{RUN}/notebook", params=given)
        assert response.code == 400
        assert message in json.loads(response.body)["message"]


async def test_diff(filled, ask, fetch):
    diff = await ask("diff", params={"base": RUN, "run": SECOND})
    assert diff["base"]["run_id"] == RUN
    assert [param["status"] for param in diff["params"]] == ["changed"]
    for given, code in (
        ({"base": RUN, "run": RUN}, 400),
        ({"base": RUN, "run": "no"}, 404),
        ({"base": RUN}, 404),
        ({}, 400),
    ):
        response = await fetch("diff", params=given)
        assert response.code == code
        assert json.loads(response.body)["message"]


async def test_export_as_a_script(filled, ask, fetch, jp_root_dir):
    found = await ask(f"runs/{RUN}/export", "POST", {"kind": "script"})
    assert found["path"].endswith(".py")
    assert CODE in (jp_root_dir / found["path"]).read_text()
    stood = await ask(f"runs/{RUN}/export", "POST", {"kind": "stood"})
    assert stood["path"].endswith("-stood.ipynb")
    for body in ({"kind": "sat"}, {"parameters": {"C": 1}}, {"parameters": {"C": [1]}}):
        assert (await fetch(f"runs/{RUN}/export", "POST", body)).code == 400


async def test_export_writes_new_files_only(filled, ask, jp_root_dir):
    (jp_root_dir / "out").mkdir()
    paths = [
        (await ask(f"runs/{RUN}/export", "POST", {"directory": directory}))["path"]
        for directory in ("out", "out/", "")
    ]
    assert len(set(paths)) == 3
    for path in paths:
        notebook = json.loads((jp_root_dir / path).read_text())
        assert notebook["cells"][-1]["source"] in (CODE, [CODE])


@pytest.mark.parametrize("directory", ["absent", "../..", "/etc", "..", "a.ipynb"])
async def test_export_stays_below_the_root(filled, fetch, jp_root_dir, directory):
    response = await fetch(f"runs/{RUN}/export", "POST", {"directory": directory})
    assert response.code == 404
    assert list(jp_root_dir.rglob("*.ipynb")) == []


async def test_a_plot_is_shown_inline(filled, ask, fetch):
    (plot,) = (await ask(f"runs/{RUN}"))["plots"]
    response = await fetch(f"runs/{RUN}/plots/{plot['digest']}")
    assert response.body == PNG
    assert response.headers["Content-Disposition"].startswith("inline")
    assert "immutable" in response.headers["Cache-Control"]


async def test_a_plot_belongs_to_its_run(filled, ask, fetch):
    (plot,) = (await ask(f"runs/{RUN}"))["plots"]
    assert (await fetch(f"runs/{SECOND}/plots/{plot['digest']}")).code == 404


async def test_kernels_inherit_the_store_and_the_root(jp_serverapp, jp_root_dir, store_directory):
    assert os.environ["MLTRACK_STORE"] == str(store_directory)
    assert os.environ["MLTRACK_SERVER_ROOT"] == str(jp_root_dir.resolve())


def test_every_error_code_has_a_status():
    assert all(400 <= status < 600 for status in HTTP_STATUS.values())


class TestElsewhere:
    """A base URL whose characters mean something in the patterns of routes."""

    @pytest.fixture
    def jp_base_url(self):
        return "/user/b.o+b/"

    async def test_routes_are_below_the_base_url(self, filled, ask, fetch):
        assert (await ask("status"))["runs"] == 2
        assert (await ask(f"runs/{RUN}"))["run"]["run_name"] == "first"
        assert (await fetch("nowhere")).code == 404


async def test_runs_of_a_notebook_tracked_elsewhere(ask, jp_root_dir, writer):
    """A kernel that knows no server says the whole path; the panel asks by the short one."""
    path = str(jp_root_dir / "far.ipynb")
    session = Session(session_id="far", start_time=1, pid=1, notebook_path=path)
    writer.write(
        ev.SessionStarted(session), ev.RunStarted("e" * 32, "far", "Default", "far away", 1)
    )
    page = await ask("runs", params={"notebook": "far.ipynb"})
    assert [run["run_name"] for run in page["runs"]] == ["far away"]
