"""What names a store, and that a password in it is never shown."""

import pytest

from jupyter_mltrack import settings
from jupyter_mltrack.errors import InvalidParameterValue, StoreUnavailable
from jupyter_mltrack.query.overview import get_store_view
from jupyter_mltrack.store import find_obstacle, open_store
from jupyter_mltrack.store.contract import Store
from tests.conftest import run_python

SECRET = "geheim"


@pytest.mark.parametrize(
    ("given", "spelled"),
    [
        ("postgresql://u:p@host:5433/runs", "postgresql://u:p@host:5433/runs"),
        ("postgresql+psycopg://u:p@host/runs", "postgresql://u:p@host/runs"),
        ("postgres://host/runs", "postgresql://host/runs"),
        ("postgresql:///runs?host=/run/pg", "postgresql:///runs?host=/run/pg"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
        ("/tmp/a", "sqlite:////tmp/a/mltrack.db"),
        ("file:///tmp/a", "sqlite:////tmp/a/mltrack.db"),
    ],
)
def test_a_uri_has_one_spelling(given: str, spelled: str) -> None:
    assert settings.normalize_store_uri(given) == spelled


@pytest.mark.parametrize("wrong", ["mysql://u:geheim@host/runs", "postgresql+asyncpg://h/runs", ""])
def test_an_unknown_scheme_is_told_which_there_are(wrong: str) -> None:
    with pytest.raises(InvalidParameterValue, match=r"\./runs.*sqlite:///.*postgresql://") as error:
        settings.normalize_store_uri(wrong)
    assert SECRET not in error.value.message


@pytest.mark.parametrize(
    "wrong",
    ["postgresql://u:geheim@host", "postgresql://u:geheim@host:x/runs", "postgresql://u:geheim@h/"],
)
def test_an_address_that_is_not_whole_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidParameterValue, match="host:port/database") as error:
        settings.normalize_store_uri(wrong)
    assert SECRET not in error.value.message


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://u:geheim@host/runs",
        "postgresql://u:ge@geheim/geheim@host/runs?sslmode=require",
        "postgresql://u@host/runs?password=geheim&sslmode=require",
        "https://u:geheim@host/path",
    ],
)
def test_a_shown_uri_has_no_password(uri: str) -> None:
    shown = settings.shown_store_uri(uri)
    assert SECRET not in shown
    assert "***" in shown
    assert shown.startswith(uri.partition("u")[0] + "u")


@pytest.mark.parametrize("uri", ["sqlite:////tmp/a:b@c/mltrack.db", "postgresql://u@host/runs"])
def test_what_has_no_password_is_shown_as_it_is(uri: str) -> None:
    assert settings.shown_store_uri(uri) == uri


def test_a_changed_password_leads_to_the_same_journals() -> None:
    one, same, other = (
        settings.journal_directory(f"postgresql://{address}")
        for address in ("a:x@h/d?sslmode=require", "b:y@h/d?password=z", "a:x@h/e")
    )
    assert one == same != other


def test_nothing_shows_the_password_of_a_server(postgresql_uri: str) -> None:
    password = postgresql_uri.split(":")[2].split("@")[0]
    store: Store = open_store(postgresql_uri)
    store.prepare()
    view = get_store_view(store)
    store.close()
    assert password not in view.uri
    assert view.uri == settings.shown_store_uri(postgresql_uri)
    wrong = open_store(postgresql_uri.replace(password, f"{password}x"))
    with pytest.raises(StoreUnavailable, match="password authentication") as error:
        wrong.prepare()
    assert password not in error.value.message


def test_commands_show_no_password(postgresql_uri: str) -> None:
    password = postgresql_uri.split(":")[2].split("@")[0]
    code = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "jupyter_mltrack")
shell.run_line_magic("mltrack", "start --store {postgresql_uri}")
shell.run_line_magic("mltrack", "status")
import jupyter_mltrack as mltrack
with mltrack.start_run():
    mltrack.log_metric("m", 1)
assert mltrack.flush(20)
"""
    shown = run_python(code)
    assert "postgresql://mltrack:***@127.0.0.1" in shown
    assert password not in shown


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    assert "cannot be reached" in find_obstacle("postgresql://u:p@127.0.0.1:1/runs")


def test_a_server_that_is_there_is_no_obstacle(postgresql_uri: str) -> None:
    assert find_obstacle(postgresql_uri) == ""


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://u:se@krit@127.0.0.1:1/db",
        "postgresql:u:sekrit@host/db",
        "postgresql:/u:sekrit@host/db",
        "u:sekrit@host/db",
        "mysql://u:sekrit@host/db",
    ],
)
def test_an_address_that_is_not_whole_is_refused_without_its_password(uri: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        settings.normalize_store_uri(uri)
    assert "krit" not in str(caught.value)
    assert "postgresql://user:password@host" in str(caught.value)
