"""Certificates of random notebooks of which cells raise: a notebook that stops leads nowhere.

As in ``test_certificate_real``, the notebooks run for real, and cells that raise stay among those
that ran.
"""

import traceback
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mltrack.entities import CellExecution, CellOutcome, Revision, RevisionCell
from jupyter_mltrack.query.certificate import judge
from jupyter_mltrack.query.trial import Case
from tests.query.programs import session
from tests.query.test_certificate_real import (
    BEGIN,
    EDITS,
    ORDER,
    QUICK,
    STATEMENT,
    TARGET,
    edit,
    key,
    name,
    number,
)

RAISING = st.one_of(
    st.builds("del table['{}']".format, key),
    st.builds("table.pop('{}')".format, key),
    st.builds("table['{}']".format, key),
    st.builds("table = {{'{}': {}}}".format, key, name),
    st.builds("print(table['{}'])".format, key),
    st.builds("rows[0]".format),
    st.builds("first = rows[-1]".format),
    st.builds("assert n % 2".format),
    st.builds("assert n % 2 == 0, 'odd'".format),
    st.builds("n = 1".format),
    st.builds("n = 2".format),
    st.builds("n, m = m, n".format),
    st.builds("alias.append({})".format, name),
    st.builds("alias['x']".format),
    st.builds("alias.x = {}".format, name),
    st.builds("box.w".format),
    st.builds("box.w = {}".format, name),
    st.builds("print(box.w)".format),
    st.builds("del box.w".format),
    st.builds("call()".format),
    st.builds("def call(v=1):\n    return h(v, {})".format, number),
    st.builds("def call(v):\n    return v['x']".format),
    st.builds("del late".format),
    st.builds("one, *others = rows".format),
    st.builds("if n % 2:\n    raise ValueError('odd')".format),
    st.builds("for v in alias:\n    print(v)".format),
    st.builds("len(alias)".format),
    st.builds("f'{{alias:d}}'".format),
    st.builds("alias = h({})".format, name),
    st.builds("alias + 1".format),
    st.builds("-alias".format),
    st.builds("{{alias: 1}}".format),
    st.builds("int(alias)".format),
    st.builds("print(*alias)".format),
    st.builds("class Sub(alias):\n    pass".format),
    st.builds("import math\nmath.sqrt(n - 2)".format),
    st.builds("with alias:\n    pass".format),
)
CELL = st.lists(RAISING | STATEMENT, min_size=1, max_size=2).map("\n".join)
CELLS = st.lists(CELL, min_size=4, max_size=4)
EXECUTIONS = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.none() | st.none() | CELL), min_size=3, max_size=8
)


class Kernel:
    """Runs cells for real; knows where each that raised did."""

    def __init__(self) -> None:
        self.space: dict[str, Any] = {"print": lambda *_: None}

    def run(self, source: str) -> tuple[str, int] | None:
        """The name of the exception and the line of the cell that it came from, if any."""
        try:
            exec(compile(source, "<cell>", "exec"), self.space)
        except Exception as error:
            _, frame = traceback.extract_tb(error.__traceback__)[:2]
            return type(error).__name__, frame.lineno or 1
        return None


def run_session(ran: list[tuple[str, str]]) -> tuple[Any, list[CellExecution], dict[str, int]]:
    """What came out, the executions with their outcomes, and the lines of those that raised."""
    kernel, rows, lines = Kernel(), [], {}
    for place, (cell, source) in enumerate(ran, 1):
        failed = kernel.run(source)
        if failed is None:
            rows.append((cell, source))
        else:
            rows.append((cell, source, CellOutcome.ERROR, f"{failed[0]}: "))
            lines[f"e{place}"] = failed[1]
    return kernel.space.get("result", "none"), session(*rows), lines


def run_notebook(sources: list[str]) -> Any:
    """What comes out when the notebook runs until a cell raises."""
    kernel = Kernel()
    stopped = any(kernel.run(source) is not None for source in sources)
    return "raised" if stopped else kernel.space["result"]


@QUICK
@given(CELLS, EXECUTIONS, EDITS, ORDER, st.integers(0, 9), TARGET)
def test_certificates_know_what_stops(
    cells: list[str],
    executions: list[tuple[int, str | None]],
    edits: dict[int, str | int],
    order: list[int],
    deleted: int,
    target: str,
) -> None:
    sources, ran = list(cells), [("begin", BEGIN)]
    for cell, edited in executions:
        sources[cell] = edit(sources[cell], edited)
        ran.append((str(cell), sources[cell]))
    ran.append(("end", f"result = {target}"))
    here, recorded, lines = run_session(ran)
    if here == "none":
        return
    stands = [("begin", BEGIN)]
    stands += [(str(n), edit(sources[n], edits.get(n))) for n in order if n != deleted]
    stands.append(ran[-1])
    there = run_notebook([source for _, source in stands])
    code = [RevisionCell(cell_id=key, cell_type="code", source=source) for key, source in stands]
    revision = Revision(digest="", notebook_path="", layer="live", language="python", cells=code)
    own = frozenset({recorded[-1].execution_id})
    found = judge(Case(cells=recorded, own=own, revision=revision, failed_lines=lines))
    if found.verdict == "yes":
        assert here == there, found
    if found.verdict == "no":
        assert here != there, found
