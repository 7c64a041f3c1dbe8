"""Notebooks with other values for their parameters."""

import math
import shlex
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from jupyter_mltrack.errors import InvalidParameterValue
from jupyter_mltrack.query.export import set_parameters


def make_notebook(*sources: str, **tags: int) -> Any:
    cells = [new_code_cell(source) for source in sources]
    for tag, number in tags.items():
        cells[number].metadata["tags"] = [tag.replace("_", "-")]
    return new_notebook(cells=[new_markdown_cell("# depth = 1"), *cells])


def set_sources(notebook: Any, **parameters: object) -> list[str]:
    before = nbformat.writes(notebook)
    changed = set_parameters(notebook, parameters)
    nbformat.validate(nbformat.from_dict(changed))
    assert nbformat.writes(notebook) == before
    return [cell["source"] for cell in changed["cells"][1:]]


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("depth = 4", "8", "depth = 8"),
        ("depth = 4  # levels", 8, "depth = 8  # levels"),
        ("depth: int = 4", "8", "depth: int = 8"),
        ("é = 'ü'; depth = 4; z = 'é'", "8", "é = 'ü'; depth = 8; z = 'é'"),
        ("x = 1\ndepth = [\n  1,\n  2,\n]\ny = 2", "[3]", "x = 1\ndepth = [3]\ny = 2"),
        ("%load_ext x\ndepth = 4", "8", "%load_ext x\ndepth = 8"),
        ("%%mltrack run one\ndepth = 4", "8", "%%mltrack run one\ndepth = 8"),
        ("depth = -4", "-8", "depth = -8"),
        ("depth = 4", "'sqrt'", "depth = 'sqrt'"),
        ("depth = None", "sqrt", "depth = 'sqrt'"),
        ("depth = 4", "None", "depth = None"),
        ("depth = 'log2'", "3.10", "depth = '3.10'"),
        ("depth = 'log2'", "'a b'", "depth = 'a b'"),
        ("depth = 'log2'", 8, "depth = 8"),
        ("depth = True", "false", "depth = False"),
        ("depth = 0.5", math.inf, "depth = float('inf')"),
        ("depth = 0.5", np.float64(0.25), "depth = 0.25"),
        ("depth = {'a': 1}", {"b": [True, None]}, "depth = {'b': [True, None]}"),
    ],
)  # fmt: skip
def test_a_simple_assignment_gets_the_value(source: str, value: object, expected: str) -> None:
    assert set_sources(make_notebook(source), depth=value) == [expected]


def test_several_at_once_in_one_cell() -> None:
    notebook = make_notebook("a = 1; b = 2\nc = 'x'", "b = 3")
    assert set_sources(notebook, c="y", a=10, b=20) == ["a = 10; b = 20\nc = 'y'", "b = 20"]


def test_a_later_assignment_is_told() -> None:
    changed = set_parameters(make_notebook("a = 1", "a = 2"), {"a": 3})
    assert changed["metadata"]["jupyter_mltrack"] == {
        "parameters": {"a": "3"},
        "notes": ["a: set wherever the notebook assigns a plain value."],
    }
    once = set_parameters(make_notebook("a = 1", "a += 2"), {"a": 3})
    assert "notes" not in once["metadata"]["jupyter_mltrack"]


def test_a_parameter_that_was_edited_and_run_again_has_the_value_to_the_end() -> None:
    assert set_sources(make_notebook("a = 1", "use(a)", "a = 2", "fit(a)"), a=3) == [
        "a = 3", "use(a)", "a = 3", "fit(a)"
    ]  # fmt: skip
    notebook = make_notebook("C = 1", "use(C)", "C = 2", "fit(C)", parameters=0)
    assert set_sources(notebook, C=3) == [
        "C = 1", "# Parameters\nC = 3", "use(C)", "C = 3", "fit(C)"
    ]  # fmt: skip


def test_a_declared_parameter_is_injected_after_its_cell() -> None:
    notebook = make_notebook("import x", "C = 0.1\nkind = 'l2'", "fit(C)", parameters=1)
    assert set_sources(notebook, C="0.5", kind="1") == [
        "import x",
        "C = 0.1\nkind = 'l2'",
        "# Parameters\nC = 0.5\nkind = '1'",
        "fit(C)",
    ]
    changed = set_parameters(notebook, {"C": "0.5"})["cells"][3]
    assert changed["metadata"]["tags"] == ["injected-parameters"]


def test_the_declaration_wins_over_an_earlier_assignment() -> None:
    notebook = make_notebook("C = 9", "C = 0.1", "fit(C)", parameters=1)
    assert set_sources(notebook, C=1)[2] == "# Parameters\nC = 1"


def test_what_papermill_injected_stays_but_for_what_is_set() -> None:
    notebook = make_notebook(
        "C = 1\nd = 1\ne = 1", "# Parameters\nC = 2\nd = 2", "fit(C, d)",
        parameters=0, injected_parameters=1,
    )  # fmt: skip
    once = set_parameters(notebook, {"C": 3})
    assert once["cells"][2]["source"] == "# Parameters\nC = 2\nd = 2\nC = 3"
    assert len(once["cells"]) == len(notebook["cells"])
    assert "notes" not in once["metadata"]["jupyter_mltrack"]


def test_a_name_that_is_only_read_can_be_injected() -> None:
    notebook = make_notebook("C = 1", "fit(C, globals().get('d'), d)", parameters=0)
    assert set_sources(notebook, d=2)[1] == "# Parameters\nd = 2"
    with pytest.raises(InvalidParameterValue, match=r"no parameter 'dd'.*What can be set: C\."):
        set_parameters(notebook, {"dd": 2})


@pytest.mark.parametrize(
    ("sources", "name", "message"),
    [
        (["depth = 4\nrate = 0.1"], "dept", "'dept'. Did you mean depth. What .*: depth, rate"),
        (["depth = make()"], "depth", "'depth': the notebook has no simple assignment"),
        (["def f():\n    depth = 4"], "depth", "no simple assignment"),
        (["a = b = 4"], "a", "no simple assignment"),
        (["this is no Python"], "this", "no simple assignment"),
        (["%%bash\ndepth=4"], "depth", "no simple assignment"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_named(sources: list[str], name: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue, match=message):
        set_parameters(make_notebook(*sources), {name: 1})


@pytest.mark.parametrize("value", [object(), np.zeros(3), [object()], {"a": math.nan}])
def test_a_value_that_is_no_python_is_refused(value: object) -> None:
    with pytest.raises(InvalidParameterValue, match=r"'depth' is a \w+ that cannot be written"):
        set_parameters(make_notebook("depth = 4"), {"depth": value})


@pytest.mark.parametrize(
    ("source", "given", "quoted"),
    [
        ("seed = 1", "1+", """seed="'1+'\""""),
        ("seed = 0.5", "false", """seed="'false'\""""),
        ("seed = True", "yes", """seed="'yes'\""""),
        ("seed = -1", "", """seed="''\""""),
        ("seed = 1", "$x", """seed=''"'"'$x'"'"''"""),
    ],
)
def test_text_in_place_of_a_number_must_be_meant(source: str, given: str, quoted: str) -> None:
    with pytest.raises(InvalidParameterValue) as caught:
        set_parameters(make_notebook(source), {"seed": given})
    message = str(caught.value)
    assert f"'seed' is {source.removeprefix('seed = ')} in the notebook" in message
    assert repr(given) in message
    assert message.endswith(quoted)
    argument = shlex.split(quoted)[0].removeprefix("seed=")
    assert set_sources(make_notebook(source), seed=argument) == [f"seed = {given!r}"]


def test_sources_as_lists_of_lines() -> None:
    notebook = make_notebook("x")
    notebook.cells[1].source = ["a = 1\n", "b = 2"]
    changed = set_parameters(notebook, {"b": 3})
    assert changed["cells"][1]["source"] == "a = 1\nb = 3"


def test_nothing_to_set_is_the_notebook_itself() -> None:
    notebook = make_notebook("a = 1")
    assert set_parameters(notebook, {}) == notebook
