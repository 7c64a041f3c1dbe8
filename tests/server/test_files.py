import json

import pytest

from jupyter_mltrack.entities import events as ev
from tests.server.server_world import RUN

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<script>alert(document.cookie)</script>"


@pytest.fixture
def log(filled):
    def log(path, media_type, content=b"x"):
        filled.write(ev.ArtifactLogged(RUN, path, media_type, content))

    return log


@pytest.mark.parametrize(
    ("path", "media_type", "content", "disposition", "content_type"),
    [
        ("a.png", "image/png", HTML, "inline", "image/png"),
        ("notes.txt", "text/plain", HTML, "inline", "text/plain; charset=utf-8"),
        ("notes.txt", "TEXT/PLAIN; charset=utf-7", HTML, "inline", "text/plain; charset=utf-8"),
        ("page.html", "text/html", HTML, "attachment", "application/octet-stream"),
        ("page.xhtml", "application/xhtml+xml", HTML, "attachment", "application/octet-stream"),
        ("plot.svg", "image/svg+xml", SVG, "attachment", "image/svg+xml"),
        ("feed.xml", "text/xml", SVG, "attachment", "application/octet-stream"),
        ("run.js", "text/javascript", b"alert(1)", "attachment", "application/octet-stream"),
        ("odd", "image/png\r\nX: y", HTML, "attachment", "application/octet-stream"),
        ("data.json", "application/json", b"{}", "attachment", "application/json"),
        ("none", "", b"", "attachment", "application/octet-stream"),
    ],
)
async def test_nothing_a_run_logged_can_run_in_the_page(
    log, fetch, path, media_type, content, disposition, content_type
):
    log(path, media_type, content)
    response = await fetch(f"runs/{RUN}/artifacts/{path}")
    assert response.body == content
    assert response.headers["Content-Type"] == content_type
    assert response.headers["Content-Disposition"].split(";")[0] == disposition
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert {"sandbox", "default-src 'none'"} <= {part.strip() for part in policy.split(";")}
    assert "X" not in response.headers


@pytest.mark.parametrize(
    "name", ['a"b.txt', "a\nb.txt", "ä 🎉;x=y.txt", "a%2fb.txt", "..", "a b+c.txt"]
)
async def test_names_of_all_kinds_arrive_as_one_header(log, fetch, name):
    log(f"dir/{name}", "text/plain")
    response = await fetch(f"runs/{RUN}/artifacts/dir/{name}")
    if response.code == 200:  # a store may refuse such a name
        disposition = response.headers["Content-Disposition"]
        assert disposition.startswith("inline; filename*=UTF-8''")
        assert not set(disposition.removeprefix("inline; filename*=UTF-8''")) & set('"; \n')


@pytest.mark.parametrize(
    "path",
    [
        "../mltrack.db",
        "..%2f..%2fmltrack.db",
        "%2e%2e/mltrack.db",
        "/etc/passwd",
        "a/../notes.txt",
        "NOTES.TXT",
        "notes.txt\0",
    ],
)
async def test_only_the_path_that_was_logged_is_served(log, fetch, path):
    log("notes.txt", "text/plain")
    assert (await fetch(f"runs/{RUN}/artifacts/{path}")).code == 404


async def test_a_blob_that_is_lost_is_a_404(log, fetch, store_directory):
    log("big.bin", "application/octet-stream", b"b" * 100_000)
    for blob in (store_directory / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    assert (await fetch(f"runs/{RUN}/artifacts/big.bin")).code in (404, 503)


CURVE = b'{"kind":"curve","lines":[{"x":[0,1],"y":[0,1]}]}'
TREE = b'{"kind":"estimator_tree","root":{"estimator":"<b>","params":[{"name":"C","value":"1"}]}}'


@pytest.fixture
def drawings(log):
    content = b'{"roc.png":%s,"e.html":%s,"bad.png":{"kind":"curve"}}' % (CURVE, TREE)
    log("drawings.json", "application/vnd.mltrack.drawings+json", content)


async def test_a_plot_is_drawn_when_it_is_asked_for(drawings, ask, fetch):
    detail = await ask(f"runs/{RUN}")
    (plot,) = [plot for plot in detail["plots"] if plot["artifact_path"] == "roc.png"]
    assert detail["estimator"]["params"] == [{"name": "C", "value": "1", "changed": False}]
    files = {file["path"]: file["drawn"] for file in detail["artifacts"]}
    assert files == {"drawings.json": False, "e.html": True, "roc.png": True}
    by_path = await fetch(f"runs/{RUN}/artifacts/roc.png")
    by_digest = await fetch(f"runs/{RUN}/plots/{plot['digest']}")
    assert by_path.body == by_digest.body
    assert by_path.body.startswith(b"\x89PNG")
    assert by_digest.headers["Content-Type"] == "image/png"
    assert "immutable" in by_digest.headers["Cache-Control"]


async def test_the_page_of_an_estimator_is_never_shown_as_a_page(drawings, fetch):
    response = await fetch(f"runs/{RUN}/artifacts/e.html")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert b"&lt;b&gt;" in response.body


@pytest.mark.parametrize(("path", "status"), [("bad.png", 400), ("none.png", 404)])
async def test_what_cannot_be_drawn_is_refused(drawings, fetch, path, status):
    response = await fetch(f"runs/{RUN}/artifacts/{path}")
    assert response.code == status
    assert path in json.loads(response.body)["message"]
