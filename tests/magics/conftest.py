"""A real IPython shell with the extension loaded, whose cells can be run and looked at."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import jupyter_mltrack
from jupyter_mltrack.magics import start as starting
from jupyter_mltrack.store.contract import Store


class Shown:
    """What one cell printed, displayed and raised."""

    def __init__(self, captured: Any, result: Any) -> None:
        self.out: str = captured.stdout
        self.err: str = captured.stderr
        self.bundles: list[dict[str, Any]] = [output.data for output in captured.outputs]
        self.value = result.result
        self.error = result.error_before_exec or result.error_in_exec

    @property
    def text(self) -> str:
        return "\n".join(bundle["text/plain"] for bundle in self.bundles)

    @property
    def html(self) -> str:
        return "\n".join(bundle["text/html"] for bundle in self.bundles)


class Notebook:
    """Cells run one after the other."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def run(self, code: str) -> Shown:
        with capture_output() as captured:
            result = self.shell.run_cell(code, store_history=True)
        return Shown(captured, result)

    def complete(self, line: str) -> list[str]:
        from IPython.core.completer import provisionalcompleter

        with provisionalcompleter():
            found = self.shell.Completer.completions(line, len(line))
            return [line[: one.start] + one.text for one in found]


@pytest.fixture
def notebook(store: Store, store_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A shell, writing to ``store``, in a directory of its own, not tracked yet."""
    monkeypatch.chdir(store_path.parent)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "jupyter_mltrack")
    notebook = Notebook(shell)
    yield notebook
    starting.stop_tracking(shell)
    jupyter_mltrack.unload_ipython_extension(shell)
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def tracked(notebook: Notebook, no_problems: None) -> Notebook:
    """The same, tracked, with two runs in it."""
    notebook.run("%mltrack start --no-autolog --experiment trees")
    notebook.run(
        "%%mltrack run first --tag stage=dev\n"
        "import jupyter_mltrack as mltrack\n"
        "mltrack.log_params({'depth': 3, 'note': '<b>bold</b>'})\n"
        "for step in range(4):\n"
        "    mltrack.log_metric('loss', 1 / (step + 1), step=step)\n"
        "mltrack.log_metric('accuracy', 0.9)"
    )
    notebook.run(
        "%%mltrack run second\n"
        "mltrack.log_params({'depth': 8, 'note': '<b>bold</b>'})\n"
        "mltrack.log_metrics({'accuracy': 0.95, 'loss': 0.5})"
    )
    return notebook
