import warnings

import pytest
from jupyter_server.auth import Authorizer
from jupyter_server.utils import JupyterServerAuthWarning, url_path_join
from tornado.httpclient import HTTPClientError
from tornado.web import RequestHandler

from jupyter_mltrack.server.routes import ROUTES, make_rules
from tests.server.server_world import RUN

VERBS = ("get", "post", "put", "patch", "delete", "head")
BODIES = {"post": "{}", "put": "{}", "patch": "{}"}


def own_verbs(handler):
    return [verb for verb in VERBS if getattr(handler, verb) is not getattr(RequestHandler, verb)]


def concrete(pattern):
    """A path that the pattern of a route matches."""
    return pattern.replace("([^/]+)", "x").replace("(.+)", "a/b").replace("(.*)", "nowhere")


CALLS = [(concrete(pattern), verb) for pattern, handler in ROUTES for verb in own_verbs(handler)]


def test_the_table_has_all_routes_and_verbs():
    assert len(ROUTES) == 24
    assert {verb for _, verb in CALLS} == {"get", "post", "patch", "delete"}


@pytest.mark.parametrize(("path", "verb"), [*CALLS, ("nowhere", "get"), ("status", "put")])
async def test_strangers_are_refused(jp_serverapp, http_server_client, jp_base_url, path, verb):
    url = url_path_join(jp_base_url, "mltrack", "api", path)
    with pytest.raises(HTTPClientError) as caught:
        await http_server_client.fetch(url, method=verb.upper(), body=BODIES.get(verb))
    assert caught.value.code in (401, 403)
    assert b'"error_code":"PERMISSION_DENIED"' in caught.value.response.body


def test_every_verb_is_authenticated_in_the_servers_eyes(jp_serverapp):
    # What the server checks when it is told to allow no unauthenticated access.
    jp_serverapp.allow_unauthenticated_access = False
    with warnings.catch_warnings():
        warnings.simplefilter("error", JupyterServerAuthWarning)
        jp_serverapp.web_app.add_handlers(".*$", make_rules("/elsewhere/"))


class ReadersOnly(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "mltrack" or action == "read"


@pytest.fixture
def jp_server_config(jp_server_config, request):
    if "readers_only" in request.fixturenames:
        jp_server_config["ServerApp"]["authorizer_class"] = ReadersOnly
    return jp_server_config


@pytest.fixture
def readers_only():
    """Marks a test whose server lets everybody read and nobody write."""


async def test_who_may_only_read_cannot_write(readers_only, filled, fetch):
    assert (await fetch("status")).code == 200
    assert (await fetch(f"runs/{RUN}", "PATCH", {"name": "mine"})).code == 403
    assert (await fetch("runs/delete", "POST", {"run_ids": [RUN]})).code == 403
    assert filled.store.get_run(RUN).info.run_name == "first"


async def test_other_origins_cannot_write(filled, fetch):
    headers = {"Origin": "http://elsewhere.example", "Cookie": "a=b"}
    response = await fetch("runs/delete", "POST", {"run_ids": [RUN]}, headers=headers)
    assert response.code == 200  # a token in a header proves more than an origin
    headers["Authorization"] = ""
    response = await fetch("runs/delete", "POST", {"run_ids": [RUN]}, headers=headers)
    assert response.code in (403, 404)
