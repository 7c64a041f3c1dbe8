"""The routes of lineage."""

import json

import pytest

from tests.server.server_world import RUN, SECOND


async def test_the_lineage_of_a_run(filled, ask):
    found = await ask(f"runs/{RUN}/lineage")
    assert found["own"] == ["x1"]
    (cell,) = found["cells"]
    assert cell["made"][0]["params"] == ["lr"]
    assert "acc" in cell["made"][0]["metrics"]
    assert found["certificate"]["reasons"][0]["kind"] == "hidden"


async def test_what_a_cell_made(filled, ask):
    found = await ask("cells/x1/lineage")
    assert [made["run_id"] for made in found["made"]] == [RUN]
    assert found["cell"]["cell_id"] == "c1"


async def test_a_run_of_no_cell(filled, ask):
    found = await ask(f"runs/{SECOND}/lineage")
    assert (found["cells"], found["certificate"]["verdict"]) == ([], "unknown")


@pytest.mark.parametrize("path", ["runs/nope/lineage", "cells/nope/lineage"])
async def test_what_is_not_there(filled, fetch, path):
    response = await fetch(path)
    assert response.code == 404
    assert json.loads(response.body)["error_code"] == "RESOURCE_DOES_NOT_EXIST"
