import asyncio
import json

import pytest

from tests.server.server_world import RUN

MANY = [f"{number:032x}" for number in range(1001)]

BODIES = [
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"3",
    b"null",
    b"NaN",
    b"\xff\xfe",
    b"[" * 5000,
    b'{"a":' * 5000,
    b'{"run_ids": 3}',
    b'{"run_ids": "abc"}',
    b'{"run_ids": [1e400]}',
    b'{"run_ids": [null]}',
    b'{"run_ids": ["\\u0000"]}',
    b'{"run_ids": ["\\ud800 is half a character"]}',
    b'{"name": 3}',
    b'{"name": ""}',
    b'{"name": "a\\u0000"}',
    b'{"name": "\\udfff and more text"}',
    b'{"tags": []}',
    b'{"tags": {"a": 1}}',
    b'{"tags": {"": "a"}}',
    b'{"tags": {"a": "\\u0000"}}',
    b'{"directory": 1, "name": 1, "run_ids": {}}',
    json.dumps({"name": "n" * 501, "run_ids": MANY, "directory": "d" * 5000}).encode(),
    json.dumps({"tags": {"k" * 251: "v"}, "run_ids": [["x"]], "directory": None}).encode(),
    json.dumps({"tags": {"k": "v" * 8001}, "run_ids": [{}], "directory": {}}).encode(),
]

WRITES = [
    ("runs/query", "POST"),
    ("runs/delete", "POST"),
    ("runs/restore", "POST"),
    ("compare", "POST"),
    (f"runs/{RUN}", "PATCH"),
    (f"runs/{RUN}/export", "POST"),
    ("runs/none/rerun", "POST"),
    ("runs/none/verify", "POST"),
    ("runs/none/restore", "POST"),
]


def check_shape(response):
    """An error is 4xx and an ErrorView, nothing more and nothing less."""
    body = json.loads(response.body)
    assert 400 <= response.code < 500, body
    assert set(body) == {"error_code", "message"}
    assert body["error_code"] == body["error_code"].upper()
    assert body["message"]
    assert response.headers["Content-Type"].startswith("application/json")
    return body


@pytest.mark.parametrize(("path", "method"), WRITES)
async def test_bodies_that_are_wrong_are_never_the_servers_fault(filled, fetch, path, method):
    for body in BODIES:
        response = await fetch(path, method, raw=body)
        # A body may name what this route does not take: then there is nothing wrong with it.
        if response.code != 200:
            check_shape(response)
    assert filled.store.get_run(RUN).info.run_name == "first"


async def test_a_body_may_not_be_huge(filled, fetch):
    response = await fetch("runs/query", "POST", raw=b'{"run_ids": ["' + b"x" * (1 << 20) + b'"]}')
    assert response.code == 413
    check_shape(response)


QUERIES = [
    ("runs", {"filter": "acc > 1"}),
    ("runs", {"filter": "\ud83d\ude00 = \0"}),
    ("runs", {"filter": "NOT " * 2000 + "status = 'a'"}),
    ("runs", {"order_by": "nothing"}),
    ("runs", {"max_results": "many"}),
    ("runs", {"max_results": "0"}),
    ("runs", {"max_results": "9" * 5000}),
    ("runs", {"max_results": "1e3"}),
    ("runs", {"max_results": "٣"}),
    ("runs", {"page_token": "!!"}),
    ("runs", {"page_token": "LTE="}),
    ("runs", {"view": "some"}),
    ("experiments", {"view": "ALL"}),
    ("changes", {"since": "x"}),
    ("changes", {"since": str(2**63)}),
    (f"runs/{RUN}/series", {}),
    (f"runs/{RUN}/series", {"key": "acc", "max_points": "-1"}),
    ("runs/none/series", {"key": "acc"}),
    ("runs/none", {}),
    ("runs/\0", {}),
    ("runs/none/notebook", {}),
    ("runs/none/artifacts/a.txt", {}),
    ("runs/none/plots/abc", {}),
    (f"runs/{RUN}/artifacts/../../../etc/passwd", {}),
    (f"runs/{RUN}/plots/..", {}),
    ("", {}),
    ("nothing/here", {}),
    ("runs/a/b/c/d", {}),
    ("runs/query", {}),
    ("runs/none/lineage", {}),
    ("cells/none/lineage", {}),
    ("cells/\0/lineage", {}),
    ("diff", {}),
    ("diff", {"a": "none", "b": "\0"}),
    ("jobs/none", {}),
    ("runs", {"filter": "metrics.acc IN ()"}),
    ("runs", {"filter": "start_time > '2026-13-45'"}),
    ("runs", {"order_by": "source"}),
    ("runs", {"filter": "x" * 10_001}),
]


@pytest.mark.parametrize(("path", "params"), QUERIES)
async def test_queries_that_are_wrong_say_so(filled, fetch, path, params):
    params = {key: value.encode("utf-8", "surrogatepass") for key, value in params.items()}
    check_shape(await fetch(path, params=params))


async def test_bytes_that_are_no_text_are_refused(filled, http_server_client, jp_base_url, fetch):
    check_shape(await fetch("runs", params={"filter": b"\xff\xfe"}))


async def test_a_filter_error_reaches_the_user_as_it_is(filled, fetch):
    body = check_shape(await fetch("runs", params={"filter": "metrics.acc >"}))
    assert body["error_code"] == "INVALID_PARAMETER_VALUE"
    assert "expected a number" in body["message"]


async def test_unknown_paths_and_verbs(filled, fetch):
    assert check_shape(await fetch("nowhere"))["error_code"] == "ENDPOINT_NOT_FOUND"
    response = await fetch("nowhere", "DELETE")
    assert (response.code, check_shape(response)["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    response = await fetch("status", "DELETE")
    assert response.code == 405
    check_shape(response)


@pytest.mark.parametrize("method", ["PATCH", "GET"])
async def test_a_run_that_is_not_there(filled, fetch, method):
    body = {"name": "x", "tags": {}} if method == "PATCH" else None
    response = await fetch("runs/none", method, body)
    assert (response.code, check_shape(response)["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


async def test_a_damaged_store_is_unavailable_until_it_was_set_aside(store_directory, fetch):
    garbage = b"this is no database at all, " * 100
    store_directory.mkdir()
    (store_directory / "mltrack.db").write_bytes(garbage)
    response = await fetch("runs")
    for _ in range(100):
        if response.code == 200:
            break
        assert response.code == 503
        assert json.loads(response.body)["error_code"] == "TEMPORARILY_UNAVAILABLE"
        await asyncio.sleep(0.2)
        response = await fetch("runs")
    assert json.loads(response.body)["runs"] == []
    (aside,) = store_directory.glob("mltrack.db.damaged-*")
    assert aside.read_bytes() == garbage
