"""Notebooks as scripts: what ``python script.py`` does is what the cells did."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

import jupyter_mltrack as mltrack
from jupyter_mltrack.query.export import export_script
from jupyter_mltrack.query.export.script import indented, to_script
from jupyter_mltrack.store.contract import Store
from tests.query.conftest import World


def write(*sources: str, **metadata: Any) -> str:
    cells = [new_code_cell(source, metadata=metadata) for source in sources]
    return to_script(new_notebook(cells=cells))


def run(tmp_path: Path, script: str) -> str:
    path = tmp_path / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, path], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{script}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize(
    ("sources", "printed"),
    [
        (["%load_ext jupyter_mltrack\n%mltrack start", "print(1)"], "1\n"),
        (["%%mltrack run one\nx = 2\n%time y = x + 1\nprint(y)"], "3\n"),
        (["%%time\nx = 2", "print(x)"], "2\n"),
        (["z = %time 4 + 1\nprint(z)"], "5\n"),
        (["if True:\n    %mltrack status\nprint('on')"], "on\n"),
        (["for i in range(2):\n    !ls\n    print(i)"], "0\n1\n"),
        (["%%writefile m.py\nvalue = 'it''s'", "import m\nprint(m.value)"], "its\n"),
        (["%%writefile m.py\nvalue = 7", "%run m.py\nprint(value)"], "7\n"),
        (["%env A=b c", "import os\nprint(os.environ['A'])"], "b c\n"),
        (["import os\nos.mkdir('d')\n%cd d\nprint(os.path.basename(os.getcwd()))"], "d\n"),
        (["print?\nprint(1)"], "1\n"),
        (["%%bash\necho no", "%%html\n<b>", "print(1)"], "1\n"),
        (["from __future__ import annotations\nx: Later = 1", "print(x)"], "1\n"),
        (["display('shown')"], "shown"),
        (["s = '''\n%not a magic\n'''\nprint(s)"], "\n%not a magic\n\n"),
        (["\n\n# only a comment", "print(1)"], "1\n"),
        (["this is no Python", "print(1)"], "1\n"),
    ],
)
def test_what_cells_did_the_script_does(tmp_path: Path, sources: list[str], printed: str) -> None:
    assert run(tmp_path, write(*sources)).strip("\n'") == printed.strip("\n")


def test_figures_are_drawn_without_a_window(tmp_path: Path) -> None:
    script = write(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport matplotlib as mpl",
        "plt.plot([1, 2])\nplt.show()",
        "print(mpl.get_backend().lower())",
    )
    assert run(tmp_path, script) == "agg\n"


def test_what_is_awaited_at_the_top_level(tmp_path: Path) -> None:
    script = write(
        "import asyncio",
        "async def f():\n    return '''a\nb'''\nx = await f()\nt = '''c\nd'''",
        "await asyncio.sleep(0)\nprint(x, t)",
        "print([await one for one in [f()]])",
    )
    assert run(tmp_path, script) == "a\nb c\nd\n['a\\nb']\n"


def test_a_cell_that_raised_does_not_stop_it(tmp_path: Path) -> None:
    script = write("x = '''a\n  b'''\n1 / 0", tags=["raises-exception"]) + "print(x)\n"
    assert run(tmp_path, script) == "a\n  b\n"


def test_what_is_left_out_is_told_at_the_top() -> None:
    script = write("!pip install x\n%sql select 1", "%%bash\nls", "x = !ls")
    head = script.split("\n\n")[0]
    assert head.split("\n") == [
        "# Left out, do it by hand if it matters: %sql select 1",
        "# Left out, do it by hand if it matters: !pip install x",
        "# Left out, do it by hand if it matters: %%bash",
        "# It uses IPython: run it with ipython, not python.",
    ]
    assert "x = get_ipython().getoutput('ls')" in script


def test_text_and_tags_stand_as_editors_know_them() -> None:
    cells = [
        new_markdown_cell("# Title\n\ntext"),
        new_raw_cell("raw"),
        new_code_cell("C = 1", metadata={"tags": ["parameters"]}),
    ]
    assert to_script(new_notebook(cells=cells)) == (
        "# %% [markdown]\n# # Title\n#\n# text\n\n# %% [raw]\n# raw\n\n"
        '# %% tags=["parameters"]\nC = 1\n'
    )


def test_strings_keep_their_value_when_code_moves_in() -> None:
    code = 'x = f"""a\n  {1}\n"""\nif x:\n    y = 1\n'
    inside: dict[str, Any] = {}
    exec("if True:\n" + indented(code), inside)
    assert inside["x"] == "a\n  1\n"


def test_a_run_as_a_script(store: Store, world: World, tmp_path: Path) -> None:
    world.sources["b"] = "C = 0.1\nprint(C)"
    run_id = world.fit("b", "one", 0.1, 0.8).run_id
    assert mltrack.flush(20)
    script = export_script(store, run_id, parameters={"C": "0.5"})
    assert script.startswith(f"# Run one ({run_id}).\n")
    assert "# # Title" in script
    assert run(tmp_path, script) == "0.5\n"
    stood = export_script(store, run_id, kind="stood")
    assert "not_run_yet()" in stood
