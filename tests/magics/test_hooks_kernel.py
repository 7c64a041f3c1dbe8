"""The hooks in a real kernel: every trap of cells, outputs and threads that was ever measured."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mltrack.entities import events as ev
from tests.magics.kernels import (
    START,
    STOP,
    Kernel,
    find_cell,
    open_kernel,
    read_cells,
    read_events,
    wait_until,
)

PROBLEMS = "from jupyter_mltrack.tracking.problems import problems; print(problems.list_problems())"
PYPLOT = "%matplotlib inline\nimport matplotlib.pyplot as plt\n"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def started(store: Path) -> Iterator[Kernel]:
    with open_kernel(store) as kernel:
        kernel.run(START + "\nprint('first')", cellId="first")
        yield kernel


@pytest.fixture
def kernel(started: Kernel) -> Iterator[Kernel]:
    yield started
    assert started.run(PROBLEMS, store_history=False).text() == "[]\n"


def test_cell_that_starts_tracking_is_captured_with_its_later_output(kernel, store):
    cell = find_cell(store, "print('first')")
    assert cell.cell_id == "first"
    assert cell.text() == "first\n"
    assert cell.outcome == "ok"


def test_output_is_what_the_front_end_got(kernel, store):
    kernel.run("print('a'); print('b')\n'value'", cellId="values")
    cell = find_cell(store, "'value'")
    assert [output.output_type for output in cell.listed()] == ["stream", "execute_result"]
    assert cell.text() == "a\nb\n"
    assert cell.listed()[1].data == {"text/plain": "'value'"}


def test_execution_count_is_the_one_shown(kernel, store):
    reply = kernel.run("'counted'")
    assert find_cell(store, "'counted'").started.execution_count == reply.content["execution_count"]


def test_runtime_error_has_its_traceback(kernel, store):
    reply = kernel.run("1 / 0  # runtime")
    cell = find_cell(store, "# runtime")
    assert reply.content["status"] == "error"
    assert (cell.outcome, cell.error) == ("error", "ZeroDivisionError: division by zero")
    (output,) = cell.listed()
    assert (output.output_type, output.name) == ("error", "ZeroDivisionError")
    assert output.data["text/plain"] == "\n".join(reply.content["traceback"])


def test_syntax_error(kernel, store):
    kernel.run("def broken(:  # syntax")
    cell = find_cell(store, "# syntax")
    assert cell.outcome == "error"
    assert cell.error.startswith("SyntaxError: ")
    assert [output.name for output in cell.listed()] == ["SyntaxError"]


def test_system_exit_is_an_error_and_the_kernel_lives(kernel, store):
    kernel.run("import sys; sys.exit(3)")
    assert find_cell(store, "sys.exit").error == "SystemExit: 3"


def test_silent_and_unstored_requests_make_no_cells(kernel, store):
    before = len(read_cells(store))
    kernel.run("'quiet'", silent=True)
    kernel.run("'unstored'", store_history=False)
    assert len(read_cells(store)) == before


def test_empty_cell_makes_no_cell_and_disturbs_no_later_one(kernel, store):
    before = len(read_cells(store))
    kernel.run("   \n")
    assert len(read_cells(store)) == before
    kernel.run("print('after empty')")
    assert find_cell(store, "after empty").outcome == "ok"


def test_cells_queued_behind_an_error_are_not_cells(kernel, store):
    first = kernel.run("import time; time.sleep(0.5); raise ValueError('stop')", wait=False)
    second = kernel.run("print('never runs')", wait=False)
    kernel.finish(first)
    assert kernel.finish(second).content["status"] == "aborted"
    assert all("never runs" not in cell.source for cell in read_cells(store))


@pytest.mark.parametrize(
    "code",
    [
        "get_ipython().run_cell('print(\"nested one\")')\nprint('outer one')",
        "get_ipython().run_cell('')\nprint('nested one'); print('outer one')",
        "get_ipython().run_cell('1/0'); print('nested one'); print('outer one')",
    ],
)
def test_nested_run_cell_is_the_outer_cell(kernel, store, code):
    before = len(read_cells(store))
    kernel.run(code, cellId="outer")
    cells = read_cells(store)[before:]
    assert [cell.source for cell in cells] == [code]
    assert cells[0].text().endswith("nested one\nouter one\n")
    assert cells[0].outcome == "ok"


def test_captured_output_is_not_shown_and_not_stored(kernel, store):
    code = "%%capture held\nprint('swallowed')\n'swallowed too'"
    kernel.run(code)
    cell = find_cell(store, "%%capture held")
    assert cell.listed() == []
    kernel.run("held.show()  # now")
    assert "swallowed" in find_cell(store, "# now").text()


def test_figure_is_in_its_cell_even_for_the_first_import(kernel, store):
    kernel.run(PYPLOT + "plt.plot([1, 2]);  # first plot")
    assert find_cell(store, "# first plot").mimes().count("image/png") == 1


def test_figure_as_last_expression_is_stored_once(kernel, store):
    reply = kernel.run(PYPLOT + "fig, ax = plt.subplots(); ax.plot([3, 1])\nfig  # twice")
    shown = [kind for kind, content in reply.shown() if "image/png" in content.get("data", {})]
    assert len(shown) == 2
    assert find_cell(store, "# twice").mimes().count("image/png") == 1


def test_figure_of_a_failing_cell_is_stored(kernel, store):
    kernel.run(PYPLOT + "plt.plot([1, 3]); raise ValueError('with figure')")
    cell = find_cell(store, "with figure")
    assert "image/png" in cell.mimes()
    assert cell.outcome == "error"


def test_figure_of_an_async_cell_is_stored(kernel, store):
    kernel.run(
        PYPLOT + "import asyncio\nplt.plot([5, 3]); await asyncio.sleep(0.05)  # async figure"
    )
    cell = find_cell(store, "# async figure")
    assert cell.mimes().count("image/png") == 1
    assert cell.outcome == "ok"


def test_interrupt_is_not_an_error(kernel, store):
    running = kernel.run("print('on', flush=True)\nwhile True: pass", wait=False)
    wait_until(lambda: any("while True" in c.source and c.outputs for c in read_cells(store)))
    kernel.manager.interrupt_kernel()
    kernel.finish(running)
    assert find_cell(store, "while True").outcome == "interrupted"


def test_interrupted_async_cell(kernel, store):
    code = "import asyncio\nfor _ in range(100): await asyncio.sleep(0.1)"
    running = kernel.run(code, wait=False)
    wait_until(lambda: any(cell.source == code for cell in read_cells(store)))
    time.sleep(0.2)
    kernel.manager.interrupt_kernel()
    kernel.finish(running)
    assert find_cell(store, "range(100): await").outcome == "interrupted"


def test_thread_display_and_print_are_the_cells(kernel, store):
    kernel.run(
        "import threading\n"
        "def speak(): print('from a thread'); display({'text/plain': 'shown'}, raw=True)\n"
        "t = threading.Thread(target=speak); t.start(); t.join()"
    )
    cell = find_cell(store, "def speak")
    assert "from a thread" in cell.text()
    assert any(output.data == {"text/plain": "shown"} for output in cell.listed())


def test_task_that_outlives_its_cell_still_writes_to_it(kernel, store):
    kernel.run(
        "import asyncio\n"
        "async def later():\n    await asyncio.sleep(0.3); print('late words')\n"
        "task = asyncio.create_task(later())"
    )
    kernel.run("await asyncio.sleep(0.8)  # another cell")
    wait_until(lambda: "late words" in find_cell(store, "def later").text())
    assert find_cell(store, "# another cell").text() == ""


def test_updates_of_a_display_are_one_output(kernel, store):
    kernel.run("bar = display('0', display_id=True)\nfor n in range(1000): bar.update(str(n))")
    cell = find_cell(store, "bar = display")
    assert [output.data["text/plain"] for output in cell.listed()] == ["'999'"]
    assert cell.writes < 10


def test_update_from_a_later_cell_reaches_the_cell_that_shows_it(kernel, store):
    kernel.run("handle = display('before', display_id=True)")
    kernel.run("handle.update('after')")
    wait_until(lambda: "'after'" in str(find_cell(store, "handle = display").listed()), 5)
    assert find_cell(store, "handle.update").listed() == []


def test_clear_output_leaves_the_last_picture(kernel, store):
    kernel.run(
        "from IPython.display import clear_output\n"
        "print('gone')\n"
        "for n in range(200):\n    clear_output(wait=True); display(n)"
    )
    cell = find_cell(store, "clear_output(wait=True)")
    assert [output.data["text/plain"] for output in cell.listed()] == ["199"]
    assert cell.writes < 10


def test_clear_output_without_wait(kernel, store):
    kernel.run("from IPython.display import clear_output\ndisplay('shown')\nclear_output()  # bare")
    assert find_cell(store, "# bare").listed() == []


def test_long_text_is_cut_and_the_cut_is_counted(kernel, store):
    kernel.run("for n in range(30): print('x' * 49_999)")
    cell = wait_until(
        lambda: [
            c
            for c in read_cells(store)
            if "49_999" in c.source and sum(o.truncated for o in c.listed()) == 500_000
        ]
    )[0]
    assert len(cell.text()) == 1_000_000


def test_stderr_is_kept_apart(kernel, store):
    kernel.run("import sys\nprint('out'); print('err', file=sys.stderr)")
    cell = find_cell(store, "print('err'")
    assert (cell.text("stdout"), cell.text("stderr")) == ("out\n", "err\n")


def test_data_frame_keeps_its_whole_bundle(kernel, store):
    kernel.run("import pandas\npandas.DataFrame({'a': [1, 2]})")
    assert find_cell(store, "DataFrame({'a'").mimes() == ["text/plain", "text/html"]


def test_json_bundle_is_kept_as_text(kernel, store):
    bundle = "{'application/vnd.plotly.v1+json': {'data': [1, None, 2.5]}, 'text/plain': 'plot'}"
    kernel.run(f"display({bundle}, raw=True)")
    data = find_cell(store, "vnd.plotly").listed()[0].data
    assert data["application/vnd.plotly.v1+json"] == '{"data":[1,null,2.5]}'


def test_secret_is_not_in_the_journal(kernel, store):
    secret = "ghp_" + "a1B2" * 9
    kernel.run(f"token = '{secret}'\nprint(token)  # secret")
    assert "[redacted]" in find_cell(store, "# secret").text()
    for path in store.rglob("*.journal"):
        assert secret.encode() not in path.read_bytes()


def test_cell_tagged_to_be_ignored_is_not_stored(kernel, store):
    before = len(read_cells(store))
    kernel.run("print('private matter')", cellId="p", tags=["mltrack-ignore"])
    assert len(read_cells(store)) == before
    for path in store.rglob("*.journal"):
        assert b"private matter" not in path.read_bytes()


def test_subshell_cell_has_its_own_outputs(kernel, store):
    control = kernel.client.session.msg("create_subshell_request", {})
    kernel.client.control_channel.send(control)
    subshell = kernel.client.get_control_msg(timeout=10)["content"].get("subshell_id")
    if not subshell:
        pytest.skip("this kernel has no subshells")
    main = kernel.run("import time; time.sleep(1); print('main done')", cellId="m", wait=False)
    time.sleep(0.3)
    kernel.run("print('sub done'); display('sub shown')", cellId="s", subshell=subshell)
    kernel.finish(main)
    sub, outer = find_cell(store, "sub done"), find_cell(store, "main done")
    assert (sub.cell_id, sub.text()) == ("s", "sub done\n")
    assert "'sub shown'" in str(sub.listed())
    assert (outer.cell_id, outer.text()) == ("m", "main done\n")
    assert (sub.outcome, outer.outcome) == ("ok", "ok")


def test_starting_again_hooks_nothing_twice(kernel, store):
    kernel.run(START)
    kernel.run("print('once')")
    found = [cell for cell in read_cells(store) if cell.source == "print('once')"]
    assert len(found) == 1
    assert found[0].text() == "once\n"


def test_reloaded_module_finds_the_tracker(kernel, store):
    kernel.run(
        "import importlib, jupyter_mltrack.magics.start as s; importlib.reload(s); "
        "print(s.start_tracking(get_ipython(), autolog=False).already_on)"
    )
    assert find_cell(store, "importlib.reload").text() == "True\n"
    kernel.run("print('still once')")
    assert find_cell(store, "still once").text() == "still once\n"


def test_kill_keeps_what_was_shown(tmp_path):
    with open_kernel(tmp_path) as kernel:
        kernel.run(START)
        code = "print('last words', flush=True)\nimport os, signal; os.kill(os.getpid(), 9)"
        kernel.run(code, wait=False)
        wait_until(lambda: any("last words" in cell.text() for cell in read_cells(tmp_path)))
        assert find_cell(tmp_path, "last words").outcome == "running"


def test_stop_takes_every_hook_away(tmp_path):
    with open_kernel(tmp_path) as kernel:
        kernel.run("before = {k: len(v) for k, v in get_ipython().events.callbacks.items()}")
        kernel.run(START)
        kernel.run(STOP)
        kernel.run("print('untracked')")
        reply = kernel.run(
            "print(before == {k: len(v) for k, v in get_ipython().events.callbacks.items()}, "
            "'send' in vars(get_ipython().kernel.session))"
        )
        assert reply.text() == "True False\n"
        assert all("untracked" not in cell.source for cell in read_cells(tmp_path))
        assert find_cell(tmp_path, "stop_tracking").outcome == "ok"
        assert any(isinstance(event, ev.TrackingStopped) for event in read_events(tmp_path))
        kernel.run(START)
        kernel.run("print('tracked again')")
        assert find_cell(tmp_path, "tracked again").text() == "tracked again\n"


def test_environment_becomes_known_and_heavy_packages_stay_out(tmp_path):
    with open_kernel(tmp_path) as kernel:
        kernel.run(START)
        heavy = "{'sqlalchemy', 'pandas', 'numpy', 'sklearn', 'matplotlib', 'alembic'}"
        reply = kernel.run(f"import sys; print(sorted({heavy} & set(sys.modules)))")
        assert reply.text() == "[]\n"
        found = wait_until(
            lambda: [
                e.environment
                for e in read_events(tmp_path)
                if isinstance(e, ev.SessionStarted) and e.environment
            ]
        )
        assert found[0].packages["ipykernel"]
