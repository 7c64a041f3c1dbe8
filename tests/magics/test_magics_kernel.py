"""The magics in a real kernel, as a front end sees them."""

import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from jupyter_mltrack.widgets.comparison import COMPARISON_MIME
from tests.magics.kernels import open_kernel

TRAIN = """
%%mltrack run {name}
from sklearn.linear_model import LogisticRegression
model = LogisticRegression(C={C}).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
model.predict([[3.0]])
"""


@pytest.fixture
def execute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in [name for name in os.environ if name.startswith(("MLTRACK_", "JPY_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLTRACK_STORE", str(tmp_path / "store"))

    def run(*sources: str) -> list[Any]:
        cells = [new_code_cell(source.strip()) for source in sources]
        notebook = new_notebook(cells=cells)
        client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": tmp_path}})
        client.execute()
        nbformat.validate(notebook)
        return [cell.outputs for cell in notebook.cells]

    return run


def test_a_notebook_from_start_to_comparison(execute, tmp_path):
    outputs = execute(
        "%load_ext jupyter_mltrack\n%mltrack start",
        TRAIN.format(name="weak", C=0.01),
        TRAIN.format(name="strong", C=10),
        "%mltrack runs",
        "%mltrack compare weak strong",
        "%mltrack export weak -o weak.ipynb",
        "loaded = %mltrack load strong\nloaded.C",
        "%mltrack rnus",
        "import sys; [name for name in ('alembic',) if name in sys.modules]",
    )
    assert "Tracking is on" in outputs[0][0].data["text/html"]
    assert outputs[1][0].output_type == "execute_result"
    assert outputs[1][0].data["text/plain"] == "array([1])"
    assert "strong" in outputs[3][0].data["text/plain"]
    (comparison,) = outputs[4]
    assert set(comparison.data) == {COMPARISON_MIME, "text/html", "text/plain"}
    params = {one["key"]: one["values"] for one in comparison.data[COMPARISON_MIME]["params"]}
    assert params["C"] == ["0.01", "10"]
    assert outputs[5][0].text.startswith("Wrote weak.ipynb: 2 code cells")
    assert outputs[6][0].data["text/plain"] == "10"
    assert outputs[7][0].name == "stderr"
    exported = nbformat.read(tmp_path / "weak.ipynb", 4)
    assert [cell.source.split("\n")[0] for cell in exported.cells] == [
        "%load_ext jupyter_mltrack", "%%mltrack run weak"
    ]  # fmt: skip


def test_completion_through_the_protocol(tmp_path):
    store = tmp_path / "store"
    store.mkdir()
    with open_kernel(store) as kernel:
        kernel.run("%load_ext jupyter_mltrack")
        for code, expected in (("%mltrack st", "start"), ("x = 1\n%mltrack runs --la", "--last")):
            message_id = kernel.client.complete(code, len(code))
            reply = kernel.client.get_shell_msg(timeout=30)
            while reply["parent_header"].get("msg_id") != message_id:
                reply = kernel.client.get_shell_msg(timeout=30)
            content = reply["content"]
            assert expected in content["matches"]
            assert code[content["cursor_start"] :] in expected


def test_another_store_is_chosen_without_trouble(tmp_path):
    with open_kernel(tmp_path) as kernel:
        kernel.run(f"%load_ext jupyter_mltrack\n%mltrack start --store {tmp_path / 'one'}")
        answer = kernel.run(f"print('shown')\n%mltrack start --store {tmp_path / 'two'}")
        (shown,) = [c for kind, c in answer.shown() if kind == "display_data"]
        assert "Tracking is on: " in shown["data"]["text/plain"]
        found = kernel.run(
            "from jupyter_mltrack.tracking.problems import problems\n"
            "print(problems.list_problems())"
        )
        assert found.text().strip() == "[]"
