"""What a real JupyterLab tells the kernel of the notebook: as it is now, whatever happens to it."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, writes
from playwright.sync_api import Page, expect

from jupyter_mltrack.entities import CellExecution, Revision
from jupyter_mltrack.store import open_store
from jupyter_mltrack.store.contract import Store
from tests.browser.conftest import TIMEOUT_MS, Lab, open_notebook, run_command

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

START = "%load_ext jupyter_mltrack\n%mltrack start --no-autolog\nimport jupyter_mltrack as mltrack"
RUN = "with mltrack.start_run(run_name={name!r}):\n    mltrack.log_metric('loss', 0.5)"
KEYS = (
    "_sent = get_ipython().displayhook.exec_result.info.cell_meta['jupyter_mltrack']\n"
    "print(sorted(_sent))"
)


@pytest.fixture(scope="module", autouse=True)
def patience() -> None:
    expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="module")
def stored(lab: Lab) -> Any:
    opened = open_store(str(lab.store))
    yield opened
    opened.close()


def write(lab: Lab, name: str, *cells: Any) -> None:
    # Without a kernel's name JupyterLab would ask for one.
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    (lab.root / name).write_text(writes(new_notebook(cells=list(cells), metadata=kernel)))


class Open:
    """One open notebook: ``cells`` are start, one to run, text, one that never runs."""

    def __init__(self, page: Page, lab: Lab, stored: Store, name: str) -> None:
        self.page, self.lab, self.stored, self.path = page, lab, stored, name

    @classmethod
    def new(cls, page: Page, lab: Lab, stored: Store, name: str) -> "Open":
        write(
            lab,
            name,
            new_code_cell(START),
            new_code_cell("x = 1"),
            new_markdown_cell("# As saved"),
            new_code_cell("never = 'as saved'"),
        )
        opened = cls(page, lab, stored, name)
        opened.show()
        opened.run(0)
        return opened

    def show(self) -> None:
        open_notebook(self.page, self.path)

    def js(self, body: str, *arguments: Any) -> Any:
        """Run JavaScript that knows ``app``, ``panel``, ``cells``, ``edit`` and ``run``."""
        return self.page.evaluate(
            f"""async ([path, args, timeout]) => {{
                const late = new Promise((_, fail) => setTimeout(() => fail('late'), timeout));
                const act = async () => {{
                const app = window.jupyterapp;
                const panel = [...app.shell.widgets('main')].find(
                    one => one.context?.path === path && one.content?.widgets);
                const cells = panel.content.widgets;
                const edit = (n, text) =>
                    panel.content.model.cells.get(n).sharedModel.setSource(text);
                const run = n => {{
                    panel.content.activeCellIndex = n;
                    panel.content.deselectAll();
                    return app.commands.execute('notebook:run-cell');
                }};
                app.shell.activateById(panel.id);
                {body}
                }};
                return Promise.race([act(), late]);
            }}""",
            [self.path, list(arguments), TIMEOUT_MS],
        )

    def edit(self, cell: int, text: str) -> None:
        self.js("edit(args[0], args[1])", cell, text)

    def run(self, cell: int, source: str | None = None) -> str:
        """Run a cell; returns what it printed."""
        if source is not None:
            self.edit(cell, source)
        self.js("await run(args[0])", cell)
        return "".join(output.get("text", "") for output in self.outputs(cell))

    def outputs(self, cell: int) -> list[dict[str, Any]]:
        shown = self.js("return cells[args[0]].model.outputs.toJSON()", cell)
        return [
            {**output, "text": "".join(output["text"])} if "text" in output else output
            for output in shown
        ]

    def executed(self, source: str) -> CellExecution:
        """The last execution of a source, once it has ended."""

        def find() -> CellExecution | None:
            for session in self.stored.list_sessions():
                for cell in reversed(self.stored.list_session_cells(session.session_id)):
                    if cell.source == source and cell.end_time is not None:
                        return cell
            return None

        return wait_for(find)

    def revision(self, source: str) -> Revision:
        return self.stored.get_revision(self.executed(source).revision)


def wait_for(find: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (found := find()) is not None:
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def sources(revision: Revision) -> list[str]:
    return [cell.source for cell in revision.cells]


def run_names(page: Page) -> list[str]:
    return page.get_by_test_id("mltrack-run-name").all_inner_texts()


def expect_runs(page: Page, *names: str) -> None:
    """The panel lists these runs of the notebook that is shown, and no others."""
    wanted = set(names)
    wait_for(lambda: True if set(run_names(page)) == wanted else None)


def test_unsaved_edits_reach_the_revision(page: Page, lab: Lab, stored: Store) -> None:
    notebook = Open.new(page, lab, stored, "edits.ipynb")
    notebook.edit(2, "# Not saved")
    notebook.edit(3, "never = 'not saved'")
    notebook.run(1, "x = 'edited'")
    revision = notebook.revision("x = 'edited'")
    assert (revision.layer, revision.notebook_path) == ("live", "edits.ipynb")
    assert sources(revision) == [START, "x = 'edited'", "# Not saved", "never = 'not saved'"]
    assert [cell.origin for cell in revision.cells] == ["earlier", "executed", "text", "never"]
    assert "Not saved" not in (lab.root / "edits.ipynb").read_text()
    # In the order they have now.
    notebook.js("panel.content.model.sharedModel.moveCell(2, 0)")
    notebook.run(2, "x = 'moved'")
    assert sources(notebook.revision("x = 'moved'"))[:3] == ["# Not saved", START, "x = 'moved'"]


def test_cells_travel_only_when_they_changed(page: Page, lab: Lab, stored: Store) -> None:
    notebook = Open.new(page, lab, stored, "travel.ipynb")
    assert "'cells'" in notebook.run(1, KEYS)
    first = notebook.executed(KEYS)
    assert "'cells'" not in notebook.run(1)
    again = wait_for(lambda: (
        found if (found := notebook.executed(KEYS)).execution_id != first.execution_id else None
    ))  # fmt: skip
    assert again.revision == first.revision
    notebook.edit(2, "# Edited")
    assert "'cells'" in notebook.run(1)
    # What is queued behind a cell that fails never reaches the kernel: it is sent again.
    notebook.js(
        """edit(3, '1 / 0');
        const failing = run(3);
        edit(2, '# Edited while it ran');
        const aborted = run(1);
        await Promise.all([failing, aborted]);"""
    )
    assert "'cells'" in notebook.run(1)
    wait_for(lambda: "# Edited while it ran" in sources(notebook.revision(KEYS)) or None)


def test_after_a_rename_the_runs_from_before_are_still_listed(
    page: Page, lab: Lab, stored: Store
) -> None:
    notebook = Open.new(page, lab, stored, "before.ipynb")
    run_command(page, "mltrack:open-panel")
    notebook.run(1, RUN.format(name="old name"))
    expect_runs(page, "old name")
    notebook.js("await panel.context.save(); await panel.context.rename('after.ipynb')")
    notebook.path = "after.ipynb"
    notebook.run(1, RUN.format(name="new name"))
    assert notebook.executed(RUN.format(name="new name")).notebook_path == "after.ipynb"
    expect_runs(page, "old name", "new name")
    notebook.run(3, "%mltrack runs")
    (table,) = notebook.outputs(3)
    assert "old name" in json.dumps(table["data"])


def test_a_copy_is_a_notebook_of_its_own(page: Page, lab: Lab, stored: Store) -> None:
    notebook = Open.new(page, lab, stored, "original.ipynb")
    run_command(page, "mltrack:open-panel")
    notebook.run(1, RUN.format(name="of the original"))
    expect_runs(page, "of the original")
    notebook.js("await panel.context.save(); await app.serviceManager.contents.copy(path, '')")
    copy = Open(page, lab, stored, "original-Copy1.ipynb")
    copy.show()
    copy.run(0)
    copy.run(3, "%mltrack status")
    assert "copied from original.ipynb" in json.dumps(copy.outputs(3))
    copy.run(1, RUN.format(name="of the copy"))
    expect_runs(page, "of the copy")
    notebook.show()
    expect_runs(page, "of the original")


@pytest.mark.parametrize(
    "change",
    [
        "await panel.sessionContext.restartKernel()",
        "await panel.sessionContext.changeKernel({ name: 'python3' })",
    ],
)
def test_a_restarted_or_another_kernel_is_told_as_well(
    page: Page, lab: Lab, stored: Store, change: str
) -> None:
    name = f"kernel-{'restart' if 'restart' in change else 'change'}.ipynb"
    notebook = Open.new(page, lab, stored, name)
    notebook.run(1, f"x = 'before {name}'")
    notebook.js(f"{change}; await panel.sessionContext.session.kernel.info")
    notebook.run(0)
    notebook.run(1, f"x = 'after {name}'")
    revisions = [notebook.revision(f"x = '{when} {name}'") for when in ("before", "after")]
    assert [one.layer for one in revisions] == ["live", "live"]
    sessions = {
        notebook.executed(f"x = '{when} {name}'").session_id for when in ("before", "after")
    }
    assert len(sessions) == 2


def test_two_notebooks_on_one_kernel_are_told_apart(page: Page, lab: Lab, stored: Store) -> None:
    one = Open.new(page, lab, stored, "one.ipynb")
    two = Open(page, lab, stored, "two.ipynb")
    write(lab, "two.ipynb", new_code_cell("y = 1"), new_markdown_cell("# Two"))
    two.show()
    kernel = one.js("return panel.sessionContext.session.kernel.id")
    two.js("await panel.sessionContext.changeKernel({ id: args[0] })", kernel)
    for turn in range(2):
        two.run(0, f"y = 'two {turn}'")
        one.run(1, f"x = 'one {turn}'")
    # Unchanged since: they come without their cells, in turns.
    two.run(0)
    for turn in range(2):
        cells = [two.executed(f"y = 'two {turn}'"), one.executed(f"x = 'one {turn}'")]
        assert [cell.notebook_path for cell in cells] == ["two.ipynb", "one.ipynb"]
        revisions = [stored.get_revision(cell.revision) for cell in cells]
        assert [revision.layer for revision in revisions] == ["live", "live"]
        assert [len(revision.cells) for revision in revisions] == [2, 4]
        assert cells[0].session_id == cells[1].session_id


def test_closed_reopened_in_two_views_and_beside_a_console(
    page: Page, lab: Lab, stored: Store
) -> None:
    notebook = Open.new(page, lab, stored, "views.ipynb")
    notebook.js("await panel.context.save(); panel.close()")
    page.wait_for_function(
        "() => ![...window.jupyterapp.shell.widgets('main')].some("
        "one => one.context?.path === 'views.ipynb')"
    )
    notebook.show()
    notebook.run(1, "x = 'reopened'")
    assert notebook.revision("x = 'reopened'").layer == "live"
    # A second view outlives the first.
    notebook.js("await app.commands.execute('docmanager:clone'); panel.close()")
    wait_for(lambda: notebook.js("return cells.length === 4 || null"))
    notebook.edit(2, "# In the second view")
    notebook.run(1, "x = 'second view'")
    revision = notebook.revision("x = 'second view'")
    assert (revision.layer, sources(revision)[2]) == ("live", "# In the second view")
    notebook.js(
        """const console = await app.commands.execute('console:create', {
            path, preferredLanguage: 'python',
            kernelPreference: { id: panel.sessionContext.session.kernel.id } });
        await console.sessionContext.ready;
        await console.console.inject("x = 'console'");
        console.dispose();"""
    )
    cell = notebook.executed("x = 'console'")
    assert cell.notebook_path == "views.ipynb"
    assert cell.session_id == notebook.executed("x = 'second view'").session_id
    revision = stored.get_revision(cell.revision)
    assert revision.layer == "live"
    assert "# In the second view" in sources(revision)


def test_figures_are_kept_with_the_cell_that_shows_them_while_widgets_talk(
    page: Page, lab: Lab, stored: Store
) -> None:
    notebook = Open.new(page, lab, stored, "figures.ipynb")
    notebook.run(
        1, "import ipywidgets, time, matplotlib.pyplot as plt\nw = ipywidgets.IntSlider()\nw"
    )
    source = (
        "import time\nfigure = plt.figure()\nplt.plot([1, 2])\n"
        "plt.show()\ntime.sleep(1)\nprint(w.value)"
    )
    notebook.edit(3, source)
    notebook.js(
        """const running = run(3);
        await new Promise(resolve => setTimeout(resolve, 300));
        for (const comm of panel.sessionContext.session.kernel._comms.values()) {
            const model = await comm;
            model.send({ method: 'update', state: { value: 7 }, buffer_paths: [] });
        }
        await running;"""
    )
    shown = [output["output_type"] for output in notebook.outputs(3)]
    assert "display_data" in shown
    cell = notebook.executed(source)
    kept = stored.list_outputs(cell.execution_id)
    assert [output.output_type for output in kept] == shown
    (picture,) = [output for output in kept if output.output_type == "display_data"]
    assert "image/png" in picture.blobs


def test_a_pasted_cell_has_an_id_of_its_own(page: Page, lab: Lab, stored: Store) -> None:
    notebook = Open.new(page, lab, stored, "paste.ipynb")
    notebook.run(1, "x = 'copied'")
    first = notebook.executed("x = 'copied'")
    notebook.js(
        """panel.content.activeCellIndex = 1;
        await app.commands.execute('notebook:copy-cell');
        await app.commands.execute('notebook:paste-cell-below');"""
    )
    notebook.run(2)
    second = wait_for(lambda: (
        found if (found := notebook.executed("x = 'copied'")).cell_id != first.cell_id else None
    ))  # fmt: skip
    revision = stored.get_revision(second.revision)
    assert [cell.cell_id for cell in revision.cells][1:3] == [first.cell_id, second.cell_id]


def test_a_cell_tagged_as_private_is_not_stored(page: Page, lab: Lab, stored: Store) -> None:
    notebook = Open.new(page, lab, stored, "private.ipynb")
    notebook.js("cells[3].model.setMetadata('tags', ['mltrack-ignore'])")
    notebook.run(3, "hidden = 'the-hidden-word'\nprint(hidden)")
    notebook.run(1, "x = 'after the private cell'")
    revision = notebook.revision("x = 'after the private cell'")
    assert "not stored" in sources(revision)[3]
    session = notebook.executed("x = 'after the private cell'").session_id
    ran = [cell.source for cell in stored.list_session_cells(session)]
    assert ran == [START, "x = 'after the private cell'"]
    kept = b"".join(file.read_bytes() for file in lab.store.rglob("*") if file.is_file())
    assert b"the-hidden-word" not in kept
