"""Asks the Jupyter server that runs this kernel for the notebook's path: it follows renames.

Only needed where our front end is absent. The server's address and token are in a file that it
leaves for its own user; the question is asked by a background thread.
"""

import os
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from jupyter_mltrack.magics.notebook import NotebookFact, relative_to_root, without_drive

TIMEOUT_SECONDS: Final = 2.0
INTERVAL_SECONDS: Final = 10.0
"""A rename is noticed by the first cell that runs so long after the last question."""
RETRY_SECONDS: Final = 1.0
MAX_SERVERS: Final = 5
SOURCE: Final = "server sessions"


class _Server(msgspec.Struct):
    url: str
    token: str = ""
    root_dir: str = ""


class _Kernel(msgspec.Struct):
    id: str = ""


class _Session(msgspec.Struct):
    path: str = ""
    type: str = "notebook"
    kernel: _Kernel | None = None


class SessionAsker:
    """Keeps what the server said last of one kernel."""

    def __init__(self, kernel_id: str, environment: Mapping[str, str] | None = None) -> None:
        self._kernel_id = kernel_id
        self._variables = os.environ if environment is None else environment
        self._answer: NotebookFact | None = None
        self._next = 0.0
        self._thread: threading.Thread | None = None

    def find(self) -> NotebookFact | None:
        """The last answer; asks again, without waiting for it, when that is a while ago."""
        now = time.monotonic()
        if now >= self._next and (self._thread is None or not self._thread.is_alive()):
            self._next = now + INTERVAL_SECONDS
            if self._kernel_id and "JPY_PARENT_PID" in self._variables:
                self._thread = threading.Thread(
                    target=self._ask, name="mltrack-notebook", daemon=True
                )
                self._thread.start()
        return self._answer

    def wait(self, timeout: float) -> None:
        """Wait for the question that is under way."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _ask(self) -> None:
        for server in find_servers(self._variables):
            sessions = _get_sessions(server)
            mine = [one for one in sessions if one.kernel and one.kernel.id == self._kernel_id]
            notebooks = [one for one in mine if one.type == "notebook"]
            if notebooks:
                self._answer = self._choose(server, {one.path for one in notebooks})
                return

    def _choose(self, server: _Server, paths: set[str]) -> NotebookFact | None:
        named = sorted(path for path in paths if path.endswith(".ipynb"))
        if len(named) < len(paths):
            # JupyterLab opens a session under a random name and renames it a moment later.
            self._next = time.monotonic() + RETRY_SECONDS
            return self._answer
        if len(named) > 1:
            note = (
                f"{len(named)} notebooks share this kernel ({', '.join(named)}), and nothing tells "
                "which of them runs a cell."
            )
            return NotebookFact(note=note)
        path = without_drive(named[0])
        file = Path(server.root_dir, path) if server.root_dir else None
        if file is not None and file.is_file():
            path = relative_to_root(str(file), self._variables)
        return NotebookFact(path, SOURCE)


def find_servers(variables: Mapping[str, str]) -> list[_Server]:
    """The server that started this kernel; where it is not plain, those of this user."""
    from jupyter_core.paths import jupyter_runtime_dir

    directory = Path(variables.get("JUPYTER_RUNTIME_DIR") or jupyter_runtime_dir())
    own = directory / f"jpserver-{variables.get('JPY_PARENT_PID', '')}.json"
    files = [own] if own.is_file() else []
    if not files and "JPY_SESSION_NAME" in variables:
        files = sorted(directory.glob("jpserver-*.json"), key=_age)[:MAX_SERVERS]
    return [server for file in files if (server := _read_server(file))]


def _age(file: Path) -> float:
    try:
        return -file.stat().st_mtime
    except OSError:
        return 0.0


def _read_server(file: Path) -> _Server | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Server)
    except (OSError, msgspec.MsgspecError):
        return None


def _get_sessions(server: _Server) -> list[_Session]:
    if not server.url.startswith(("http://", "https://")):
        return []  # a server on a socket
    request = urllib.request.Request(server.url.rstrip("/") + "/api/sessions")
    if server.token:
        request.add_header("Authorization", f"token {server.token}")
    # The address is this machine's: a proxy has no business with it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            content: Any = response.read(10 << 20)
        return msgspec.json.decode(content, type=list[_Session])
    except (OSError, ValueError, msgspec.MsgspecError):
        return []
