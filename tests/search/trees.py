"""Hypothesis strategies: trees over a small world of names, and runs that live in it."""

import math

from hypothesis import strategies as st

from jupyter_mltrack.entities import (
    Dataset,
    DatasetInput,
    MetricSummary,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    from_number,
    to_number,
)
from jupyter_mltrack.search import And, Comparison, Facts, Identifier, Not, Or, OrderBy
from jupyter_mltrack.search.identifiers import ATTRIBUTES, DATASET_KEYS, Domain, Spelling, domain_of
from jupyter_mltrack.search.operators import OPERATORS

KEYS = ["a", "lr", "val loss", "it's", 'q"`', "a.b", "Ä", "x-1"]
TEXTS = [
    "",
    "a",
    "A",
    "b",
    "ab",
    "a%",
    "_",
    "0.1",
    "1e-1",
    "0.10",
    "-3",
    "nan",
    "it's",
    "[a]*?",
    "Ä",
    "ä",
]
PATTERNS = ["%", "a%", "%B", "_", "%a%b%", "[a]%", "", "Ä", "*", "_%_", "0._", "%*?"]
NUMBERS = [0, 1, -3, 0.1, 1.5, -2.5e-7, 1e300, 3.0]
MILLIS = [0, 1, 1000, 1500, 2000, 10**12]
CELLS = ["c1", "c2"]
REVISIONS = ["", "0f" * 32, "0f" * 31 + "aa"]
SOURCES = ["", "model.fit(X)", "Model.score(X, y)", "100 * 'a'"]

texts = st.sampled_from(TEXTS)
numbers = st.sampled_from(NUMBERS)
keys = st.sampled_from(KEYS)

sortable = st.one_of(
    st.builds(Identifier, st.sampled_from(["metric", "param", "tag"]), keys),
    st.builds(
        Identifier, st.just("metric"), keys, st.sampled_from(["min", "max", "first", "count"])
    ),
    st.builds(
        Identifier,
        st.just("attribute"),
        st.sampled_from(sorted(name for name, one in ATTRIBUTES.items() if not one.several)),
    ),
)
several = st.just(Identifier("attribute", "source"))
identifiers = (
    sortable | several | st.builds(Identifier, st.just("dataset"), st.sampled_from(DATASET_KEYS))
)


_OWN_TEXTS = {"revision": REVISIONS, "source": SOURCES, "cell": CELLS}


def is_digest(identifier):
    """Whether the parser takes whole digests only: it would read others as their beginning."""
    attribute = ATTRIBUTES.get(identifier.key) if identifier.kind == "attribute" else None
    return attribute is not None and attribute.spelling is Spelling.DIGEST


@st.composite
def comparisons(draw, literals=None):
    """A comparison that the tables allow; ``literals`` adds texts to draw from."""
    identifier = draw(identifiers)
    domain = domain_of(identifier.kind, identifier.key)
    number = domain is Domain.NUMBER or (domain is Domain.EITHER and draw(st.booleans()))
    fitting = [op for op in OPERATORS.values() if (op.numbers if number else op.texts)]
    operator = draw(st.sampled_from(fitting))
    if operator.rule in ("is_null", "is_not_null"):
        return Comparison(identifier, operator.symbol)
    some = (
        numbers | st.sampled_from(MILLIS) if number else (texts if literals is None else literals)
    )
    if identifier.key in _OWN_TEXTS:
        some |= st.sampled_from(_OWN_TEXTS[identifier.key])
    if operator.symbol.endswith("LIKE"):
        some = st.sampled_from(PATTERNS) | some
    elif is_digest(identifier):
        some = st.sampled_from(REVISIONS[1:])
    size = {"min_size": 1, "max_size": 3 if operator.rule != "binary" else 1}
    return Comparison(identifier, operator.symbol, tuple(draw(st.lists(some, **size))))


def trees(literals=None):
    """Filters of all shapes."""

    def grow(inner):
        clauses = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.builds(Not, inner) | st.builds(And, clauses) | st.builds(Or, clauses)

    return st.recursive(comparisons(literals), grow, max_leaves=8)


orders = st.lists(st.builds(OrderBy, sortable, st.booleans()), max_size=3)

values = numbers | st.sampled_from([math.nan, math.inf, -math.inf])
datasets = st.builds(
    lambda name, digest, context: DatasetInput(
        dataset=Dataset(name=name, digest=digest), context=context
    ),
    st.sampled_from(["iris", "a", "A"]),
    st.sampled_from(["0f", "a", "b"]),
    st.sampled_from(["", "train", "a"]),
)


def unique(inputs):
    """One entry for each dataset and context, as a store keeps them."""
    return list({(i.dataset.name, i.dataset.digest, i.context): i for i in inputs}.values())


@st.composite
def series(draw):
    """What a store keeps of a few points, the last of which may be any."""
    points = draw(st.lists(values, min_size=1, max_size=3))
    known = [value for value in points if not math.isnan(value)] or [math.nan]
    return MetricSummary(
        last=to_number(points[-1]),
        min=to_number(min(known)),
        max=to_number(max(known)),
        first=to_number(points[0]),
        count=len(points),
        step=0,
    )


@st.composite
def facts(draw, run_id="a" * 32):
    """A run with a notebook and a cell, its names from the small world."""
    start = draw(st.sampled_from(MILLIS))
    info = RunInfo(
        run_id=run_id,
        run_name=draw(texts),
        experiment_id="1",
        status=draw(st.sampled_from(["RUNNING", "FINISHED", "a"])),
        start_time=start,
        end_time=draw(st.none() | st.sampled_from([start, start + 1, start + 1500])),
        user_id=draw(texts),
        artifact_uri=f"mltrack-artifacts:/{run_id}",
        notebook_path=draw(texts),
        parent_run_id=draw(st.sampled_from(["", "a", "b"])),
        session_id=draw(st.sampled_from(["", "a", "s"])),
    )
    summaries = draw(st.dictionaries(keys, series(), max_size=4))
    data = RunData(
        params=draw(st.dictionaries(keys, texts, max_size=4)),
        tags=draw(st.dictionaries(keys, texts, max_size=4)),
        metrics={key: from_number(summary.last) for key, summary in summaries.items()},
        summaries=summaries,
    )
    inputs = RunInputs(dataset_inputs=unique(draw(st.lists(datasets, max_size=2))))
    run = Run(info=info, data=data, inputs=inputs)
    made = draw(st.booleans())
    sources = draw(st.lists(st.sampled_from(SOURCES), min_size=made, max_size=2))
    if not made:
        return Facts(run, sources=tuple(sources))
    cell, revision = draw(st.sampled_from(CELLS)), draw(st.sampled_from(REVISIONS))
    return Facts(run, cell=cell, revision=revision, sources=tuple(sources))
