"""Which executions a result needed, and which make it again."""

from collections.abc import Sequence

import pytest

from jupyter_mltrack.entities import CellOutcome
from jupyter_mltrack.query.dataflow import find_needed, select_executions
from jupyter_mltrack.query.dataflow.reading import read_cell
from tests.query.programs import numbers, session

Cells = Sequence[Sequence[str]]

SELECTED: list[tuple[str, Cells, list[int]]] = [
    (
        "the first value of a name that was set anew is needed too",
        [("a", "x = 1"), ("b", "y = x"), ("a", "x = 2"), ("c", "print(x, y)")],
        [1, 2, 3, 4],
    ),
    (
        "a cell that ran again to the same effect stands once",
        [("a", "x = 1"), ("a", "x = 1"), ("c", "print(x)")],
        [2, 3],
    ),
    (
        "what ran from the top once more stands once",
        [
            ("i", "import numpy as np\nfrom sklearn.svm import SVC"),
            ("a", "X = np.ones(3)\nfor part in split(X):\n    print(part)"),
            ("m", "model = SVC().fit(X)"),
            ("i", "import numpy as np\nfrom sklearn.svm import SVC"),
            ("a", "X = np.ones(3)\nfor part in split(X):\n    print(part)"),
            ("m", "model = SVC().fit(X)"),
            ("c", "print(model)"),
        ],
        [4, 5, 6, 7],
    ),
    (
        "what a loop may have set is needed where it is read",
        [
            ("a", "v = 1"),
            ("l", "for v in rows():\n    print(v)"),
            ("c", "print(v)"),
        ],
        [1, 2, 3],
    ),
    (
        "a table made anew has no entries that were set since",
        [
            ("a", "table = {'x': 1}"),
            ("b", "table['x'] = 2"),
            ("a", "table = {'x': 1}"),
            ("c", "print(table)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a list made anew is another than the one that still has a name",
        [
            ("a", "rows = []"),
            ("b", "kept = rows"),
            ("a", "rows = []"),
            ("d", "kept.append(1)"),
            ("c", "print(rows)"),
        ],
        [1, 2, 3, 4, 5],
    ),
    (
        "also when something between needed it",
        [("a", "x = 1"), ("b", "y = x"), ("a", "x = 1  # again"), ("c", "print(x, y)")],
        [1, 2, 4],
    ),
    (
        "what counts up stands as often as it ran",
        [("a", "x = 0"), ("b", "x += 1"), ("b", "x += 1"), ("b", "x += 1"), ("c", "print(x)")],
        [1, 2, 3, 4, 5],
    ),
    (
        "what was overwritten before anything read it is dropped",
        [("a", "x = 1"), ("a", "x = 2"), ("a", "x = 3"), ("c", "print(x)")],
        [3, 4],
    ),
    (
        "cells without a result stand as they ran last",
        [("p", "print(1)"), ("a", "x = 1"), ("p", "print(2)"), ("c", "print(x)")],
        [2, 3, 4],
    ),
    (
        "a function runs with the globals it had when it was called",
        [
            ("f", "def f(a):\n    return a + k"),
            ("k", "k = 1"),
            ("r", "r = f(2)"),
            ("k", "k = 2"),
            ("f", "def f(a):\n    return a - k"),
            ("c", "print(r)"),
        ],
        [1, 2, 3, 4, 5, 6],
    ),
    (
        "a model that was fitted on, on top of what it knew",
        [
            ("m", "from sklearn.linear_model import SGDClassifier\nm = SGDClassifier()"),
            ("f", "m.partial_fit(X, y)"),
            ("f", "m.partial_fit(X, y)"),
            ("c", "m.score(X, y)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a column set twice from other columns stands once",
        [
            ("a", "import pandas as pd\ndf = pd.read_csv('a.csv')"),
            ("b", "df['z'] = df['x'] * 2"),
            ("b", "df['z'] = df['x'] * 2"),
            ("c", "fit(df['z'])"),
        ],
        [1, 3, 4],
    ),
    (
        "a column scaled twice stands twice",
        [
            ("a", "import pandas as pd\ndf = pd.read_csv('a.csv')"),
            ("b", "df['x'] = df['x'] / 255"),
            ("b", "df['x'] = df['x'] / 255"),
            ("c", "fit(df)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "draws from a seeded generator count",
        [
            ("s", "import numpy as np\nnp.random.seed(0)"),
            ("r", "x = np.random.rand(3)"),
            ("r", "x = np.random.rand(3)"),
            ("c", "print(x)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "draws from one that nothing seeds do not",
        [
            ("s", "import numpy as np"),
            ("r", "x = np.random.rand(3)"),
            ("r", "x = np.random.rand(3)"),
            ("c", "print(x)"),
        ],
        [1, 3, 4],
    ),
    (
        "an interrupted cell does not stay",
        [
            ("a", "x = 1"),
            ("w", "while True: pass", CellOutcome.INTERRUPTED),
            ("c", "print(x)"),
        ],
        [1, 3],
    ),
    (
        "of a cell that raised nothing is sure",
        [
            ("a", "x = 1"),
            ("b", "y = 2\nx = f()", CellOutcome.ERROR),
            ("b", "y = 3", CellOutcome.OK),
            ("c", "print(x, y)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "after what may do anything everything before counts",
        [("a", "x = 1"), ("a", "x = 2"), ("r", "%run other.py"), ("a", "x = 3"), ("c", "print(y)")],
        [2, 3, 4, 5],
    ),
    (
        "a file that was written and read back",
        [
            ("w", "df.to_csv('a.csv')"),
            ("r", "import pandas as pd\nd = pd.read_csv('a.csv')"),
            ("w", "other.to_csv('a.csv')"),
            ("c", "print(d)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a cell magic's body is code",
        [
            ("a", "%%time\nx = 1"),
            ("b", "%time y = x"),
            ("a", "%%time\nx = 2"),
            ("c", "print(x, y)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "what shares state changes together",
        [
            ("a", "rows = []\nkept = {'rows': rows}"),
            ("b", "rows.append(1)"),
            ("b", "rows.append(1)"),
            ("c", "print(kept)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "what a list holds twice changes with it",
        [
            ("a", "rows = []"),
            ("b", "both = [rows] * 2\nboth[1].append(1)"),
            ("a", "rows = []"),
            ("c", "print(rows)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a method under a name of its own changes its object",
        [
            ("a", "rows = []"),
            ("b", "add = rows.append\nadd(1)"),
            ("b", "add = rows.append\nadd(1)"),
            ("c", "print(rows)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a method that is handed on changes its object",
        [
            ("a", "rows = []"),
            ("b", "list(map(rows.append, [1]))"),
            ("b", "list(map(rows.append, [1]))"),
            ("c", "print(rows)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "names set through their table",
        [("a", "c = 1"), ("b", "vars()['c'] = 2"), ("a", "c = 1"), ("c", "print(c)")],
        [1, 2, 3, 4],
    ),
    (
        "a generator is used up",
        [
            ("a", "g = (n for n in range(9))"),
            ("b", "first = list(g)"),
            ("b", "first = list(g)"),
            ("c", "print(first)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a function that changes a global",
        [
            ("a", "n = 0\ndef count():\n    global n\n    n += 1"),
            ("b", "count()"),
            ("b", "count()"),
            ("c", "print(n)"),
        ],
        [1, 2, 3, 4],
    ),
    (
        "a function that only computes",
        [
            ("a", "def double(v):\n    w = v * 2\n    return w\nx = 2"),
            ("b", "y = double(x)"),
            ("b", "y = double(x)"),
            ("c", "print(x, y)"),
        ],
        [1, 3, 4],
    ),
]


@pytest.mark.parametrize(
    ("cells", "expected"), [case[1:] for case in SELECTED], ids=[c[0] for c in SELECTED]
)
def test_what_is_run_again(cells: Cells, expected: list[int]) -> None:
    ran = session(*cells)
    assert numbers(select_executions(ran, [ran[-1].execution_id])) == expected


def test_a_cell_run_again_for_the_run_itself_stays() -> None:
    ran = session(("a", "x = 1"), ("c", "fit(x)"), ("c", "fit(x)"))
    assert numbers(select_executions(ran, {"e2", "e3"})) == [1, 2, 3]


def test_later_cells_that_measured_the_model_bring_what_ran_between() -> None:
    ran = session(
        ("a", "x = 1"), ("c", "m = fit(x)"), ("a", "x = 2"), ("d", "m.score(x)"), ("e", "1")
    )
    assert numbers(select_executions(ran, {"e2", "e4"})) == [1, 2, 3, 4]


def test_nothing_is_selected_for_executions_of_other_sessions() -> None:
    assert select_executions(session(("a", "x = 1")), {"elsewhere"}) == []
    assert find_needed(session(("a", "x = 1")), {"elsewhere"}) == []


def test_only_what_a_run_needed() -> None:
    ran = session(
        ("i", "import math"),
        ("p", "print(3)"),
        ("a", "x = math.pi"),
        ("b", "z = 1"),
        ("c", "print(x)"),
    )
    assert numbers(find_needed(ran, {"e5"})) == [1, 3, 5]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("x = = 1", "cannot be read"),
        ("%%sql\nselect 1", "%%sql may do anything"),
        ("%run other.py", "%run may do anything"),
        ("exec('x = 1')", "exec() may do anything"),
        ("globals()['x'] = 1", "globals() may do anything"),
        ("# not stored: this cell is private", "private"),
    ],
)
def test_what_may_do_anything_says_why(source: str, reason: str) -> None:
    assert any(reason in one.effects.opaque for one in read_cell(source).statements)


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline",
        "%load_ext jupyter_mltrack\n%mltrack start",
        "x?",
        "await x",
        "!ls",
        "%%bash\nls",
        "%%html\n<b>",
        "%%timeit\nf(x)",
        "# only a comment",
        "",
        "%%capture out\nf(x)",
    ],
)
def test_what_does_no_harm(source: str) -> None:
    reading = read_cell(source)
    assert not reading.unreadable
    assert not any(one.effects.opaque for one in reading.statements)
