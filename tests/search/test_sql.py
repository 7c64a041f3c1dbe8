"""SQL and memory must agree on every filter and every order."""

import math
import os
import uuid

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mltrack.entities import from_number
from jupyter_mltrack.search import match, param_number, sort_runs
from jupyter_mltrack.store.contract import RunSearch
from jupyter_mltrack.store.sql import tables as t
from jupyter_mltrack.store.sql.filters import find_rows, parts, plans
from tests.search.trees import SOURCES, facts, orders, trees


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(request):
    engine = sa.create_engine("sqlite://")
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        uri = server.create_database(f"search_{uuid.uuid4().hex}")
        engine = sa.create_engine(uri.replace("postgresql", "postgresql+psycopg", 1))
    t.Base.metadata.create_all(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


class Writer:
    """Puts runs into the tables."""

    def __init__(self, connection):
        self.connection = connection
        self.names = {}
        self.rows = {}
        self.datasets = []
        for table in reversed(t.Base.metadata.sorted_tables):
            connection.execute(table.delete())
        self.insert(
            t.ExperimentRow,
            id=1,
            experiment_id="1",
            name="e",
            artifact_location="",
            lifecycle_stage="active",
            creation_time=0,
            last_update_time=0,
        )
        self.terms = {"": None}
        for number, source in enumerate(SOURCES):
            self.insert(t.SourceRow, id=number, digest=f"digest of {source}", text=source)
        self.executions = 0

    def insert(self, row, **values):
        self.rows.setdefault(row.__table__, []).append(values)

    def flush(self):
        for table in t.Base.metadata.sorted_tables:
            if table in self.rows:
                self.connection.execute(sa.insert(table), self.rows[table])

    def name(self, key):
        if key not in self.names:
            self.names[key] = len(self.names) + 1
            self.insert(t.NameRow, id=self.names[key], name=key)
        return self.names[key]

    def term(self, text):
        if text not in self.terms:
            self.terms[text] = len(self.terms)
            self.insert(t.TermRow, id=self.terms[text], text=text)
        return self.terms[text]

    def write(self, number, one):
        info = one.run.info
        sources = list(one.sources)
        execution = None
        if one.cell:
            execution = self.write_cell(sources.pop(0), one.cell, one.revision)
        self.insert(
            t.RunRow,
            id=number,
            run_id=info.run_id,
            experiment=1,
            name=info.run_name,
            status=info.status,
            start_time=info.start_time,
            end_time=info.end_time,
            user_id=info.user_id,
            lifecycle_stage=info.lifecycle_stage,
            parent_run_id=info.parent_run_id,
            session_id=info.session_id,
            execution=execution,
            notebook_path=info.notebook_path,
            change=0,
        )
        self.write_data(number, one.run)
        for source in sources:
            self.insert(t.RunCellRow, run=number, execution=self.write_cell(source))

    def write_cell(self, source, cell_id="", revision=""):
        self.executions += 1
        self.insert(
            t.CellExecutionRow,
            id=self.executions,
            execution_id=str(self.executions),
            cell=self.term(cell_id),
            source=SOURCES.index(source),
            start_time=0,
            outcome="ok",
            error="",
            revision=self.term(revision),
        )
        return self.executions

    def write_data(self, number, run):
        for key, value in run.data.params.items():
            self.insert(
                t.ParamRow, run=number, name=self.name(key), value=value, number=param_number(value)
            )
        for key, value in run.data.tags.items():
            self.insert(t.TagRow, run=number, name=self.name(key), value=value)
        for key, summary in run.data.summaries.items():
            columns = {
                f"{name}_value": stored(from_number(getattr(summary, name)))
                for name in ("last", "min", "max", "first")
            }
            if summary.count == 1:
                columns |= dict.fromkeys(("min_value", "max_value", "first_value"))
            self.insert(
                t.MetricSummaryRow,
                run=number,
                name=self.name(key),
                last_step=0,
                last_time=0,
                count=summary.count,
                **columns,
            )
        for entry in run.inputs.dataset_inputs:
            self.write_dataset(number, entry)

    def write_dataset(self, number, entry):
        identity = {"digest": entry.dataset.digest, "name": entry.dataset.name}
        texts = dict.fromkeys(("source_type", "source", "schema", "profile"), "")
        if identity not in self.datasets:
            self.datasets.append(identity)
            self.insert(t.DatasetRow, **identity, **texts)
        self.insert(t.RunDatasetRow, run=number, context=entry.context, **identity)


def stored(value):
    return None if math.isnan(value) else value


EXAMPLES = int(os.environ.get("MLTRACK_EXAMPLES", "25"))
worlds = st.tuples(*(facts(run_id=name * 32) for name in "abcd"))


def write_world(connection, world):
    writer = Writer(connection)
    for number, one in enumerate(world, start=1):
        writer.write(number, one)
    writer.flush()


def search(connection, **what):
    """Ids of the runs found."""
    names = dict(connection.execute(sa.select(t.RunRow.id, t.RunRow.run_id)).all())
    return [names[number] for number in find_rows(connection, RunSearch(**what))]


@settings(max_examples=EXAMPLES, deadline=None)
@given(world=worlds, some=st.lists(trees(), min_size=8, max_size=8))
def test_sql_finds_what_memory_matches(connection, world, some):
    write_world(connection, world)
    for tree in some:
        fits = [one for one in world if match(tree, one)]
        assert search(connection, filter=tree) == ids(sort_runs(fits, []))


# Each of these brings one of the plans about, with no more than four runs.
PLANS = {
    "as it comes": {},
    "walks": {(plans, "_SORT"): 1e9},
    "short walks": {(plans, "_SORT"): 1e9, (parts, "COUNTED"): (-1, -1), (plans, "STRETCH"): 1},
    "sorts": {(plans, "_SORT"): 0, (plans, "_LOOK"): 0},
}


@pytest.mark.parametrize("plan", PLANS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    world=worlds,
    some=st.lists(st.tuples(trees() | st.none(), orders), min_size=8, max_size=8),
    limit=st.integers(1, 5),
    offset=st.integers(0, 3),
)
def test_every_plan_finds_the_same(connection, plan, world, some, limit, offset):
    write_world(connection, world)
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), value in PLANS[plan].items():
            patch.setattr(module, name, value)
        for tree, order in some:
            fits = [one for one in world if tree is None or match(tree, one)]
            expected = ids(sort_runs(fits, order))[offset : offset + limit]
            found = search(connection, filter=tree, order_by=order, limit=limit, offset=offset)
            assert found == expected


def ids(some):
    return [one.run.info.run_id for one in some]
