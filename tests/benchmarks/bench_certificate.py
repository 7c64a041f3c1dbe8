"""What a certificate of a long session costs, and the selection of what its run needs.

500 executions of the 200 cells of a notebook: functions, frames, fits, loops.
"""

import json
import random
import sys
import time

from jupyter_mltrack.entities import Revision, RevisionCell
from jupyter_mltrack.query.certificate import judge
from jupyter_mltrack.query.dataflow import select_executions
from jupyter_mltrack.query.trial import Case
from tests.query.programs import session

CELLS = 200
EXECUTIONS = 500


def make_source(number: int) -> str:
    """The source of a cell, made of what notebooks are made of."""
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


def make_case() -> Case:
    """All cells from top to bottom, then some of them in any order."""
    draw = random.Random(1)
    order = [*range(CELLS), *(draw.randrange(CELLS) for _ in range(EXECUTIONS - CELLS - 1)), 3]
    cells = session(*((str(number), make_source(number)) for number in order))
    revision = Revision(
        digest="",
        notebook_path="",
        layer="live",
        language="python",
        cells=[
            RevisionCell(cell_id=str(number), cell_type="code", source=make_source(number))
            for number in range(CELLS)
        ],
    )
    return Case(cells=cells, own=frozenset({cells[-1].execution_id}), revision=revision)


def main() -> None:
    case = make_case()
    began = time.thread_time()
    judge(case)
    judged = time.thread_time()
    select_executions(case.cells, set(case.own))
    selected = time.thread_time()
    session_of = f"{EXECUTIONS} executions of {CELLS} cells"
    figures = {
        f"ms to certify a run of a session of {session_of}": 1e3 * (judged - began),
        f"ms to select what the run needs of {session_of}": 1e3 * (selected - judged),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    sys.exit(main())
