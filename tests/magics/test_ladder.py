"""What tells which notebook runs where our front end does not, in real processes and servers."""

import contextlib
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
import types
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client import BlockingKernelClient

from jupyter_mltrack.entities import Revision, Session
from jupyter_mltrack.magics.ladder.process import find_notebook_argument
from jupyter_mltrack.magics.ladder.server import SessionAsker
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.tracking import session as sessions
from tests.conftest import open_drained
from tests.magics.conftest import Notebook
from tests.magics.kernels import START, Kernel, open_kernel, read_events, wait_until

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "the_file_is_known_without_jupyterlab.ipynb"
IDS = ["title", "start", "parameters", "train", "twin-1", "twin-2", "end"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the notebook in it."""
    (tmp_path / "work").mkdir()
    shutil.copy(NOTEBOOK, tmp_path / "work" / "train.ipynb")
    return tmp_path / "work"


def environment(place: Path, **more: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "MLTRACK_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{inherited['PATH']}"
    return {**inherited, "PATH": path, "MLTRACK_STORE": str(place.parent / "store"), **more}


def session_and_run(place: Path) -> tuple[Session, Revision]:
    """The only session of a store, and the notebook as its only run saw it."""
    store = open_drained(place.parent / "store")
    (session,) = store.list_sessions()
    (run,) = store.search_runs(RunSearch())
    (cell,) = store.list_run_cells(run.info.run_id)
    revision = store.get_revision(cell.revision)
    store.close()
    return session, revision


@pytest.mark.parametrize(
    "command",
    [
        "papermill train.ipynb out.ipynb -p rate 0.5 --cwd .. --no-progress-bar",
        "jupyter nbconvert --to notebook --execute train.ipynb --output out.ipynb",
        "jupyter execute train.ipynb",
    ],
)
def test_a_program_that_executes_a_notebook_names_it(place: Path, command: str) -> None:
    # What is at the output's place already is not what runs.
    shutil.copy(NOTEBOOK, place / "out.ipynb")
    variables = environment(place, PWD=str(place))
    subprocess.run(command.split(), cwd=place, env=variables, check=True, timeout=120)
    session, revision = session_and_run(place)
    assert (session.notebook_path, session.notebook_source) == (
        str(place / "train.ipynb"),
        "parent process",
    )
    assert revision.layer == "file"
    known = [cell for cell in revision.cells if cell.cell_id in IDS]
    assert [cell.cell_id for cell in known] == IDS
    assert [cell.cell_id for cell in known if cell.cell_type == "markdown"] == ["title", "end"]
    injected = [cell for cell in revision.cells if cell.cell_id not in IDS]
    if command.startswith("papermill"):
        assert ["rate = 0.5" in cell.source for cell in injected] == [True]
        # Right after the cell whose values it replaces.
        assert revision.cells.index(injected[0]) == IDS.index("parameters") + 1
    else:
        assert injected == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("/usr/bin/python /v/bin/papermill a.ipynb b.ipynb", "a.ipynb"),
        ("python -m papermill a.ipynb", "a.ipynb"),
        ("papermill -p data b.ipynb a.ipynb out.ipynb -k python3", "a.ipynb"),
        ("papermill --unknown b.ipynb a.ipynb out.ipynb", ""),
        ("papermill gone.ipynb a.ipynb", ""),
        ("papermill s3://bucket/a.ipynb b.ipynb", ""),
        ("python /v/bin/jupyter-nbconvert --execute --to html a.ipynb", "a.ipynb"),
        ("python -m nbconvert --execute a.ipynb --output b.ipynb", "a.ipynb"),
        ("jupyter-nbconvert --execute a.ipynb b.ipynb", ""),
        ("python -m jupyter nbconvert --execute --output=b.ipynb a.ipynb", "a.ipynb"),
        ("jupyter-execute a.ipynb --allow-errors", "a.ipynb"),
        ("python my_script.py a.ipynb", ""),
        ("python -m jupyterlab a.ipynb", ""),
        ("vim a.ipynb", ""),
        ("", ""),
    ],
)
def test_only_command_lines_that_are_understood_name_a_notebook(tmp_path, line, name):
    for file in ("a.ipynb", "b.ipynb"):
        (tmp_path / file).write_text("{}")
    found = find_notebook_argument(line.split(), [str(tmp_path)])
    assert found == (str(tmp_path / name) if name else "")


def test_a_kernel_run_from_a_notebook_is_not_that_notebook(place: Path) -> None:
    (place / "outer.ipynb").write_text("{}")
    code = (
        "import nbformat, nbclient; "
        "nbclient.NotebookClient(nbformat.read('train.ipynb', 4), timeout=60).execute()"
    )
    variables = environment(place, JPY_SESSION_NAME=str(place / "outer.ipynb"))
    subprocess.run([sys.executable, "-c", code], cwd=place, env=variables, check=True, timeout=120)
    session, revision = session_and_run(place)
    assert (session.notebook_path, session.notebook_source) == ("", "")
    assert (session.front_end, revision.layer) == ("nbclient", "executed")


def test_vs_code_names_the_file_in_the_users_namespace(place: Path) -> None:
    store = place.parent / "store"
    store.mkdir()
    with open_kernel(store, place) as kernel:
        kernel.run(f"__vsc_ipynb_file__ = {str(place / 'train.ipynb')!r}", silent=True)
        kernel.run(START)
        kernel.run("rate = 0.1")
        (place / "train.ipynb").rename(place / "renamed.ipynb")
        kernel.run(f"__vsc_ipynb_file__ = {str(place / 'renamed.ipynb')!r}", silent=True)
        kernel.run("rate *= 2")
    events = read_events(store)
    cells = {one.source: one for one in events if hasattr(one, "execution_count")}
    assert (cells["rate = 0.1"].cell_id, cells["rate *= 2"].cell_id) == ("parameters", "twin-1")
    assert cells["rate *= 2"].notebook_path == str(place / "renamed.ipynb")
    facts = [one.session for one in events if type(one).__name__ == "SessionStarted"][-1]
    assert (facts.front_end, facts.notebook_source) == ("vscode", "vscode")


class Server:
    """A Jupyter server without our front end, and what its REST interface is asked."""

    def __init__(self, place: Path) -> None:
        self.place = place
        base = place.parent
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.runtime = base / "runtime"
        self.runtime.mkdir()
        homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
        variables = environment(
            place,
            JUPYTER_RUNTIME_DIR=str(self.runtime),
            **{name: str(base / name.lower()) for name in homes},
        )
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
                *(f"--ServerApp.port={self.port}", f"--ServerApp.root_dir={place}"),
                "--IdentityProvider.token=secret",
            ],
            env=variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._is_up, 60)

    def ask(self, method: str, path: str, content: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            method=method,
            data=json.dumps(content).encode() if content else None,
            headers={"Authorization": "token secret"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def open(self, name: str, path: str, kernel: str = "") -> tuple[str, str]:
        """Ids of a new session and its kernel."""
        wanted = {"id": kernel} if kernel else {"name": "python3"}
        session = {"path": path, "name": name, "type": "notebook", "kernel": wanted}
        made = self.ask("POST", "api/sessions", session)
        return made["id"], made["kernel"]["id"]

    def client(self, kernel: str) -> Kernel:
        client = BlockingKernelClient(connection_file=str(self.runtime / f"kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels(hb=False)
        wait_until(lambda: self._has_answer(client), 60)
        return Kernel(client, None)

    def _has_answer(self, client: BlockingKernelClient) -> bool:
        client.kernel_info()
        with contextlib.suppress(queue.Empty):
            return bool(client.get_iopub_msg(timeout=1))
        return False

    def _is_up(self) -> bool:
        assert self._process.poll() is None
        try:
            self.ask("GET", "api/status")
        except OSError:
            return False
        return any(self.runtime.glob("jpserver-*.json"))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture
def server(place: Path) -> Iterator[Server]:
    started = Server(place)
    yield started
    started.stop()


FACT = (
    "_tracker = get_ipython()._mltrack_tracker; _tracker.notebook.finder.wait(10); "
    "print(_tracker.notebook.fact)"
)
IMPATIENT = (
    "from jupyter_mltrack.magics.ladder import server as _server; "
    "_server.INTERVAL_SECONDS = _server.RETRY_SECONDS = 0"
)


def fact_of(kernel: Kernel) -> str:
    """What is found at a second cell: the first asks, and is not kept waiting for the answer."""
    kernel.run(FACT)
    return str(kernel.run(FACT).text())


def test_the_servers_sessions_tell_of_renames_and_of_what_cannot_be_known(
    server: Server, place: Path
) -> None:
    # As JupyterLab does: first under a random name, which says nothing.
    session, kernel_id = server.open("train.ipynb", "0b1c-random")
    kernel = server.client(kernel_id)
    kernel.run(IMPATIENT, silent=True)
    kernel.run(START)
    assert "path='train.ipynb', source='server'" in fact_of(kernel)
    server.ask("PATCH", f"api/sessions/{session}", {"path": "train.ipynb"})
    assert "path='train.ipynb', source='server sessions'" in fact_of(kernel)
    # Renamed while nobody looks.
    (place / "train.ipynb").rename(place / "renamed.ipynb")
    server.ask("PATCH", f"api/sessions/{session}", {"path": "renamed.ipynb"})
    assert "path='renamed.ipynb', source='server sessions'" in fact_of(kernel)
    # A console is no notebook; a second notebook leaves open which of them runs a cell.
    console = {"path": "c", "name": "c", "type": "console", "kernel": {"id": kernel_id}}
    server.ask("POST", "api/sessions", console)
    assert "path='renamed.ipynb'" in fact_of(kernel)
    shutil.copy(NOTEBOOK, place / "other.ipynb")
    server.open("other.ipynb", "other.ipynb", kernel_id)
    assert "2 notebooks share this kernel (other.ipynb, renamed.ipynb)" in fact_of(kernel)
    kernel.run("%load_ext jupyter_mltrack")
    shown = kernel.run("%mltrack status").shown()
    (card,) = [content["data"]["text/plain"] for kind, content in shown if kind != "stream"]
    assert "2 notebooks share this kernel" in card
    kernel.client.stop_channels()


def test_a_server_that_does_not_answer_keeps_no_cell_waiting(tmp_path: Path) -> None:
    variables = {"JUPYTER_RUNTIME_DIR": str(tmp_path), "JPY_PARENT_PID": "7"}
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = {"url": f"http://127.0.0.1:{silent.getsockname()[1]}/", "token": "t"}
        (tmp_path / "jpserver-7.json").write_text(json.dumps(address))
        asker = SessionAsker("kernel", variables)
        start = time.monotonic()
        assert asker.find() is None
        assert asker.find() is None
        assert time.monotonic() - start < 5
        silent.settimeout(60)
        connection, _ = silent.accept()
        assert b"token t" in connection.recv(10_000)
        asker.wait(10)
        assert asker.find() is None
        connection.close()


@pytest.mark.parametrize("content", ["", "[]", '{"url": 7}', '{"url": "http://127.0.0.1:1/"}'])
def test_what_a_dead_server_left_is_no_trouble(tmp_path: Path, content: str) -> None:
    (tmp_path / "jpserver-7.json").write_text(content)
    variables = {"JUPYTER_RUNTIME_DIR": str(tmp_path), "JPY_PARENT_PID": "7"}
    asker = SessionAsker("kernel", variables)
    asker.find()
    asker.wait(10)
    assert asker.find() is None


def hosted(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(NOTEBOOK.read_text())
    content["metadata"]["colab"] = {"name": name}
    return content


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A stand-in for Colab's module; what it was asked is in the list."""
    asked: list[dict[str, Any]] = []

    def blocking_request(kind: str, request: str = "", timeout_sec: float | None = 5) -> Any:
        asked.append({"kind": kind, "timeout": timeout_sec, "thread": threading.current_thread()})
        return {"ipynb": hosted("Churn.ipynb")}

    google, module = types.ModuleType("google"), types.ModuleType("google.colab")
    message = types.ModuleType("google.colab._message")
    message.blocking_request = blocking_request
    google.colab, module._message = module, message
    for one in (google, module, message):
        monkeypatch.setitem(sys.modules, one.__name__, one)
    monkeypatch.setenv("COLAB_RELEASE_TAG", "test")
    return asked


def test_colab_hands_out_the_notebook_unsaved_edits_included(
    notebook: Notebook, colab: list[dict[str, Any]], store: Any, no_problems: None
) -> None:
    notebook.run("%mltrack start --no-autolog")
    notebook.run("rate = 0.1")
    notebook.run("rate *= 2")
    session = sessions.get_session()
    assert (session.facts.notebook_path, session.facts.notebook_source) == ("Churn.ipynb", "colab")
    assert session.experiment == "Churn"
    # Once in a while, briefly, and only from the thread that may.
    (asked,) = colab
    assert asked["kind"] == "get_ipynb"
    assert asked["timeout"] <= 2
    assert asked["thread"] is threading.main_thread()
    session.flush(10)
    last = store.list_session_cells(session.session_id)[-1]
    revision = store.get_revision(last.revision)
    assert revision.layer == "live"
    assert [cell.cell_id for cell in revision.cells] == IDS


def test_colab_that_fails_is_left_alone(
    notebook: Notebook, colab: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: str, **more: Any) -> Any:
        colab.append({"kind": kind})
        raise TimeoutError("no answer")

    monkeypatch.setattr(sys.modules["google.colab._message"], "blocking_request", refuse)
    notebook.run("%mltrack start --no-autolog")
    assert notebook.run("x = 1\nx").value == 1
    notebook.run("x = 2")
    assert len(colab) == 1
    assert "no answer" in notebook.run("%mltrack status").text


def test_kaggle_hands_out_the_notebook(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch, store: Any, no_problems: None
) -> None:
    threads = []

    class UserSessionClient:
        def get_exportable_ipynb(self) -> dict[str, str]:
            threads.append(threading.current_thread())
            return {"source": json.dumps(hosted(""))}

    module = types.ModuleType("kaggle_session")
    module.UserSessionClient = UserSessionClient
    monkeypatch.setitem(sys.modules, "kaggle_session", module)
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    notebook.run("%mltrack start --no-autolog")
    wait_until(lambda: threads)
    notebook.shell._mltrack_tracker.notebook.finder.wait(5)
    notebook.run("rate *= 2")
    assert threads[0] is not threading.main_thread()
    session = sessions.get_session()
    assert session.facts.notebook_source == "kaggle"
    session.flush(10)
    last = store.list_session_cells(session.session_id)[-1]
    assert last.cell_id == "twin-1"
    assert store.get_revision(last.revision).layer == "live"


def test_plain_ipython_has_no_notebook(notebook: Notebook, no_problems: None) -> None:
    notebook.run("%mltrack start --no-autolog")
    notebook.run("x = 1")
    facts = sessions.get_session().facts
    assert (facts.front_end, facts.notebook_path) == ("ipython", "")
    assert "The path of the notebook is not known" in notebook.run("%mltrack status").text
