"""A real JupyterLab in headless Chromium, with directories of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "tests" / "output"
TOKEN = "browser-test"
# Generous: a loaded machine of two cores needs minutes where an idle one needs seconds.
TIMEOUT_MS = 180_000
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Lab:
    """A running JupyterLab: its address, served directory and store."""

    def __init__(self, base: Path) -> None:
        self.root = base / "work"
        self.store = base / "store"
        self.log = base / "lab.log"
        self.root.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._process = self._start(base)

    def _start(self, base: Path) -> "subprocess.Popen[bytes]":
        homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                 "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR", "HOME")  # fmt: skip
        environment = {**os.environ, **{name: str(base / name.lower()) for name in homes}}
        environment["MLTRACK_STORE"] = str(self.store)
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        (base / "home").mkdir()
        settings = base / "jupyterlab_settings_dir" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        news_off = settings / "notification.jupyterlab-settings"
        news_off.write_text('{"fetchNews": "false", "checkForUpdates": false}')
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            f"--ServerApp.root_dir={self.root}",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ]
        with self.log.open("wb") as log:
            return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def wait_until_up(self) -> None:
        """Wait for the server to answer."""
        deadline = time.monotonic() + TIMEOUT_MS / 1000
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self.log.read_text()
            try:
                self.get("api/status")
            except OSError:
                time.sleep(0.2)
            else:
                return
        raise AssertionError(self.log.read_text())

    def get(self, path: str) -> Any:
        """The JSON of a GET, with the token."""
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def stop(self) -> None:
        """Stop the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()


@pytest.fixture(autouse=True)
def jp_asyncio_loop() -> None:
    """Take the place of pytest-jupyter's: the browser's driver runs a loop of its own."""


@pytest.fixture(autouse=True)
def jp_server_cleanup() -> None:
    """Take the place of pytest-jupyter's, which needs that loop."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab that serves a copy of the example notebooks."""
    started = Lab(tmp_path_factory.mktemp("lab"))
    shutil.copy(ROOT / "example_notebooks" / "quickstart.ipynb", started.root)
    started.wait_until_up()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def page(lab: Lab) -> Iterator[Page]:
    """A browser page on that JupyterLab, ready to be used."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        context = browser.new_context(viewport={"width": 1500, "height": 900})
        opened = context.new_page()
        opened.set_default_timeout(TIMEOUT_MS)
        opened.goto(f"{lab.url}lab?token={TOKEN}&reset")
        opened.wait_for_selector("#jupyterlab-splash", state="detached")
        opened.wait_for_function("() => window.jupyterapp !== undefined")
        opened.evaluate("() => window.jupyterapp.restored.then(() => null)")
        yield opened
        browser.close()


def run_command(page: Page, command: str, arguments: dict[str, Any] | None = None) -> Any:
    """Run a JupyterLab command and wait for what it returns (true or false, when it tells).

    ``evaluate`` knows no timeout of its own, so the command races a timer.
    """
    outcome = page.evaluate(
        """async ([command, args, timeout]) => {
            const late = new Promise(resolve => setTimeout(() => resolve('late'), timeout));
            const result = await Promise.race([
                window.jupyterapp.commands.execute(command, args), late
            ]);
            return typeof result === 'object' ? null : result ?? null;
        }""",
        [command, arguments or {}, TIMEOUT_MS],
    )
    assert outcome != "late", f"{command} took more than {TIMEOUT_MS / 1000:.0f} s"
    return outcome


def open_notebook(page: Page, path: str) -> None:
    """Open a notebook and wait for its kernel; run before that, cells would ask for one."""
    opened = page.evaluate(
        """async ([path, timeout]) => {
            const late = new Promise(resolve => setTimeout(() => resolve('late'), timeout));
            const open = async () => {
                const panel = await window.jupyterapp.commands.execute(
                    'docmanager:open', { path, factory: 'Notebook' });
                await panel.context.ready;
                await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
                return 'open';
            };
            return Promise.race([open(), late]);
        }""",
        [path, TIMEOUT_MS],
    )
    assert opened == "open", f"{path} took more than {TIMEOUT_MS / 1000:.0f} s to open"


def set_theme(page: Page, theme: str) -> None:
    """Switch to ``JupyterLab Light`` or ``JupyterLab Dark``."""
    run_command(page, "apputils:change-theme", {"theme": theme})
    dark = "false" if "Dark" in theme else "true"
    page.wait_for_selector(f"body[data-jp-theme-light='{dark}']", state="attached")
    page.wait_for_selector("#jupyterlab-splash", state="detached")


def screenshot(page: Page, name: str) -> None:
    """Keep what the page looks like in tests/output/."""
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png")
