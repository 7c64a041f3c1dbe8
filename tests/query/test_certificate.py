"""Certificates: whether a notebook, executed from top to bottom, leads to a run."""
# A case is read best as one line.
# ruff: noqa: E501

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from jupyter_mltrack.entities import CellOutcome, Revision, RevisionCell
from jupyter_mltrack.entities.lineage_views import CertificateView
from jupyter_mltrack.query.certificate import judge
from jupyter_mltrack.query.trial import Case
from tests.query.programs import execution, session

ERROR, UNSEEN, INTERRUPTED = CellOutcome.ERROR, CellOutcome.UNSEEN, CellOutcome.INTERRUPTED
Cells = Sequence[Sequence[str]]
FIT = "model = LogisticRegression(C=C).fit(X, y)"
DATA = "import pandas as pd\ndf = pd.read_csv('a.csv')"
SK = "from sklearn.linear_model import LogisticRegression"

# Libraries that are known to leave alone what they are given, and one that is not known.
LIBRARY = (
    "from sklearn.some import fit, log, start_run, make, debug_off, flag, f, wait, get, check\n"
    "from lib import change"
)
LIBRARY_RAN = msgspec.structs.replace(execution(0, "lib", LIBRARY), execution_count=None)


def certify(ran: Cells, notebook: Cells | str, **more: Any) -> CertificateView:
    """The certificate of a run made by the last execution (or those of ``own``).

    ``notebook`` lists cells as (cell, source, tag…), or names them: each then as it ran last.
    """
    cells = session(*ran)
    dropped = more.pop("drop", None)
    cells = [cell for cell in cells if cell.execution_count != dropped]
    own = more.pop("own", (len(ran),))
    cells = [LIBRARY_RAN, *cells]
    if isinstance(notebook, str):
        last = {cell.cell_id: cell.source for cell in cells}
        notebook = [(name, last[name]) for name in notebook.split()]
    revision = Revision(
        digest="r",
        notebook_path="a.ipynb",
        layer="live",
        language="python",
        cells=[
            RevisionCell(cell_id=one[0], cell_type="code", source=one[1], tags=tuple(one[2:]))
            for one in [("lib", LIBRARY), *notebook]
        ],
    )
    return judge(Case(cells=cells, own=frozenset(f"e{n}" for n in own), revision=revision, **more))


YES: list[tuple[str, Cells, Cells | str]] = [
    ("from top to bottom", [("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("one cell alone", [("a", "fit(1)")], "a"),
    ("independent cells in another order", [("b", "y = 2"), ("a", "x = 1"), ("c", "fit(x, y)")], "a b c"),
    ("a cell run twice to the same effect", [("a", "x = 1"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("a cell tried with other values and set back", [("a", "x = 1"), ("a", "x = 2"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("an import run again below", [("a", "import math"), ("b", "x = math.pi"), ("a", "import math"), ("c", "fit(x)")], "a b c"),
    ("a comment was added after it ran", [("a", "x = 1"), ("b", "fit(x)")], [("a", "# the value\nx = 1"), ("b", "fit(x)")]),
    ("white space and quotes changed", [("a", "x = f( 'a',1 )"), ("b", "fit(x)")], [("a", 'x = f("a", 1)\n\n'), ("b", "fit(x)")]),
    ("a docstring was written", [("a", "def f(v):\n    'doc'\n    return v"), ("b", "fit(f(1))")], [("a", "def f(v):\n    '''Better.'''\n    return v"), ("b", "fit(f(1))")]),
    ("something else of the cell was edited", [("a", "x = 1\nz = 2"), ("b", "fit(x)")], [("a", "x = 1\nz = 3"), ("b", "fit(x)")]),
    ("a print was added", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1\nprint(x)"), ("b", "fit(x)")]),
    ("a cell that only shows never ran", [("a", DATA), ("b", "fit(df)")], [("a", DATA), ("s", "df.head()"), ("b", "fit(df)")]),
    ("a frame looked at before another was read", [("d", DATA), ("s", "print(df.shape)\ndf.head()"), ("d", DATA.replace("a.csv", "b.csv")), ("b", "fit(df)")], "d s b"),
    ("modules of Python in a cell that never ran", [("b", "fit(1)")], [("n", "import os, json"), ("b", "fit(1)")]),
    ("a cell that the run did not need, run in another order too", [("t", "t = {'x': 1}"), ("p", "print(t['x'])"), ("c", "t = {'y': 2}"), ("b", "fit(1)"), ("c", "t = {'y': 2}"), ("b", "fit(1)")], "t p c b"),
    ("a cell of its own never ran", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("s", "other = 5"), ("b", "fit(x)")]),
    ("an unrelated cell was deleted", [("d", "z = 3"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("a deleted cell was written anew", [("d", "x = 1"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("cells below the run do not matter", [("z", "x = 5"), ("a", "x = 1"), ("b", "fit(x)")], "a b z"),
    ("a cell below never ran", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("b", "fit(x)"), ("c", "oops")]),
    ("the run's cell ran before with other values", [("a", "C = 1"), ("b", "fit(C)"), ("a", "C = 2"), ("b", "fit(C)")], "a b"),
    ("a model made and fitted again", [("i", SK), ("d", DATA), ("m", "model = LogisticRegression()\nmodel.fit(df['x'], df['y'])"), ("m", "model = LogisticRegression()\nmodel.fit(df['x'], df['y'])")], "i d m"),
    ("a column set twice from another", [("d", DATA), ("c", "df['z'] = df['x'] * 2"), ("c", "df['z'] = df['x'] * 2"), ("f", "fit(df['z'])")], "d c f"),
    ("showing a frame again and again", [("d", DATA), ("s", "df.head()"), ("s", "df.describe()"), ("s", "df.head()"), ("f", "fit(df)")], "d s f"),
    ("a failed try repaired and run again", [("a", "x = 1 +", ERROR, "SyntaxError: invalid syntax"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("a name that was not there yet, then was", [("b", "fit(x)", ERROR, "NameError: x"), ("a", "x = 1"), ("b", "fit(x)")], "a b"),
    ("tagged as expected to raise", [("a", "x = 1"), ("e", "1 / 0", ERROR, "ZeroDivisionError: "), ("b", "fit(x)")], [("a", "x = 1"), ("e", "1 / 0", "raises-exception"), ("b", "fit(x)")]),
    ("magics do no harm", [("m", "%load_ext jupyter_mltrack\n%mltrack start\n%matplotlib inline"), ("a", "x = 1"), ("m", "%load_ext jupyter_mltrack\n%mltrack start\n%matplotlib inline"), ("b", "%%time\nfit(x)")], "m a b"),
    ("the run's cell begins with a magic", [("a", "x = 1"), ("b", "%%mltrack run my run\nfit(x)")], "a b"),
    ("a shell line in its place", [("p", "!pip install x"), ("d", DATA), ("b", "fit(df)")], "p d b"),
    ("a shell line run again, with nothing read outside", [("p", "!ls"), ("a", "x = 1"), ("p", "!ls"), ("b", "fit(x)")], "p a b"),
    ("a script run first, in its place", [("r", "%run helpers.py"), ("a", "x = make()"), ("b", "fit(x)")], "r a b"),
    ("all names of a module", [("r", "from numpy import *"), ("a", "x = array([1])"), ("b", "fit(x)")], "r a b"),
    ("imports before tracking began", [("i", "import math", UNSEEN), ("t", "%mltrack start"), ("a", "x = math.pi"), ("b", "fit(x)")], "i t a b"),
    ("data read before tracking began", [("d", DATA, UNSEEN), ("t", "%mltrack start"), ("b", "fit(df)")], "d t b"),
    ("seeded and drawn once", [("s", "import numpy as np\nnp.random.seed(0)"), ("a", "x = np.random.rand(3)"), ("b", "fit(x)")], "s a b"),
    ("seeded and drawn in one cell, twice", [("s", "import numpy as np"), ("a", "np.random.seed(0)\nx = np.random.rand(3)"), ("a", "np.random.seed(0)\nx = np.random.rand(3)"), ("b", "fit(x)")], "s a b"),
    ("a split with a seed of its own, run twice", [("i", "from sklearn.model_selection import train_test_split\nimport numpy as np\nnp.random.seed(1)"), ("d", DATA), ("s", "a, b = train_test_split(df, random_state=0)"), ("s", "a, b = train_test_split(df, random_state=0)"), ("f", "fit(a)")], "i d s f"),
    ("a function defined twice alike", [("f", "def f(v):\n    return v + 1"), ("f", "def f(v):\n    # one more\n    return v + 1"), ("b", "fit(f(1))")], "f b"),
    ("a function that only computes, called twice", [("f", "def f(v):\n    w = v * 2\n    return w"), ("a", "x = 3"), ("c", "y = f(x)"), ("c", "y = f(x)"), ("b", "fit(x, y)")], "f a c b"),
    ("a loop over values run twice", [("a", "total = 0\nfor v in range(5):\n    total += v"), ("a", "total = 0\nfor v in range(5):\n    total += v"), ("b", "fit(total)")], "a b"),
    ("a branch on the same values, run twice", [("a", "n = 5\nif n > 3:\n    n = 3"), ("a", "n = 5\nif n > 3:\n    n = 3"), ("b", "fit(n)")], "a b"),
    ("a fallback of an import, run twice", [("a", "try:\n    import torch\nexcept ImportError:\n    torch = None"), ("a", "try:\n    import torch\nexcept ImportError:\n    torch = None"), ("b", "fit(torch)")], "a b"),
    ("what is counted was set back", [("a", "i = 0"), ("c", "i += 1"), ("c", "i += 1"), ("a", "i = 0"), ("c", "i += 1"), ("b", "fit(i)")], "a c b"),
    ("a list filled anew", [("a", "rows = []\nfor v in range(3):\n    rows.append(v)"), ("a", "rows = []\nfor v in range(3):\n    rows.append(v)"), ("b", "fit(rows)")], "a b"),
    ("drawing a plot again", [("i", "import matplotlib.pyplot as plt"), ("a", "x = [1, 2]"), ("p", "plt.plot(x)\nplt.show()"), ("p", "plt.plot(x)\nplt.show()"), ("b", "fit(x)")], "i a p b"),
    ("a class defined twice alike", [("k", "class K:\n    def go(self):\n        return 1"), ("k", "class K:\n    def go(self):\n        return 1"), ("b", "fit(K().go())")], "k b"),
    ("a with block around the run", [("a", "x = 1"), ("b", "with start_run() as run:\n    m = fit(x)\n    log(m)")], "a b"),
    ("a comment-only and an empty cell", [("a", "x = 1"), ("b", "fit(x)")], [("n", "# notes"), ("a", "x = 1"), ("e", ""), ("b", "fit(x)")]),
    ("an output of an earlier cell", [("a", "5 + 5"), ("b", "fit(_)")], "a b"),
    ("await at the top", [("a", "x = await f()"), ("b", "fit(x)")], "a b"),
    ("a name bound in a condition", [("a", "if (n := len('abc')) > 2:\n    print(n)"), ("b", "fit(n)")], "a b"),
    ("comprehensions keep their names", [("a", "x = [v for v in range(3)]"), ("b", "fit(x)")], "a b"),
    ("recursion", [("a", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)"), ("a", "def f(n):\n    return 1 if n < 2 else n * f(n - 1)"), ("b", "fit(f(5))")], "a b"),
    ("functions that call each other, defined below each other", [("a", "def f(n):\n    return g(n)"), ("c", "def g(n):\n    return n"), ("b", "fit(f(5))")], "a c b"),
    ("captured output", [("a", "%%capture out\nprint(1)"), ("b", "fit(out)")], "a b"),
    ("a name set to itself", [("a", "t = {}\nt['x'] = 2"), ("c", "t = t"), ("c", "t = t"), ("b", "fit(t)")], "a c b"),
    ("deleted and made again", [("a", "x = 1"), ("d", "del x"), ("a", "x = 1"), ("b", "fit(x)")], "a b d"),
    ("a secret kept as it was", [("a", "key = '[redacted]'"), ("b", "fit(key)")], [("a", "key = '[redacted]'"), ("b", "fit(key)")]),
]  # fmt: skip

NO: list[tuple[str, Cells, Cells | str, str, str]] = [
    ("ran out of order", [("a", "x = 1"), ("c", "x = 3"), ("b", "fit(x)"), ("a", "x = 1"), ("b", "fit(x)")], "a c b", "order", "cell [4] (x = 1) ran after cell [2] (x = 3) but stands above it; both set `x`"),
    ("took a value from below", [("c", "x = 3"), ("b", "fit(x)")], "b c", "order", "cell [1] (x = 3) makes `x`, but stands below cell [2] (fit(x)), which needs it"),
    ("took another value from below", [("a", "x = 1"), ("c", "x = 3"), ("b", "fit(x)")], "a b c", "order", "cell [2] (x = 3) stands below the run's cells, which took `x` from it"),
    ("a cell above needs what stands below", [("a", "x = 1"), ("p", "y = x"), ("b", "fit(1)")], "p a b", "order", "cell [1] (x = 1) makes `x`, but stands below cell [2] (y = x)"),
    ("edited after it ran", [("a", "C = 1"), ("b", "fit(C)")], [("a", "C = 2"), ("b", "fit(C)")], "edited", "cell [1] (C = 1) was edited after it ran, and `C` is still as it was before"),
    ("edited far above", [("a", "C = 1"), ("m", "D = C * 2"), ("b", "fit(D)")], [("a", "C = 2"), ("m", "D = C * 2"), ("b", "fit(D)")], "edited", "`C` is still as it was before"),
    ("a function edited after it ran", [("f", "def f(v):\n    return v"), ("b", "fit(f(1))")], [("f", "def f(v):\n    return v + 1"), ("b", "fit(f(1))")], "edited", "cell [1] (def f(v):) was edited"),
    ("edited so that the name is gone", [("a", "x = 1"), ("b", "fit(x)")], [("a", "z = 1"), ("b", "fit(x)")], "edited", "does not make `x` any more"),
    ("edited to need what is not there", [("a", "x = 1"), ("p", "q = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("p", "q = gone"), ("b", "fit(x)")], "edited", "needs `gone` now, which nothing makes"),
    ("an edit that also was not run", [("a", "x = 1"), ("b", "y = x"), ("c", "fit(y)")], [("a", "x = 1"), ("b", "x = 5\ny = x"), ("c", "fit(y)")], "edited", "cell [2] (y = x) was edited after it ran"),
    ("deleted after it ran", [("d", "x = 1"), ("b", "fit(x)")], "b", "deleted", "cell [1] (x = 1) is not in the notebook any more, and cell [2] (fit(x)) needs `x` from it"),
    ("deleted, and another value is there", [("a", "x = 0"), ("d", "x = 1"), ("b", "fit(x)")], "a b", "deleted", "cell [2] (x = 1) is not in the notebook any more, and `x` is still from it"),
    ("a filter that was deleted", [("a", DATA), ("d", "df = df[df.x > 1]"), ("b", "fit(df)")], "a b", "deleted", "cell [2] (df = df[df.x > 1]) is not in the notebook any more"),
    ("never ran, and would change it", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("n", "x = 2"), ("b", "fit(x)")], "never-run", 'the cell "x = 2" never ran in this session, and changes `x`'),
    ("never ran, and would stop", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("n", "z = gone + 1"), ("b", "fit(x)")], "never-run", 'the cell "z = gone + 1" never ran in this session, and stops at `gone`'),
    ("never ran, and would count", [("a", "i = 0"), ("c", "i += 1"), ("b", "fit(i)")], [("a", "i = 0"), ("c", "i += 1"), ("n", "i += 1"), ("b", "fit(i)")], "never-run", "changes `i`"),
    ("counted up three times", [("a", "x = 0"), ("c", "x += 1"), ("c", "x += 1"), ("c", "x += 1"), ("b", "fit(x)")], "a c b", "repeated", "cell [4] (x += 1) ran 3 times, and each time counts for `x`"),
    ("doubled twice", [("a", "x = 3"), ("c", "x = x * 2"), ("c", "x = 2 * x"), ("c", "x = x * 2"), ("b", "fit(x)")], [("a", "x = 3"), ("c", "x = x * 2"), ("b", "fit(x)")], "edited", "cell [3] (x = 2 * x) was edited after it ran"),
    ("scaled twice", [("a", DATA), ("c", "df['x'] = df['x'] / 255"), ("c", "df['x'] = df['x'] / 255"), ("b", "fit(df['x'])")], "a c b", "repeated", "ran 2 times, and each time counts for `df['x']`"),
    ("appended twice", [("a", "rows = []"), ("c", "rows.append(1)"), ("c", "rows.append(1)"), ("b", "fit(rows)")], "a c b", "repeated", "ran 2 times"),
    ("the run's own cell counts", [("a", "x = 0"), ("b", "x += 1\nfit(x)"), ("b", "x += 1\nfit(x)")], "a b", "repeated", "cell [3] (x += 1) ran 2 times"),
    ("drawn twice from a seeded generator", [("s", "import numpy as np\nnp.random.seed(0)"), ("a", "x = np.random.rand(3)"), ("a", "x = np.random.rand(3)"), ("b", "fit(x)")], "s a b", "repeated", "each time counts for numpy random state"),
    ("raised above", [("a", "x = 1"), ("e", "1 / 0", ERROR, "ZeroDivisionError: division"), ("b", "fit(x)")], "a e b", "raised", "cell [2] (1 / 0) raised ZeroDivisionError, and stops the notebook above"),
    ("a sure value through a branch of many", [("a", "k = 1"), ("m", "x = k + 1\nif debug_off():\n    pass"), ("a", "k = 2"), ("b", "fit(x)")], [("a", "k = 2"), ("m", "x = k + 1"), ("b", "fit(x)")], "edited", "cell [1] (k = 1) was edited after it ran"),
    ("the same cell ran with an old value", [("a", "k = 1"), ("m", "x = k + 1"), ("a", "k = 2"), ("b", "fit(x)")], "a m b", "edited", "cell [1] (k = 1) was edited after it ran, and `k` is still"),
]  # fmt: skip

UNKNOWN: list[tuple[str, Cells, Cells | str, str, str]] = [
    ("what nothing makes", [("a", "y = hidden"), ("b", "fit(y)")], "a b", "hidden", "cell [1] (y = hidden) needs `hidden`, which nothing in the notebook makes"),
    ("what nothing makes, in a function", [("a", "def f():\n    return hidden"), ("b", "fit(f())")], "a b", "hidden", "needs `hidden`"),
    ("a private cell above", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("p", "# not stored: this cell is private"), ("b", "fit(x)")], "private", "private cell"),
    ("fitted on, twice", [("m", "from lib import M\nm = M()"), ("f", "m.partial_fit(1)"), ("f", "m.partial_fit(1)"), ("b", "fit(m)")], "m f b", "effect", "whether cell [3] (m.partial_fit(1)) changes `m` cannot be told from the code, and it ran 2 times"),
    ("cleaned twice", [("a", DATA), ("c", "df = df.dropna()"), ("c", "df = df.dropna()"), ("b", "fit(df)")], "a c b", "effect", "`df`"),
    ("cleaned in two statements, twice", [("a", DATA), ("c", "df = df.dropna()\ndf = df.reset_index()"), ("c", "df = df.dropna()\ndf = df.reset_index()"), ("b", "fit(df)")], "a c b", "effect", "`df`"),
    ("a call that may change it, out of order", [("a", "x = [1]"), ("c", "change(x)"), ("b", "fit(x)")], "a b c", "effect", "whether cell [2] (change(x)) changes `x` cannot be told"),
    ("an unread cell between", [("a", "x = 1"), ("r", "%run other.py"), ("a", "x = 1"), ("b", "fit(x)")], "a r b", "opaque", "cell [2] (%run other.py): %run may do anything"),
    ("a cell that cannot be read never ran", [("a", "x = 1"), ("b", "fit(x)")], [("a", "x = 1"), ("n", "x = = 2"), ("b", "fit(x)")], "opaque", "cannot be read as Python"),
    ("a branch with another outcome perhaps", [("a", "k = 1\nx = 1"), ("m", "if flag():\n    x = 2"), ("a", "k = 1\nx = 1"), ("b", "fit(x)")], "a m b", "effect", "`x`"),
    ("a read in a branch", [("a", "x = 1"), ("c", "y = x if flag() else 0"), ("b", "fit(y)")], [("a", "x = 2"), ("c", "y = x if flag() else 0"), ("b", "fit(y)")], "effect", "edited after it ran"),
    ("raised for want of the network", [("a", "x = 1"), ("e", "get()", ERROR, "ConnectionError: no route"), ("b", "fit(x)")], "a e b", "raised", "it may stop the notebook above"),
    ("raised on other values", [("a", "x = 1"), ("e", "check(x)", ERROR, "ValueError: no"), ("a", "x = 2"), ("b", "fit(x)")], "a e b", "raised", "may stop"),
    ("interrupted above", [("a", "x = 1"), ("w", "wait()", INTERRUPTED), ("b", "fit(x)")], "a w b", "broken-off", "was interrupted"),
    ("ran before tracking began, and may have raised", [("a", "x = [1]\nchange(x)", UNSEEN), ("b", "fit(x)")], "a b", "before", "ran before tracking began"),
    ("a file written by a cell that ran later", [("w", "fit.to_csv('a.csv')"), ("d", DATA), ("b", "fit(df)")], [("b0", "z = 1"), ("d", DATA), ("b", "fit(df)"), ("w", "fit.to_csv('a.csv')")], "effect", "what is in files"),
    ("drawn perhaps, by a fit that is not seeded", [("s", "import numpy as np\nnp.random.seed(0)\nfrom lib import Forest"), ("a", "m = Forest().fit(1)"), ("a", "m = Forest().fit(1)"), ("b", "x = np.random.rand(3)\nfit(x)")], "s a b", "effect", "numpy random state"),
    ("a secret edited since", [("a", "key = '[redacted]'"), ("b", "fit(key)")], [("a", "key = '[redacted]'"), ("b", "fit(key)")], "redacted", "secret"),
    ("an alias changed in place", [("a", "rows = []\nkept = {'rows': rows}"), ("c", "change(kept)"), ("c", "change(kept)"), ("b", "fit(rows)")], "a c b", "effect", "`rows`"),
    ("the output of whichever cell ran before", [("a", "5 + 5"), ("z", "6 + 6"), ("a", "5 + 5"), ("b", "fit(_)")], "a z b", "effect", "uses `_`, which depends on what ran before"),
    ("added up in another order", [("a", "n = 0"), ("d", "n += 3"), ("c", "n += 5"), ("b", "fit(n)")], "a c d b", "effect", "`n`"),
    ("another name for a table that has a new entry", [("a", "t = {'x': 1}"), ("n", "t['x'] = 2"), ("a", "t = {'x': 1}"), ("c", "u = t"), ("b", "fit(u)")], [("a", "t = {'x': 1}"), ("n", "t['x'] = 2"), ("c", "u = t"), ("b", "fit(u)")], "effect", "cannot be told"),
    ("a cell that the run did not need, before it would be above", [("t", "t = {'x': 1}"), ("p", "print(t['x'])"), ("c", "t = {'y': 2}"), ("b", "fit(1)")], "t c p b", "effect", "cell [2] (print(t['x'])) never ran with the `t` it has from the top, and may stop the notebook above"),
    ("a cell that the run did not need, with another value now", [("t", "n = 0"), ("p", "q = 5 // n", ERROR, "ZeroDivisionError: "), ("t", "n = 1"), ("p", "q = 5 // n"), ("t", "n = 2"), ("b", "fit(1)")], "t p b", "effect", "cell [4] (q = 5 // n) never ran with the `n` it has from the top"),
    ("what is called, and is no method of a frame", [("t", "names = fit('a')"), ("p", "names.index('x')"), ("t", "names = fit('b')"), ("b", "fit(1)")], "t p b", "effect", "never ran with the `names` it has from the top"),
    ("deleted once, and once more from the top", [("t", "t = {'x': 1}"), ("d", "del t['x']"), ("b", "fit(1)")], [("t", "t = {'x': 1}"), ("d", "del t['x']"), ("n", "del t['x']"), ("b", "fit(1)")], "never-run", "may stop the notebook above"),
    ("a key that is not there, in a cell that never ran", [("t", "t = {'x': 1}"), ("b", "fit(1)")], [("t", "t = {'x': 1}"), ("n", "z = t['y']"), ("b", "fit(1)")], "never-run", "may stop the notebook above"),
    ("a module that may not be there, in a cell that never ran", [("b", "fit(1)")], [("n", "import nowhere"), ("b", "fit(1)")], "never-run", "may stop the notebook above"),
    ("a change in place that is taken back at once", [("a", "rows = []"), ("b", "fit(rows)")], [("a", "rows = []"), ("n", "rows.append(1)\nrows.clear()"), ("b", "fit(rows)")], "never-run", "may stop"),
    ("a list edited, and emptied", [("a", "rows = [1]"), ("c", "rows.clear()"), ("b", "fit(rows)")], [("a", "rows = [2]"), ("c", "rows.clear()"), ("b", "fit(rows)")], "effect", "`rows`"),
    ("written out what a branch comes to", [("k", "k = 1"), ("a", "a = 0\nif k % 2:\n    a = 5\nelse:\n    a = a"), ("b", "fit(a)")], [("k", "k = 1"), ("n", "a = 5"), ("b", "fit(a)")], "effect", "`a`"),
    ("written out what a condition comes to", [("k", "k = 1"), ("a", "a = 5 if k % 2 else k"), ("b", "fit(a)")], [("k", "k = 1"), ("n", "a = 5"), ("b", "fit(a)")], "effect", "`a`"),
    ("a generator used up twice", [("a", "g = (n for n in range(9))"), ("c", "first = list(g)"), ("c", "first = list(g)"), ("b", "fit(first)")], "a c b", "effect", "`g`"),
]  # fmt: skip


def test_a_cell_that_may_raise_ran_as_far_as_it_came() -> None:
    ran = [
        ("a", "x = 1"),
        ("e", "y = 2\n1 / 0\nx = 9", ERROR, "ZeroDivisionError: "),
        ("b", "fit(x, y)"),
    ]
    tagged = [("a", "x = 1"), ("e", "y = 2\n1 / 0\nx = 9", "raises-exception"), ("b", "fit(x, y)")]
    assert certify(ran, tagged, failed_lines={"e2": 2}).verdict == "yes"
    found = certify(ran, "a e b", failed_lines={"e2": 2})
    assert [one.kind for one in found.reasons] == ["raised"]


def test_executions_that_were_not_recorded_leave_it_open() -> None:
    found = certify([("a", "x = 1"), ("a", "x = 1"), ("b", "fit(x)")], "a b", drop=2)
    assert (found.verdict, found.reasons[0].kind) == ("unknown", "unrecorded")
    assert found.sentence == (
        "Whether the notebook leads here is not known: execution [2] of this session was not "
        "recorded."
    )


def test_a_cell_that_measured_the_model_later() -> None:
    ran = [("d", "X = 1"), ("f", "m = fit(X)"), ("s", "log(m)")]
    assert certify(ran, "d f s", own=(2, 3)).verdict == "yes"
    found = certify(ran, "d s f", own=(2, 3))
    assert (found.verdict, found.reasons[0].kind) == ("no", "order")
    edited = [("d", "X = 1"), ("f", "m = fit(X, 2)"), ("s", "log(m)")]
    found = certify(ran, edited, own=(2, 3))
    assert (found.verdict, found.reasons[0].kind) == ("no", "edited")
    found = certify(ran, "d s", own=(2, 3))
    assert (found.verdict, found.reasons[0].kind) == ("no", "deleted")


def test_a_run_whose_cell_is_not_in_the_notebook() -> None:
    found = certify([("a", "x = 1"), ("b", "fit(x)")], "a")
    assert (found.verdict, found.reasons[0].kind) == ("unknown", "no-notebook")


@pytest.mark.parametrize(("ran", "notebook"), [one[1:] for one in YES], ids=[one[0] for one in YES])
def test_yes(ran: Cells, notebook: Cells | str, request: pytest.FixtureRequest) -> None:
    found = certify(ran, notebook) if "secret" not in request.node.name else _kept_secret(ran)
    assert (found.verdict, [one.text for one in found.reasons]) == ("yes", [])
    assert found.sentence == "The notebook, executed from top to bottom, leads here."


def _kept_secret(ran: Cells) -> CertificateView:
    cells = [LIBRARY_RAN, *session(*ran)]
    kept = [
        RevisionCell(cell_id=c.cell_id, cell_type="code", source=c.source, origin="earlier")
        for c in cells
    ]
    revision = Revision(digest="r", notebook_path="", layer="live", language="python", cells=kept)
    return judge(Case(cells=cells, own=frozenset({"e2"}), revision=revision))


@pytest.mark.parametrize(
    ("ran", "notebook", "kind", "text"), [one[1:] for one in NO], ids=[one[0] for one in NO]
)
def test_no(ran: Cells, notebook: Cells | str, kind: str, text: str) -> None:
    found = certify(ran, notebook)
    assert (found.verdict, found.reasons[0].kind) == ("no", kind), found
    assert text in found.reasons[0].text
    assert found.reasons[0].text in found.sentence
    assert found.reasons[0].cell_ids


@pytest.mark.parametrize(
    ("ran", "notebook", "kind", "text"),
    [one[1:] for one in UNKNOWN],
    ids=[one[0] for one in UNKNOWN],
)
def test_unknown(ran: Cells, notebook: Cells | str, kind: str, text: str) -> None:
    found = certify(ran, notebook)
    assert (found.verdict, found.reasons[0].kind) == ("unknown", kind), found
    assert text in found.reasons[0].text
