"""Colab and Kaggle, which hand out the notebook itself, unsaved edits included."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from jupyter_mltrack.capture.document import Document, read_notebook
from jupyter_mltrack.magics.notebook import NotebookFact
from jupyter_mltrack.tracking.problems import problems

TIMEOUT_SECONDS: Final = 2
INTERVAL_SECONDS: Final = 30.0
"""Colab is asked by the thread of the user's cell, and must not delay each one."""
RETRY_SECONDS: Final = 300.0
KAGGLE_PATH: Final = "kaggle.ipynb"


class HostedNotebook:
    """The notebook as Colab or Kaggle gave it last; ``document`` is None elsewhere."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._variables = os.environ if environment is None else environment
        self.fact: NotebookFact | None = None
        self.document: Document | None = None
        self._next = 0.0
        self._thread: threading.Thread | None = None

    def find(self) -> NotebookFact | None:
        """What is known; asks again when that is a while ago."""
        if time.monotonic() >= self._next:
            if "COLAB_RELEASE_TAG" in self._variables or "google.colab" in sys.modules:
                self._ask_colab()
            elif "KAGGLE_KERNEL_RUN_TYPE" in self._variables:
                self._ask_kaggle()
        return self.fact

    def wait(self, timeout: float) -> None:
        """Wait for the question that is under way."""
        if self._thread is not None:
            self._thread.join(timeout)

    def _ask_colab(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return  # from another thread the question would never be answered
        self._take(_read_colab, "colab")

    def _ask_kaggle(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(
            target=self._take, args=(_read_kaggle, "kaggle"), name="mltrack-notebook", daemon=True
        )
        self._thread.start()

    def _take(self, read: Callable[[], tuple[str, Any]], source: str) -> None:
        self._next = time.monotonic() + RETRY_SECONDS
        with problems.caught(f"reading the notebook from {source.capitalize()}"):
            path, content = read()
            document = read_notebook(content, path)
            if document is not None:
                if document != self.document:
                    self.document = document
                self.fact = NotebookFact(path, source)
                self._next = time.monotonic() + INTERVAL_SECONDS


def _read_colab() -> tuple[str, Any]:
    from google.colab import _message

    answer = _message.blocking_request("get_ipynb", timeout_sec=TIMEOUT_SECONDS)
    content = answer["ipynb"] if answer else {}
    metadata = content.get("metadata") or {}
    return str((metadata.get("colab") or {}).get("name") or "colab.ipynb"), content


def _read_kaggle() -> tuple[str, Any]:
    from kaggle_session import UserSessionClient

    # It does not say the notebook's name.
    return KAGGLE_PATH, json.loads(UserSessionClient().get_exportable_ipynb()["source"])
