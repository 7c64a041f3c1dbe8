"""How long a certificate takes to make."""

import random
import time

from jupyter_mltrack.entities import Revision, RevisionCell
from jupyter_mltrack.query.certificate import judge
from jupyter_mltrack.query.dataflow import select_executions
from jupyter_mltrack.query.trial import Case
from tests.query.programs import session

CELLS = 200
EXECUTIONS = 500
BUDGET = 1.5
"""Seconds of this thread; a second on a machine that does nothing else."""


def source(number: int) -> str:
    if number == 0:
        return "import pandas as pd\nfrom sklearn.svm import SVC\ndf = pd.read_csv('a.csv')"
    kinds = (
        "df['c{0}'] = df['c{1}'] * {0}\ndf.head()",
        "def f{0}(v):\n    w = v * {0}\n    for n in range(3):\n        w += n\n    return w",
        "X{0} = df[['c{1}', 'y']].copy()\nX{0}['z'] = X{0}['y'] + {0}\nX{0} = X{0}.dropna()",
        "model{0} = SVC(C={0})\nmodel{0}.fit(X{1}[['y']], X{1}['z'])",
        "results = [f{2}(v) for v in range(10)]\nprint(results)",
    )
    return kinds[number % 5].format(number, number - 1, number - 3)


def test_a_long_session_of_a_long_notebook() -> None:
    draw = random.Random(1)
    order = [*range(CELLS), *(draw.randrange(CELLS) for _ in range(EXECUTIONS - CELLS - 1)), 3]
    cells = session(*((str(number), source(number)) for number in order))
    revision = Revision(
        digest="",
        notebook_path="",
        layer="live",
        language="python",
        cells=[
            RevisionCell(cell_id=str(number), cell_type="code", source=source(number))
            for number in range(CELLS)
        ],
    )
    begin = time.thread_time()
    judge(Case(cells=cells, own=frozenset({cells[-1].execution_id}), revision=revision))
    middle = time.thread_time()
    select_executions(cells, {cells[-1].execution_id})
    assert middle - begin < BUDGET
    assert time.thread_time() - middle < BUDGET
