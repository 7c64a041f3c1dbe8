"""Programs run for real: what was selected gives what the session gave.

Every value is a hash of what made it, so that two values are equal only if they were made alike.
"""

from collections.abc import Sequence
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jupyter_mltrack.entities import CellExecution
from jupyter_mltrack.query.dataflow import find_needed, select_executions
from tests.query.programs import session

BEGIN = """
a, b, c, d, n, m, alias = 1, 2, 3, 4, 5, 6, None
rows, table = [], {"x": 1, "y": 2}
def h(*given):
    return hash(given)
def call(v):
    return v
"""
END = "result = (a, b, c, d, n, m, repr(rows), repr(table), repr(alias), call(7))"

name = st.sampled_from("abcd")
number = st.integers(2, 9)
key = st.sampled_from("xy")
STATEMENT = st.one_of(
    st.builds("{} = {}".format, name, number),
    st.builds("{} = h({}, {})".format, name, name, number),
    st.builds("{} = h({}, {})".format, name, name, name),
    st.builds("{} += {}".format, st.sampled_from("nm"), number),
    st.builds("rows.append({})".format, name),
    st.builds("table['{}'] = {}".format, key, name),
    st.builds("table['x'] = h(table['{}'], {})".format, key, number),
    st.builds("{} = table['{}']".format, name, key),
    st.builds("{} = len(rows)".format, name),
    st.builds("alias = {}".format, st.sampled_from(["rows", "table", "[rows, table]", "str(n)"])),
    st.builds("{} = call({})".format, name, name),
    st.builds("def call(v):\n    return h(v, {})".format, name),
    st.builds("def call(v):\n    rows.append(v)\n    return {}".format, number),
    st.builds(
        "def call(v):\n    global {0}\n    {0} = h(v, {1})\n    return h(n)".format, name, number
    ),
    st.builds("{} = [h(v, {}) for v in [{}]][0]".format, name, name, name),
    st.builds("if {} % 2:\n    {} = {}".format, name, name, number),
    st.builds("for v in range({}):\n    {} = h(v, {})".format, number, name, name),
    st.builds("del {0}\n{0} = {1}".format, name, number),
    st.builds("other = lambda: h({})\n{} = other()".format, name, name),
    st.builds("rows = []".format),
    st.builds("alias = rows = []".format),
    st.builds("table = {{'x': 1, 'y': 2}}".format),
    st.builds("for v in rows:\n    {} = h(v, {})\n    {} = {}".format, name, number, name, name),
    st.builds(
        "while n % 3:\n    n += 1\n    {0} = h(n)\n    {1} = {0}\nelse:\n    {2} = h({0})".format,
        name,
        name,
        name,
    ),
    st.builds("try:\n    {} = 1 // ({} % 2)\nexcept ZeroDivisionError: pass".format, name, name),
)
CELL = st.lists(STATEMENT, min_size=1, max_size=3).map("\n".join)
# Each execution is of one of four cells, as it is or edited before.
SESSION = st.tuples(
    st.lists(CELL, min_size=4, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.none() | CELL), max_size=9),
)
QUICK = settings(
    derandomize=True, max_examples=300, deadline=None, phases=[Phase.explicit, Phase.generate]
)


def run(cells: Sequence[CellExecution]) -> Any:
    space: dict[str, Any] = {}
    for cell in cells:
        exec(cell.source, space)
    return space.get("result")


def to_session(drawn: Any, last: str = END) -> list[CellExecution]:
    sources = list(drawn[0])
    ran = [("begin", BEGIN)]
    for cell, edited in drawn[1]:
        if edited is not None:
            sources[cell] = edited
        ran.append((str(cell), sources[cell]))
    return session(*ran, ("end", last))


@QUICK
@given(SESSION)
def test_a_replay_of_what_was_selected_gives_the_same(drawn: Any) -> None:
    ran = to_session(drawn)
    assert run(select_executions(ran, {ran[-1].execution_id})) == run(ran)


@QUICK
@given(SESSION, st.sampled_from(["a", "n", "repr(rows)", "repr(table)", "repr(alias)"]))
def test_what_was_needed_is_enough(drawn: Any, target: str) -> None:
    ran = to_session(drawn, last=f"result = {target}")
    assert run(find_needed(ran, {ran[-1].execution_id})) == run(ran)
