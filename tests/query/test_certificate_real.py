"""Certificates of random notebooks that are run for real: neither yes nor no is ever wrong.

Every value is a hash of what made it, and constants are drawn from millions, so that two values are
equal only if they were made alike.
"""

# Statements are read best as one line.
# ruff: noqa: E501

import re
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from jupyter_mltrack.entities import CellExecution, Revision, RevisionCell
from jupyter_mltrack.query.certificate import judge
from jupyter_mltrack.query.trial import Case
from tests.query.programs import session

BEGIN = """
a, b, c, d, n, m, alias = 11, 13, 17, 19, 23, 29, None
rows, table, k = [], {"x": 31, "y": 37}, 1
class Box:
    v = 43
    def one(self, v):
        return h(v, 47)
    def two(self, v):
        return h(v, 53)
box = Box()
def h(*given):
    return hash(given)
def call(v):
    return h(v, 41)
"""

name = st.sampled_from("abcd")
number = st.integers(10**6, 10**9)
key = st.sampled_from("xy")
STATEMENT = st.one_of(
    st.builds("{} = {}".format, name, number),
    st.builds("{} = h({}, {})".format, name, name, number),
    st.builds("{} = h({}, {})".format, name, name, name),
    st.builds("{} += {}".format, st.sampled_from("nm"), number),
    st.builds("rows.append({})".format, name),
    st.builds("rows = []".format),
    st.builds("alias = rows = []".format),
    st.builds("for v in range(2):\n    {0} = 5\n    {0} = h({1}, {2})".format, name, name, number),
    st.builds("table['{}'] = {}".format, key, name),
    st.builds("table['x'] = h(table['{}'], {})".format, key, number),
    st.builds("{} = table['{}']".format, name, key),
    st.builds("alias = {}".format, st.sampled_from(["rows", "table", "[rows, table]", "str(n)"])),
    st.builds("{} = call({})".format, name, name),
    st.builds("def call(v):\n    return h(v, {})".format, name),
    st.builds("def call(v):\n    rows.append(v)\n    return h(v, {})".format, number),
    st.builds(
        "def call(v):\n    global {0}\n    {0} = h(v, {1})\n    return h(v, n)".format, name, number
    ),
    st.builds("{} = [h(v, {}) for v in [{}]][0]".format, name, name, name),
    st.builds("if {} % 2:\n    {} = {}".format, name, name, number),
    st.builds("for v in range(3):\n    {} = h(v, {})".format, name, name),
    st.builds("del {0}\n{0} = {1}".format, name, number),
    st.builds("other = lambda: h({})\n{} = other()".format, name, name),
    # Branches of which one runs, loops that may not run, and functions of which a part runs.
    st.builds("{0} = h({0}) if n % 2 else {1}".format, name, number),
    st.builds("if {} % 2:\n    {} = {}\nelse:\n    {} = {}".format, name, name, number, name, name),
    st.builds("for v in rows:\n    {} = h({}, {})".format, name, name, number),
    st.builds("for v in range(k):\n    {} = h({}, {})".format, name, name, number),
    st.builds("while n % 2:\n    n += 1\n    {} = h(n, {})".format, name, number),
    st.builds(
        "for v in [{}, {}]:\n    if v % 2:\n        continue\n    {} = h(v, {})".format,
        name,
        name,
        name,
        number,
    ),
    st.builds(
        "def call(v):\n    if v % 2:\n        return h(v, {})\n    return h(v, n, {})".format,
        number,
        number,
    ),
    st.builds("def call(v, w={}):\n    return h(v, w)".format, number),
    st.builds("{} = call({}, 59)".format, name, name),
    st.builds(
        "def make(w):\n    return lambda v: h(v, w, {})\ncall = make({})".format, number, name
    ),
    st.builds("{} = h(*map(call, rows[:3]))".format, name),
    st.builds("{} = h(*[h(v, {}) for v in rows])".format, name, number),
    st.builds("{} = h(*sorted(rows, key=lambda v: h(v, {})))".format, name, number),
    st.builds("{0} = None or h({0}, {1})".format, name, number),
    st.builds("try:\n    {} = h(late)\nexcept NameError:\n    {} = {}".format, name, name, number),
    st.builds(
        "from contextlib import suppress\nwith suppress(NameError):\n    h(late)\n    {} = {}".format,
        name,
        number,
    ),
    st.builds(
        "class Box:\n    v = {}\n    def one(self, v):\n        return h(v, {})\n"
        "    def two(self, v):\n        return h(v, {})".format,
        number,
        number,
        number,
    ),
    st.builds("box = Box()".format),
    st.builds("box.v = {}".format, name),
    st.builds("box.v += {}".format, number),
    st.builds("{} = box.v".format, name),
    st.builds("{} = box.one({})".format, name, name),
    st.builds("{}, *rest = [{}, {}]".format, name, name, number),
    st.builds("rows.clear()".format),
    st.builds("made = (h(v, {}) for v in [{}, n])".format, number, name),
    st.builds("{0} = next(made, {0})".format, name),
    st.builds("# {0}\n{1} = {0}".format, number, name),
    st.builds("new{} = {}".format, number, name),
    st.builds("late = h({})".format, name),
    st.builds("{} = late".format, name),
)
CELL = st.lists(STATEMENT, min_size=1, max_size=3).map("\n".join)
CELLS = st.lists(CELL, min_size=4, max_size=4)
EXECUTIONS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.none() | CELL | number), max_size=7
)
EDITS = st.dictionaries(st.integers(0, 3), CELL | number, max_size=1)
ORDER = st.permutations([0, 1, 2, 3]) | st.just([0, 1, 2, 3])
TARGET = st.sampled_from(
    ["a", "b", "n", "repr(rows)", "repr(table)", "repr(alias)", "table['x']", "box.v"]
)
QUICK = settings(
    derandomize=True, max_examples=400, deadline=None, phases=[Phase.explicit, Phase.generate]
)


def run(sources: list[str]) -> Any:
    space: dict[str, Any] = {}
    for source in sources:
        exec(source, space)
    return space["result"]


def outcome(sources: list[str]) -> Any:
    try:
        return run(sources)
    except (NameError, KeyError, TypeError):
        return "raised"


def edit(source: str, edited: str | int | None) -> str:
    """Another cell in its place, or its last constant changed."""
    if isinstance(edited, int):
        return re.sub(r"\d{7,}(?!.*\d{7})", str(edited), source, flags=re.DOTALL)
    return edited or source


@QUICK
@given(CELLS, EXECUTIONS, EDITS, ORDER, st.integers(0, 4), TARGET)
def test_certificates_are_right(
    cells: list[str],
    executions: list[tuple[int, str | int | None]],
    edits: dict[int, str | int],
    order: list[int],
    deleted: int,
    target: str,
) -> None:
    sources = list(cells)
    ran = [("begin", BEGIN)]
    for cell, edited in executions:
        sources[cell] = edit(sources[cell], edited)
        ran.append((str(cell), sources[cell]))
    final = f"result = {target}"
    stands = [("begin", BEGIN)]
    stands += [(str(n), edit(sources[n], edits.get(n))) for n in order if n != deleted]
    stands.append(("end", final))
    here = outcome([source for _, source in ran] + [final])
    if here == "raised":
        return
    there = outcome([source for _, source in stands])
    found = judge(_case(session(*ran, ("end", final)), stands))
    if found.verdict == "yes":
        assert here == there, found
    if found.verdict == "no":
        assert here != there, found


def _case(cells: list[CellExecution], stands: list[tuple[str, str]]) -> Case:
    code = [RevisionCell(cell_id=key, cell_type="code", source=source) for key, source in stands]
    revision = Revision(digest="", notebook_path="", layer="live", language="python", cells=code)
    return Case(cells=cells, own=frozenset({cells[-1].execution_id}), revision=revision)
