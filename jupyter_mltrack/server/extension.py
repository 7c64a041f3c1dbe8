"""Start-up of the server's side."""

import os
from pathlib import Path
from typing import Any, Final

from jupyter_mltrack import settings
from jupyter_mltrack.server import changes, jobs
from jupyter_mltrack.server.backend import SETTING, Backend
from jupyter_mltrack.server.maintenance import Maintenance
from jupyter_mltrack.server.routes import make_rules
from jupyter_mltrack.server.watcher import Watcher

ROOT_VARIABLE: Final = "MLTRACK_SERVER_ROOT"
"""Tells kernels which directory the panel's notebook paths are relative to."""


def load_extension(server_app: Any) -> None:
    """Add the routes, hand the store to kernels, begin to look after journals."""
    root = Path(server_app.root_dir).expanduser()
    backend = Backend(settings.default_store_uri(root))
    maintenance = Maintenance(backend, server_app.log)
    share_with_kernels(backend.store_uri, root)
    web_app = server_app.web_app
    web_app.settings[SETTING] = backend
    web_app.settings[changes.SETTING] = Watcher(backend)
    web_app.settings[jobs.SETTING] = jobs.Jobs(backend.store_uri, server_app.log)
    web_app.settings["mltrack_maintenance"] = maintenance
    web_app.add_handlers(".*$", make_rules(web_app.settings["base_url"]))
    server_app.io_loop.add_callback(maintenance.start)
    server_app.log.info("mltrack: tracking store %s", settings.shown_store_uri(backend.store_uri))


def share_with_kernels(store_uri: str, root: Path) -> None:
    """Put the store into the environment that kernels inherit, unless the user named one."""
    os.environ.setdefault(settings.STORE_VARIABLE, store_uri)
    os.environ[ROOT_VARIABLE] = str(root.resolve())
