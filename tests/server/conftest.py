"""A Jupyter server with our extension over a real store."""

import json

import pytest
from tornado.httpclient import HTTPClientError

from tests.server.server_world import StoreWriter, notebook_events


@pytest.fixture
def store_directory(tmp_path):
    return tmp_path / "tracking"


@pytest.fixture
def jp_server_config(store_directory, monkeypatch):
    # Registered first, so that what the extension writes into the environment is undone too.
    monkeypatch.setenv("MLTRACK_SERVER_ROOT", "")
    monkeypatch.setenv("MLTRACK_STORE", str(store_directory))
    return {"ServerApp": {"jpserver_extensions": {"jupyter_mltrack": True}}}


@pytest.fixture
def writer(store_directory):
    writer = StoreWriter(store_directory)
    writer.store.prepare()
    yield writer
    writer.store.close()


@pytest.fixture
def filled(writer):
    """The store with a notebook's run and one made outside a cell."""
    writer.write(*notebook_events())
    return writer


@pytest.fixture
def jp_serverapp(jp_serverapp):
    yield jp_serverapp
    jp_serverapp.web_app.settings["mltrack_maintenance"].stop()
    jp_serverapp.web_app.settings["mltrack_jobs"].close()
    jp_serverapp.web_app.settings["mltrack_backend"].close()


@pytest.fixture
def fetch(jp_fetch):
    """Ask the API with the token; body and answer are JSON, errors are answers."""

    async def fetch(path, method="GET", body=None, raw=None, **options):
        data = raw if raw is not None else None if body is None else json.dumps(body)
        try:
            response = await jp_fetch(
                "mltrack", "api", *path.split("/"), method=method, body=data, **options
            )
        except HTTPClientError as error:
            response = error.response
        return response

    return fetch


@pytest.fixture
def ask(fetch):
    """Ask and decode; fails unless the status is 200."""

    async def ask(path, method="GET", body=None, **options):
        response = await fetch(path, method, body, **options)
        assert response.code == 200, response.body
        return json.loads(response.body)

    return ask
