"""The parts of tracing: digests, definitions, names read without a trace."""

import ast
import sys
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

from jupyter_mltrack.autolog.flow.assignments import Name, find_definition
from jupyter_mltrack.autolog.flow.content import digest, telling_digest
from jupyter_mltrack.autolog.flow.namespaces import MISSING, Namespace, read_namespace
from jupyter_mltrack.autolog.flow.programs import Program, parse_cell
from jupyter_mltrack.entities import Run
from jupyter_mltrack.tracking import cells
from jupyter_mltrack.tracking.session import TrackingSession, get_session

P = np.array([0, 1, 1, 0, 1, 0, 0, 1, 1, 1])


@pytest.mark.parametrize(
    "copy",
    [
        *(P.copy(), list(P), P.tolist(), tuple(P), P.astype(float), P.astype(bool)),
        *(pd.Series(P), pd.Series(P, index=range(10, 20)), pd.DataFrame({"p": P})["p"]),
        *(np.asarray(P, order="F"), P.reshape(-1, 1), pd.DataFrame({"p": P})),
    ],
    ids=lambda copy: type(copy).__name__,
)
def test_copies_have_one_digest(copy: Any) -> None:
    assert telling_digest(copy) == telling_digest(P)


@pytest.mark.parametrize(
    "other",
    [P[:9], 1 - P, P.reshape(2, 5), P[:7], np.ones(10), list("0110100111"), pd.Series(P[::-1])],
    ids=repr,
)
def test_others_have_not(other: Any) -> None:
    assert telling_digest(other) != telling_digest(P)


def test_texts_and_what_has_no_digest() -> None:
    texts = np.array(list("abbaabba"))
    assert telling_digest(texts) == telling_digest(pd.Series(texts)) == telling_digest(list(texts))

    class Odd:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    assert digest([Odd()] * 9) is None
    assert digest(np.array([Odd()] * 9, dtype=object)) is None
    assert digest(None) is None
    assert digest(np.empty((0, 3))) is None


def test_a_write_far_inside_changes_the_digest() -> None:
    large = np.zeros(1_000_000)
    before = digest(large)
    large[500_000:510_000] = 1
    assert digest(large) != before


def definition(source: str, name: str = "p", key: str | None = None) -> str:
    """What the name stood for at the end, as text; ``?`` for what is not clear."""
    program = parse_cell(source)
    assert program is not None
    found = find_definition(program, Name(name, key), program.end)
    if not found.is_clear:
        return "?"
    text = "" if found.expression is None else ast.unparse(found.expression)
    changes = [ast.unparse(item) for change in found.changes for item in change.sources]
    changes += [ast.unparse(item) for change in found.changes for item in change.functions]
    return " | ".join([text, *changes])


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("p = f()", "f()"),
        ("p = f()\np = g()", "g()"),
        ("q = p = f()", "f()"),
        ("p, q = f(), g()", "f()"),
        ("q, (p, r) = 1, (f(), 2)", "f()"),
        ("p, q = f()", "?"),
        ("p: list = f()", "f()"),
        ("%matplotlib inline\np = f()\n!ls\np?", "f()"),
        ("p = f()\nif x:\n    p = g()", "?"),
        ("p = f()\nfor p in x: pass", "?"),
        ("p = f()\nfor q in x:\n    p = g()", "?"),
        ("p = f()\nwith x as p: pass", "?"),
        ("p = f()\nimport p", "?"),
        ("p = f()\ndel p", "?"),
        ("p = f()\ndef p(): pass", "?"),
        ("p = f()\n(p := 3)", "?"),
        ("p = f()\n[(p := v) for v in x]", "?"),
        ("p = f()\n[p for p in x]", "f()"),
        ("p = f()\ntry:\n    g()\nexcept E as p:\n    pass", "?"),
        ("p = f()\nmatch x:\n    case [p, *_]: pass", "?"),
        ("p = f()\ndef h():\n    global p\n    p = 3", "?"),
        ("p = f()\ndef h():\n    p = 3", "f()"),
        ("p = f()\np += g()", "?"),
        ("p = f()\np[m] = g()", "f() | g()"),
        ("p = f()\nif x:\n    p[m] = g()", "f() | g()"),
        ("p = f()\np.fill(g)", "f() | g"),
        ("p = f()\np.mean(g)", "f()"),
        ("p = f()\nh(p, g)", "f() | h"),
        ("p = f()\nnp.copyto(p, g)", "f() | g | np.copyto"),
        ("p = f()\nnp.clip(a, 0, 1, out=p)", "f() | a | 0 | 1 | np.clip"),
        ("p = f()\nq = p\nq[0] = 1", "?"),
        ("p = f()\nq = p\nq.mean()", "f()"),
        ("x = 1", ""),
    ],
)
def test_definitions(source: str, expected: str) -> None:
    assert definition(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("df['p'] = f()", "f()"),
        ("df['p'] = f()\ndf['q'] = g()", "f()"),
        ("df['p'] = f()\ndf['p'] = g()", "g()"),
        ("df['p'] = f()\ndf.loc[m, 'p'] = g()", "f() | g()"),
        ("df['p'] = f()\ndf[c] = g()", "f() | g()"),
        ("df['p'] = f()\ndf = g()", "g()"),
        ("df['p'] = f()\ndf.update(g)", "f() | g"),
        ("df['p'] = f()\ndf.head(3)", "f()"),
    ],
)
def test_definitions_of_columns(source: str, expected: str) -> None:
    assert definition(source, "df", "p") == expected


def names_of_the_caller() -> Namespace:
    return read_namespace(sys._getframe(1))


def test_names_are_read_without_keeping_them_alive() -> None:
    class Thing:
        pass

    def function() -> tuple[Any, Any]:
        thing = Thing()
        found = names_of_the_caller().find("thing")
        is_found = found is thing
        reference = weakref.ref(thing)
        del thing, found
        return is_found, reference()

    assert function() == (True, None)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="locals() is a copy of its own there")
def test_what_locals_gave_is_left_alone() -> None:
    def function() -> Any:
        first = 1
        names = locals()
        second = 2
        assert names_of_the_caller().find("first") is MISSING
        return first + second, set(names)

    assert function() == (3, {"first"})


def test_programs_find_the_calls_of_byte_code() -> None:
    tree = ast.parse("a = f(x)(y)\nb = (m\n   .fit(x)\n   .predict(\n   z))")
    program = Program(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert len(calls) == 4
    for call in calls:
        for position in Program.positions(call):
            assert program.find_call(position) is call


@pytest.mark.usefixtures("no_problems", "autologging")
def test_many_metrics_of_a_cell_write_their_calls_once(
    logged: Callable[[], list[Run]], data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    write = TrackingSession.write_artifact

    def observed(session: TrackingSession, run_id: str, path: str, *rest: Any) -> None:
        written.append(path)
        write(session, run_id, path, *rest)

    monkeypatch.setattr(TrackingSession, "write_artifact", observed)
    X, y = data
    model = LogisticRegression().fit(X, y)
    cell = cells.begin_cell(get_session(), cell_id="a", source="", execution_count=1)
    for _ in range(100):
        accuracy_score(y, model.predict(X))
    cells.end_cell(cell)
    assert written.count("metric_info.json") == 1
    (run,) = logged()
    assert "accuracy_score-100_X" in run.data.metrics
