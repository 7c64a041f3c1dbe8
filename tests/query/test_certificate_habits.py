"""Certificates of what people write and do in notebooks: one habit per row."""
# A case is read best as one line.
# ruff: noqa: E501

import pytest

from jupyter_mltrack.entities import CellOutcome
from tests.query.test_certificate import Cells, certify

UNSEEN = CellOutcome.UNSEEN

YES: list[tuple[str, Cells, Cells | str]] = [
    ('start in a later cell', [('a', 'x = 1', UNSEEN), ('t', '%load_ext jupyter_mltrack\n%mltrack start'), ('b', '%%mltrack run NAME\nfit(x)')], 'a t b'),
    ('start in later cell, function', [('a', 'x = make(1)', UNSEEN), ('t', '%mltrack start'), ('b', 'fit(x)')], 'a t b'),
    ('time', [('a', '%%time\nx = make(1)'), ('b', '%%mltrack run NAME\nfit(x)')], 'a b'),
    ('loop of runs', [('i', 'import jupyter_mltrack as mltrack'), ('a', 'X = make(1)'), ('b', "for C in [0.1, 1]:\n    with mltrack.start_run(name=f'C{C}'):\n        m = fit(X, C)\n        mltrack.log_metric('s', m.score(X))")], 'i a b'),
    ('loop of runs twice', [('i', 'import jupyter_mltrack as mltrack'), ('a', 'X = make(1)'), ('b', "for C in [0.1, 1]:\n    with mltrack.start_run(name=f'C{C}'):\n        m = fit(X, C)\n        mltrack.log_metric('s', m.score(X))"), ('b', "for C in [0.1, 1]:\n    with mltrack.start_run(name=f'C{C}'):\n        m = fit(X, C)\n        mltrack.log_metric('s', m.score(X))")], 'i a b'),
    ('async twice', [('a', 'import asyncio\nasync def g(v):\n    await asyncio.sleep(0)\n    return v'), ('c', 'x = await g(2)'), ('c', 'x = await g(2)'), ('b', 'fit(x)')], 'a c b'),
    ('class ran twice', [('k', 'class Net:\n    def __init__(self, n):\n        self.n = n\n    def fit(self, X):\n        self.w = X\n        return self'), ('m', 'net = Net(3)'), ('m', 'net = Net(3)'), ('b', 'net.fit(1)')], 'k m b'),
    ('decorator', [('k', 'import functools\n@functools.lru_cache\ndef f(v):\n    return v'), ('b', 'fit(f(1))')], 'k b'),
    ('decorator ran twice', [('k', 'import functools\n@functools.lru_cache\ndef f(v):\n    return v'), ('k', 'import functools\n@functools.lru_cache\ndef f(v):\n    return v'), ('b', 'fit(f(1))')], 'k b'),
    ('star unpack twice', [('a', 'rows = [1, 2, 3]'), ('u', 'first, *rest = rows'), ('u', 'first, *rest = rows'), ('b', 'fit(rest)')], 'a u b'),
    ('except handled', [('a', "try:\n    x = int('no')\nexcept ValueError:\n    x = 0"), ('b', 'fit(x)')], 'a b'),
    ('import in function', [('a', 'def f():\n    import math\n    return math.pi'), ('b', 'fit(f())')], 'a b'),
    ('df col', [('d', "import pandas as pd\ndf = pd.read_csv('a.csv')"), ('c', "df['a'] = df['x'].fillna(0)"), ('b', 'fit(df)')], 'd c b'),
    ('seed cell rerun too', [('s', 'import numpy as np\nnp.random.seed(0)'), ('d', 'X = np.random.rand(3)'), ('s', 'import numpy as np\nnp.random.seed(0)'), ('d', 'X = np.random.rand(3)'), ('b', 'fit(X)')], 's d b'),
    ('random_state rerun', [('s', 'import numpy as np\nnp.random.seed(0)'), ('i', 'from sklearn.ensemble import RandomForestClassifier'), ('m', 'm = RandomForestClassifier(random_state=0).fit(1, 2)'), ('m', 'm = RandomForestClassifier(random_state=0).fit(1, 2)'), ('b', 'm.score(1, 2)')], 's i m b'),
    ('unseeded rerun of own', [('i', 'import numpy as np'), ('d', 'X = np.random.rand(3)'), ('b', 'fit(X)'), ('b', 'fit(X)')], 'i d b'),
    ('loop over maybe nothing', [('a', 'xs = make()\nx = 0'), ('l', 'for x in xs:\n    pass'), ('b', 'fit(x)')], 'a l b'),
    ('conditional return then hidden', [('a', 'def f(v):\n    if v:\n        return 1\n    return hidden'), ('b', 'fit(f(1))')], 'a b'),
    ('comprehension over nothing', [('a', 'xs = []'), ('b', 'fit([hidden for v in xs])')], 'a b'),
    ('models dict loop', [('i', 'from sklearn.linear_model import LogisticRegression'), ('m', "models = {'a': LogisticRegression(), 'b': LogisticRegression(C=2)}"), ('d', 'X = make(1)'), ('b', 'for name, m in models.items():\n    m.fit(X)\n    log(name, m.score(X))')], 'i m d b'),
    ('memo', [('k', 'def memo(f):\n    seen = {}\n    def inner(v):\n        seen[v] = f(v)\n        return seen[v]\n    return inner\n@memo\ndef f(v):\n    return v'), ('u', 'x = f(2)'), ('b', 'fit(x)')], 'k u b'),
    ('model builder twice', [('k', 'def build(n):\n    parts = []\n    for k in range(n):\n        parts.append(k)\n    return lambda v: v + len(parts)'), ('u', 'm = build(2)'), ('u', 'm = build(2)'), ('b', 'fit(m(1))')], 'k u b'),
]  # fmt: skip

NO: list[tuple[str, Cells, Cells | str, str, str]] = [
    ('del run after, above own, own again fails?', [('a', 'x = 1'), ('d', 'del x'), ('a', 'x = 1'), ('b', 'fit(x)')], 'a d b', 'order', 'cell [3] (x = 1) makes `x`, but stands below cell [4] (fit(x)), which needs it'),
    ('seed then draw rerun', [('s', 'import numpy as np\nnp.random.seed(0)'), ('d', 'X = np.random.rand(3)'), ('d', 'X = np.random.rand(3)'), ('b', 'fit(X)')], 's d b', 'repeated', 'cell [3] (X = np.random.rand(3)) ran 2 times, and each time counts for numpy random state'),
    ('epochs edited', [('e', 'epochs = 3'), ('c', 'w = 0\nfor e in range(epochs):\n    w = make(w)'), ('b', 'fit(w)')], [('e', 'epochs = 4'), ('c', 'w = 0\nfor e in range(epochs):\n    w = make(w)'), ('b', 'fit(w)')], 'edited', 'cell [1] (epochs = 3) was edited after it ran, and `epochs` is still as it was before'),
    ('lr edited in training loop', [('e', 'epochs = 3'), ('l', 'lr = 0.1'), ('b', 'w = 0\nfor e in range(epochs):\n    w = make(w, lr)\nfit(w)')], [('e', 'epochs = 3'), ('l', 'lr = 0.2'), ('b', 'w = 0\nfor e in range(epochs):\n    w = make(w, lr)\nfit(w)')], 'edited', 'cell [2] (lr = 0.1) was edited after it ran, and `lr` is still as it was before'),
]  # fmt: skip

UNKNOWN: list[tuple[str, Cells, Cells | str, str, str]] = [
    ('class method not used edited', [('k', 'class Net:\n    def a(self):\n        return 1\n    def b(self):\n        return 2'), ('b', 'fit(Net().a())')], [('k', 'class Net:\n    def a(self):\n        return 1\n    def b(self):\n        return 3'), ('b', 'fit(Net().a())')], 'effect', 'cell [1] (class Net:) was edited after it ran, and `Net` is still as it was before; whether that matters cannot be told from the code'),
    ('global counted twice', [('k', 'n = 0\ndef up():\n    global n\n    n += 1'), ('u', 'up()'), ('u', 'up()'), ('b', 'fit(n)')], 'k u b', 'effect', 'whether cell [3] (up()) sets `n` cannot be told from the code, and it ran 2 times'),
    ('closure counter', [('k', 'def make_counter():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n        return n\n    return up\nup = make_counter()'), ('u', 'x = up()'), ('u', 'x = up()'), ('b', 'fit(x)')], 'k u b', 'effect', 'whether cell [2] (x = up()) changes `up` cannot be told from the code, and it ran 2 times'),
    ('generator', [('k', 'def g():\n    for v in range(9):\n        yield v\nit = g()'), ('u', 'x = next(it)'), ('u', 'x = next(it)'), ('b', 'fit(x)')], 'k u b', 'effect', 'whether cell [2] (x = next(it)) changes `it` cannot be told from the code, and it ran 2 times'),
    ('attr aug twice', [('k', 'class C: pass\nc = C()\nc.n = 0'), ('u', 'c.n += 1'), ('u', 'c.n += 1'), ('b', 'fit(c.n)')], 'k u b', 'effect', 'whether cell [3] (c.n += 1) changes `c` cannot be told from the code, and it ran 2 times'),
    ('attr set twice', [('k', 'class C: pass\nc = C()'), ('u', 'c.n = 3'), ('u', 'c.n = 3'), ('b', 'fit(c.n)')], 'k u b', 'effect', 'whether cell [3] (c.n = 3) changes `c` cannot be told from the code, and it ran 2 times'),
    ('try edited in handler', [('a', 'try:\n    x = get()\nexcept ValueError:\n    x = 0'), ('b', 'fit(x)')], [('a', 'try:\n    x = get()\nexcept ValueError:\n    x = 1'), ('b', 'fit(x)')], 'edited', 'cell [1] (try:) was edited after it ran, and may stop the notebook above'),
    ('df col self twice', [('d', "import pandas as pd\ndf = pd.read_csv('a.csv')"), ('c', "df['x'] = df['x'].fillna(0)"), ('c', "df['x'] = df['x'].fillna(0)"), ('b', "fit(df['x'])")], 'd c b', 'effect', "cell [3] (df['x'] = df['x'].fillna(0)) ran in another order than it stands, which changes `df['x']`; whether that matters cannot be told from the code"),
    ('df drop inplace twice ignoring', [('d', "import pandas as pd\ndf = pd.read_csv('a.csv')"), ('c', "df.drop(columns=['a'], inplace=True, errors='ignore')"), ('c', "df.drop(columns=['a'], inplace=True, errors='ignore')"), ('b', 'fit(df)')], 'd c b', 'effect', "whether cell [3] (df.drop(columns=['a'], inplace=True, errors='ig…) changes `df` cannot be told from the code, and it ran 2 times"),
    ('df loc', [('d', "import pandas as pd\ndf = pd.read_csv('a.csv')"), ('c', "df.loc[df.x > 1, 'y'] = 0"), ('c', "df.loc[df.x > 1, 'y'] = 0"), ('b', 'fit(df)')], 'd c b', 'effect', "whether cell [3] (df.loc[df.x > 1, 'y'] = 0) changes `df` cannot be told from the code, and it ran 2 times"),
    ('fit twice', [('i', 'from sklearn.linear_model import LogisticRegression'), ('d', 'X = make(1)\ny = make(2)'), ('m', 'm = LogisticRegression()'), ('f', 'm.fit(X, y)'), ('f', 'm.fit(X, y)'), ('b', 's = m.score(X, y)')], 'i d m f b', 'effect', 'whether cell [5] (m.fit(X, y)) changes `m` cannot be told from the code, and it ran 2 times'),
    ('partial_fit twice', [('i', 'from sklearn.linear_model import SGDClassifier'), ('d', 'X = make(1)\ny = make(2)'), ('m', 'm = SGDClassifier()'), ('f', 'm.partial_fit(X, y)'), ('f', 'm.partial_fit(X, y)'), ('b', 's = m.score(X, y)')], 'i d m f b', 'effect', 'whether cell [5] (m.partial_fit(X, y)) changes `m` cannot be told from the code, and it ran 2 times'),
    ('rng object rerun', [('s', 'import numpy as np\nrng = np.random.default_rng(0)'), ('d', 'X = rng.normal(size=3)'), ('d', 'X = rng.normal(size=3)'), ('b', 'fit(X)')], 's d b', 'effect', 'whether cell [2] (X = rng.normal(size=3)) changes `rng` cannot be told from the code, and it ran 2 times'),
    ('shuffle in place twice', [('i', 'import random\nrandom.seed(0)'), ('d', 'rows = [1, 2, 3]'), ('s', 'random.shuffle(rows)'), ('s', 'random.shuffle(rows)'), ('b', 'fit(rows)')], 'i d s b', 'effect', 'whether cell [4] (random.shuffle(rows)) changes `rows` cannot be told from the code, and it ran 2 times'),
    ('loop over maybe nothing, out of order', [('a', 'xs = make()'), ('x', 'x = 5'), ('l', 'for x in xs:\n    pass'), ('x2', 'x2 = 0'), ('b', 'fit(x)')], 'a l x b', 'effect', 'whether cell [3] (for x in xs:) sets `x` cannot be told from the code, and it ran in another order than it stands'),
    ('stale loop variable', [('a', 'xs = []'), ('x', 'x = 5'), ('l', 'for x in xs:\n    pass'), ('b', 'fit(x)')], 'a l b', 'hidden', '`x` is from something that was not recorded'),
    ('a condition edited', [('a', 'n = 5'), ('c', 'if n > 3:\n    x = 1\nelse:\n    x = 2'), ('b', 'fit(x)')], [('a', 'n = 6'), ('c', 'if n > 3:\n    x = 1\nelse:\n    x = 2'), ('b', 'fit(x)')], 'effect', 'cell [1] (n = 5) was edited after it ran, and `n` is still as it was before; whether that matters cannot be told from the code'),
    ('default not used edited', [('f', 'def f(v, k=2):\n    return v'), ('b', 'fit(f(1, 3))')], [('f', 'def f(v, k=3):\n    return v'), ('b', 'fit(f(1, 3))')], 'effect', 'cell [1] (def f(v, k=2):) was edited after it ran, and `f` is still as it was before; whether that matters cannot be told from the code'),
    ('models dict loop rerun', [('i', 'from sklearn.linear_model import LogisticRegression'), ('m', "models = {'a': LogisticRegression(), 'b': LogisticRegression(C=2)}"), ('d', 'X = make(1)'), ('b', 'for name, m in models.items():\n    m.fit(X)\n    log(name, m.score(X))'), ('b', 'for name, m in models.items():\n    m.fit(X)\n    log(name, m.score(X))')], 'i m d b', 'effect', 'whether cell [4] (for name, m in models.items():) changes `models` cannot be told from the code, and it ran 2 times'),
    ('suppress', [('a', 'from contextlib import suppress\nx = 1'), ('s', "with suppress(KeyError):\n    {}['a']\n    x = 2"), ('b', 'fit(x)')], [('a', 'from contextlib import suppress\nx = 1'), ('s', "with suppress(KeyError):\n    {}['a']\n    x = 3"), ('b', 'fit(x)')], 'edited', 'cell [2] (with suppress(KeyError):) was edited after it ran, and may stop the notebook above'),
    ('swap twice', [('a', 'a, b = make(1), make(2)'), ('s', 'a, b = b, a'), ('s', 'a, b = b, a'), ('b', 'fit(a)')], [('a', 'a, b = make(1), make(2)'), ('b', 'fit(a)')], 'effect', 'cell [2] (a, b = b, a) is not in the notebook any more, and `a` is still from it; whether that matters cannot be told from the code'),
    ('copy instead of const', [('a', 'x = 5'), ('c', 'y = x'), ('b', 'fit(y)')], [('a', 'x = 5'), ('c', 'y = 5'), ('b', 'fit(y)')], 'effect', 'cell [2] (y = x) was edited after it ran, and changes `x` now; whether that matters cannot be told from the code'),
    ('never-run cell that calls', [('a', 'x = 1'), ('b', 'fit(x)')], [('a', 'x = 1'), ('n', 'z = make(3)'), ('b', 'fit(x)')], 'never-run', 'the cell "z = make(3)" never ran in this session, and may stop the notebook above'),
    ('walrus/lambda edit', [('a', 'x = make(key=lambda v: v + 1)'), ('b', 'fit(x)')], [('a', 'x = make(key=lambda v: v + 2)'), ('b', 'fit(x)')], 'edited', 'cell [1] (x = make(key=lambda v: v + 1)) was edited after it ran, and may stop the notebook above'),
    ('instance called', [('k', 'class K:\n    n = 0\n    def __call__(self):\n        self.n += 1\n        return self.n\nk = K()'), ('u', 'x = k()'), ('u', 'x = k()'), ('b', 'fit(x)')], 'k u b', 'effect', 'whether cell [2] (x = k()) changes `k` cannot be told from the code, and it ran 2 times'),
    ('instance method', [('k', 'class K:\n    n = 0\n    def go(self):\n        self.n += 1\n        return self.n\nk = K()'), ('u', 'x = k.go()'), ('u', 'x = k.go()'), ('b', 'fit(x)')], 'k u b', 'effect', 'whether cell [2] (x = k.go()) changes `k` cannot be told from the code, and it ran 2 times'),
]  # fmt: skip


@pytest.mark.parametrize(("ran", "notebook"), [one[1:] for one in YES], ids=[one[0] for one in YES])
def test_yes(ran: Cells, notebook: Cells | str) -> None:
    found = certify(ran, notebook)
    assert (found.verdict, [one.text for one in found.reasons]) == ("yes", [])


@pytest.mark.parametrize("row", NO, ids=[one[0] for one in NO])
def test_no(row: tuple[str, Cells, Cells | str, str, str]) -> None:
    found = certify(row[1], row[2])
    reason = found.reasons[0]
    assert (found.verdict, reason.kind, reason.text) == ("no", *row[3:])


@pytest.mark.parametrize("row", UNKNOWN, ids=[one[0] for one in UNKNOWN])
def test_unknown(row: tuple[str, Cells, Cells | str, str, str]) -> None:
    found = certify(row[1], row[2])
    reason = found.reasons[0]
    assert (found.verdict, reason.kind, reason.text) == ("unknown", *row[3:])
