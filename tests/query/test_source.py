"""Cells as Python, with magics put aside."""

import ast

import pytest

from jupyter_mltrack.query.source import find_magics, parse_source, replace_magics


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x = 1", "x = 1"),
        ("%load_ext a\nx = 1", "pass\nx = 1"),
        ("%%mltrack run one\nx = 1\n%time y = 2", "x = 1\npass"),
        ("\n\n%%time\nx = 1", "x = 1"),
        ("a = !ls -l\nb = %sql select 1", "a = None\nb = None"),
        ("if a:\n    %cd x\n    b = 1", "if a:\n    pass\n    b = 1"),
        ("print?\n?print\nx = '''\n%not\n'''", "pass\npass\nx = '\\n%not\\n'"),
        ("!pip install \\\n  one\nx = 1", "pass\nx = 1"),
        ("%%bash\nls -l", ""),
        ("%%html\n<b>%x</b>", ""),
        ("%%time", ""),
        ("await f()", "await f()"),
        ("x = 5 % 3\ny = '%d' % x", "x = 5 % 3\ny = '%d' % x"),
    ],
)
def test_magics_are_left_out(source: str, code: str) -> None:
    tree = parse_source(source)
    assert tree is not None
    assert ast.unparse(tree) == code


@pytest.mark.parametrize("source", ["def broken(", "%load x\nthis is not", "x = '\0'", "(" * 5000])
def test_what_is_no_python_has_no_tree(source: str) -> None:
    assert parse_source(source) is None


def test_positions_are_those_of_the_source() -> None:
    source = "!pip install \\\n  one\nx = 1\n%matplotlib inline\ny = 2"
    tree = parse_source(source)
    assert tree is not None
    lines = [node.lineno for node in tree.body]
    assert lines == [1, 3, 4, 5]


def test_each_magic_says_what_it_is() -> None:
    found = find_magics("%%mltrack run one\nx = %sql select 1\n!ls\nprint?\n%cd there")
    assert [(m.kind, m.name, m.argument, m.prefix, m.start) for m in reversed(found)] == [
        ("cell", "mltrack", "run one", "", 0),
        ("line", "sql", "select 1", "x = ", 1),
        ("shell", "", "", "", 2),
        ("help", "", "", "", 3),
        ("line", "cd", "there", "", 4),
    ]


def test_replacements_keep_the_lines_around_them() -> None:
    source = "a = 1\n%cd \\\n there\nb = 2"
    assert replace_magics(source, lambda _: "# cd") == "a = 1\n# cd\n\nb = 2"
