"""Executes cells in a fresh kernel, as a front end does, with tracking on or off."""

import ast
import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import msgspec
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from jupyter_mltrack.projects.client import CellClient

TIMEOUT_SECONDS: Final = 300
"""For one cell; tests that execute notebooks have more, so that they can tell where it hangs."""
TEST_SECONDS: Final = 3 * TIMEOUT_SECONDS
STACKS_LOOKS: Final = 20
STACKS_LOOK_SECONDS: Final = 0.5

START: Final = """exec(
    "shell.run_line_magic('load_ext', 'jupyter_mltrack'); shell.run_line_magic('mltrack', 'start')",
    {"shell": get_ipython()},
)"""
# All of its threads' stacks go into a file when the signal comes, whatever they wait for.
TELL_STACKS: Final = """exec(
    "import faulthandler, signal; faulthandler.register(signal.SIGUSR1, file=open({!r}, 'w'))", {{}}
)"""
RANDOM_STATES: Final = """(lambda modules, digest: __import__("json").dumps({
    "random": digest(repr(modules["random"].getstate())) if "random" in modules else "",
    "numpy": digest(repr([
        part.tolist() if hasattr(part, "tolist") else part
        for part in modules["numpy"].random.get_state()
    ])) if "numpy" in modules else "",
}))(
    __import__("sys").modules,
    lambda text: __import__("hashlib").sha256(text.encode()).hexdigest(),
)"""
PROBLEMS: Final = """__import__("json").dumps([
    str(problem) for problem in __import__(
        "jupyter_mltrack.tracking.problems", fromlist=["problems"]
    ).problems.list_problems()
])"""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of one cell; ``document`` is the notebook's file from this step on."""

    cell_id: str
    source: str
    may_raise: bool = False
    document: str = ""


class Ran(msgspec.Struct, kw_only=True):
    """What steps showed, each with the cell as nbformat has it; ``failure`` ends the list early.

    ``problems`` are those that tracking kept to itself.
    """

    cells: list[Any]
    random_states: Mapping[str, str] = {}
    problems: Sequence[str] = ()
    failure: str = ""

    def find_error(self) -> str:
        """The first exception of a cell that may not raise, or what went wrong; empty if none."""
        place = self.find_stop()
        return self.failure if place is None else _tell_error(self.cells[place])

    def find_stop(self) -> int | None:
        """Where a front end that runs all cells would stop: at the first that may not raise."""
        for place, cell in enumerate(self.cells):
            if "raises-exception" not in cell.metadata.get("tags", []) and _tell_error(cell):
                return place
        return None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where cells run: their directory, and the notebook's file as the kernel is told of it."""

    directory: Path
    notebook: Path


class Client(NotebookClient):
    """nbclient's, but one that hears of every reply; see :class:`ShellChannel` of that room."""

    def create_kernel_manager(self) -> Any:
        manager = super().create_kernel_manager()
        manager.client_factory = CellClient
        return manager


def execute(
    steps: Sequence[Step],
    place: Place,
    *,
    store: Path | None,
    identified: bool = False,
    timeout: int = TIMEOUT_SECONDS,
) -> Ran:
    """Execute steps in a fresh kernel; tracked into ``store`` when there is one.

    ``identified`` sends each cell's id along, as JupyterLab does and nbclient does not. A cell that
    takes longer than ``timeout`` (s) is the last; the failure tells where the kernel was then.
    """
    notebook = nbformat.v4.new_notebook(cells=[_to_cell(step) for step in steps])
    client = Client(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(place.directory)}},
    )
    return asyncio.run(_execute(client, steps, place, store, identified))


def read_steps(notebook: Any) -> list[Step]:
    """The code cells of a notebook from top to bottom."""
    return [
        Step(
            cell_id=cell.get("id", ""),
            source=cell.source,
            may_raise="raises-exception" in cell.metadata.get("tags", []),
        )
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]


def _tell_error(cell: Any) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return "".join(f"{error.ename}: {error.evalue}"[:300] for error in errors[:1])


async def _execute(
    client: Client, steps: Sequence[Step], place: Place, store: Path | None, identified: bool
) -> Ran:
    ran = Ran(cells=client.nb.cells)
    with tempfile.TemporaryDirectory() as directory:
        stacks = Path(directory) / "stacks"
        async with client.async_setup_kernel(env=_environment(place, store)):
            await _prepare(
                client.kc, TELL_STACKS.format(str(stacks)), "It does not tell its stacks"
            )
            if store is not None:
                await _prepare(client.kc, START, "Tracking did not start")
            if identified:
                _send_cell_ids(client, steps)
            for number, step in enumerate(steps):
                if step.document:
                    place.notebook.write_text(step.document)
                try:
                    await client.async_execute_cell(ran.cells[number], number)
                except (CellTimeoutError, DeadKernelError) as error:
                    ran.failure = f"{type(error).__name__} in {step.source[:60]!r}"
                    if isinstance(error, CellTimeoutError):
                        ran.failure += f"\n{await _read_stacks(client, stacks)}"
                    # The interrupt that ends the kernel is no output of the cell.
                    ran.cells = deepcopy(ran.cells[: number + 1])
                    return ran
            await _ask(client.kc, ran, tracked=store is not None)
    return ran


async def _prepare(kernel: Any, code: str, complaint: str) -> None:
    """Have the kernel execute what is no cell."""
    reply = await kernel.execute_interactive(
        code, silent=True, output_hook=_ignore, timeout=TIMEOUT_SECONDS
    )
    _expect_ok(complaint, reply["content"])


async def _read_stacks(client: Client, file: Path) -> str:
    """The stacks of a kernel's threads as they are now."""
    # The kernel's process alone: the manager would signal the programs it started too.
    os.kill(client.km.provisioner.pid, signal.SIGUSR1)
    for _ in range(STACKS_LOOKS):
        await asyncio.sleep(STACKS_LOOK_SECONDS)
        if text := file.read_text("utf-8", "replace"):
            await asyncio.sleep(STACKS_LOOK_SECONDS)  # for the rest
            return file.read_text("utf-8", "replace") or text
    return "The kernel does not tell its stacks."


def _to_cell(step: Step) -> Any:
    cell = nbformat.v4.new_code_cell(step.source)
    if step.may_raise:
        cell.metadata["tags"] = ["raises-exception"]
    return cell


def _environment(place: Place, store: Path | None) -> dict[str, str]:
    # Not the session name of a server this may be run under, nor the user's own store.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JPY_", "MLTRACK_", "VSC"))}
    kept["MLTRACK_NOTEBOOK"] = str(place.notebook)
    if store is not None:
        kept["MLTRACK_STORE"] = str(store)
    return kept


def _send_cell_ids(client: Any, steps: Sequence[Step]) -> None:
    session, ids = client.kc.session, iter([step.cell_id for step in steps])
    plain = session.msg

    def message(kind: str, content: Any = None, *given: Any, **named: Any) -> Any:
        made = plain(kind, content, *given, **named)
        if kind == "execute_request" and not (content or {}).get("silent"):
            made["metadata"]["cellId"] = next(ids)
        return made

    session.msg = message


def _ignore(message: Any) -> None:
    """What the harness itself executes shows nothing to anyone."""


async def _ask(kernel: Any, ran: Ran, *, tracked: bool) -> None:
    """Ask the kernel for what no cell shows."""
    questions = {"states": RANDOM_STATES, "problems": PROBLEMS if tracked else "'[]'"}
    reply = await kernel.execute_interactive(
        "",
        silent=True,
        user_expressions=questions,
        output_hook=_ignore,
        timeout=TIMEOUT_SECONDS,
    )
    answers = {}
    for name, answer in reply["content"]["user_expressions"].items():
        _expect_ok(f"The kernel does not tell its {name}", answer)
        answers[name] = json.loads(ast.literal_eval(answer["data"]["text/plain"]))
    ran.random_states, ran.problems = answers["states"], answers["problems"]


def _expect_ok(what: str, answer: Mapping[str, Any]) -> None:
    if answer["status"] != "ok":
        raise AssertionError(f"{what}: {answer.get('ename')}: {answer.get('evalue')}")
