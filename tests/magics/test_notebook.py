"""Which notebook: the ladder of techniques and the rule of the path."""

from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_mltrack.magics.notebook import (
    default_experiment,
    find_front_end,
    find_kernel_id,
    find_notebook,
    locate_file,
)


def make_shell(**user_ns: Any) -> Any:
    return SimpleNamespace(user_ns=user_ns, kernel=SimpleNamespace(parent=None))


LIVE = {"jupyter_mltrack": {"path": "work/train.ipynb"}}


@pytest.mark.parametrize(
    ("meta", "user_ns", "environment", "path", "source"),
    [
        (LIVE, {"__vsc_ipynb_file__": "/x/y.ipynb"}, {}, "work/train.ipynb", "front end"),
        ({"jupyter_mltrack": {"path": "RTC:a/b.ipynb"}}, {}, {}, "a/b.ipynb", "front end"),
        ({}, {"__vsc_ipynb_file__": "/x/y.ipynb"}, {}, "/x/y.ipynb", "vscode"),
        ({}, {}, {"MLTRACK_NOTEBOOK": "runs/a.ipynb"}, "runs/a.ipynb", "environment"),
        (
            {},
            {},
            {"MLTRACK_NOTEBOOK": "/srv/runs/a.ipynb", "MLTRACK_SERVER_ROOT": "/srv"},
            "runs/a.ipynb",
            "environment",
        ),
        ({}, {}, {"JPY_SESSION_NAME": "/no/such/file.ipynb"}, "", ""),
        ({}, {}, {"JPY_SESSION_NAME": "/srv/work/"}, "", ""),
        ({}, {}, {}, "", ""),
    ],
)
def test_ladder(meta, user_ns, environment, path, source):
    fact = find_notebook(make_shell(**user_ns), meta, environment)
    assert (fact.path, fact.source) == (path, source)


def test_session_name_of_a_server_is_relative_to_its_root(tmp_path):
    file = tmp_path / "deep" / "a.ipynb"
    file.parent.mkdir()
    file.write_text("{}")
    environment = {"JPY_SESSION_NAME": str(file), "MLTRACK_SERVER_ROOT": str(tmp_path)}
    fact = find_notebook(make_shell(), {}, environment)
    assert (fact.path, fact.source) == ("deep/a.ipynb", "server")
    assert locate_file(fact.path, environment) == file
    del environment["MLTRACK_SERVER_ROOT"]
    assert find_notebook(make_shell(), {}, environment).path == str(file)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "Default"),
        ("train.ipynb", "train"),
        ("work/a.b/train.ipynb", "work/a.b/train"),
        ("/somewhere/else/train.ipynb", "train"),
    ],
)
def test_default_experiment(path, name):
    assert default_experiment(path) == name


@pytest.mark.parametrize(
    ("meta", "environment", "front_end"),
    [
        (LIVE, {}, "jupyterlab"),
        ({"cellId": "a", "deletedCells": []}, {}, "jupyterlab"),
        ({}, {"VSCODE_PID": "1"}, "vscode"),
        ({}, {}, "nbclient"),
        ({}, {"JPY_SESSION_NAME": "/x"}, "kernel"),
        ({"cellId": "a"}, {}, "kernel"),
    ],
)
def test_front_end(meta, environment, front_end):
    assert find_front_end(make_shell(), meta, environment) == front_end


def test_kernel_id():
    app = SimpleNamespace(connection_file="/run/kernel-12ab-34.json")
    assert find_kernel_id(SimpleNamespace(kernel=SimpleNamespace(parent=app))) == "12ab-34"
    assert find_kernel_id(SimpleNamespace()) == ""
