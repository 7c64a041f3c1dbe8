import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_mltrack.errors import FilterError
from jupyter_mltrack.search import (
    And,
    Comparison,
    Identifier,
    Not,
    Or,
    OrderBy,
    parse_filter,
    parse_order_by,
    print_filter,
    print_order,
)
from jupyter_mltrack.search.identifiers import ALIASES, ATTRIBUTES, KINDS
from tests.search.trees import orders, trees
from tests.timing import best_seconds

ACCURATE = Comparison(Identifier("metric", "acc"), ">", (0.9,))
TREE = Comparison(Identifier("param", "model"), "=", ("tree",))
DONE = Comparison(Identifier("attribute", "status"), "=", ("FINISHED",))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And()),
        ("   ", And()),
        ("metrics.acc > 0.9", ACCURATE),
        ("metric.acc>.9", ACCURATE),
        ("METRICS.`acc` > +0.9", ACCURATE),
        ('metrics."acc" > 9e-1', ACCURATE),
        ("params.model = 'tree'", TREE),
        ('parameter.model = "tree"', TREE),
        ("status = 'FINISHED'", DONE),
        ("attributes.status = 'FINISHED'", DONE),
        ("run.`status` = 'FINISHED'", DONE),
        ("`status` = 'FINISHED'", DONE),
        ("`metrics`.acc > 0.9", ACCURATE),
        ('"params"."model" = "tree"', TREE),
        ("metrics.acc > 0.9 AND params.model = 'tree'", And((ACCURATE, TREE))),
        (
            "metrics.acc > 0.9 or params.model = 'tree' and status = 'FINISHED'",
            Or((ACCURATE, And((TREE, DONE)))),
        ),
        (
            "(metrics.acc > 0.9 OR params.model = 'tree') AND NOT status = 'FINISHED'",
            And((Or((ACCURATE, TREE)), Not(DONE))),
        ),
        ("NOT(status='FINISHED')", Not(DONE)),
        ("tags.`a ``b`` c` IS NOT NULL", Comparison(Identifier("tag", "a `b` c"), "IS NOT NULL")),
        ("end_time is null", Comparison(Identifier("attribute", "end_time"), "IS NULL")),
        (
            "tags.mlflow.user ILIKE 'it''s'",
            Comparison(Identifier("tag", "mlflow.user"), "ILIKE", ("it's",)),
        ),
        (
            "run_id NOT IN ('a', 'b')",
            Comparison(Identifier("attribute", "run_id"), "NOT IN", ("a", "b")),
        ),
        ("params.lr in (1, 0.5)", Comparison(Identifier("param", "lr"), "IN", (1, 0.5))),
        ("datasets.name LIKE 'i%'", Comparison(Identifier("dataset", "name"), "LIKE", ("i%",))),
        ("metrics.not = -1", Comparison(Identifier("metric", "not"), "=", (-1,))),
    ],
)
def test_text_becomes_the_tree(text, tree):
    assert parse_filter(text) == tree


@pytest.mark.parametrize("prefix", KINDS)
def test_every_prefix_is_read(prefix):
    key, value = {
        "attribute": ("status", "'a'"),
        "dataset": ("name", "'a'"),
        "metric": ("a", "1"),
    }.get(KINDS[prefix], ("a", "'a'"))
    assert parse_filter(f"{prefix}.{key} = {value}").identifier == Identifier(KINDS[prefix], key)


@pytest.mark.parametrize("name", [*ATTRIBUTES, *ALIASES])
def test_every_attribute_needs_no_prefix(name):
    assert parse_filter(f"`{name}` IS NULL").identifier.key == ALIASES.get(name, name)


@given(trees(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_printed_trees_parse_to_themselves(tree):
    printed = print_filter(tree)
    parsed = parse_filter(printed)
    # A revision IN (...) parses to comparisons with each; what was parsed once stays as it is.
    assert parsed == tree or "revision" in printed
    assert parse_filter(print_filter(parsed)) == parsed


@given(orders)
def test_printed_orders_parse_to_themselves(some):
    assert parse_order_by([print_order(order) for order in some]) == some


def test_orders_ascend_unless_told():
    lr, created = Identifier("param", "lr"), Identifier("attribute", "start_time")
    assert parse_order_by(["params.lr", "created desc"]) == [
        OrderBy(lr),
        OrderBy(created, descending=True),
    ]


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("metrics.acc >", 13, "expected a number"),
        ("metrics.acc == 1", 13, "write = for equal"),
        ("metrics.acc > 'high'", 14, "a number without quotes"),
        ("metrics.acc LIKE 'x'", 17, "use another operator: = != >"),
        ("status = FINISHED", 9, "put text in quotes"),
        ("status > 'a'", 9, "use another operator"),
        ("tags.version = 3", 15, "text in quotes"),
        ("params.lr > '0.1'", 12, "a number without quotes"),
        ("run_name = 'x", 11, "close the quote"),
        ("acc > 1", 0, "metrics.acc"),
        ("mlflow.user = 'me'", 0, "tags.`mlflow.user`"),
        ("metrics. > 1", 0, "no key"),
        ("dataset.size > 1", 0, "name, digest, context"),
        ("(status = 'a'", 13, "expected )"),
        ("status = 'a' status = 'b'", 13, "AND or OR"),
        ("run_id IN ()", 11, "text in quotes"),
        ("status = 'a\0'", 11, "remove it"),
        ("status = '\ud800'", 10, "remove it"),
        ("status = 'a'; DROP TABLE runs", 12, "AND or OR"),
    ],
)
def test_an_error_says_where_and_what_to_do(text, position, words):
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    assert words in caught.value.message
    assert (caught.value.position, caught.value.text) == (position, text)


@pytest.mark.parametrize(
    "order", ["", "metrics.a DOWN", "a b", "dataset.name", "acc DESC", "metrics.a > 1"]
)
def test_orders_that_are_none_are_refused(order):
    with pytest.raises(FilterError, match="Invalid order"):
        parse_order_by([order])


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_001,
        " AND ".join(["metrics.a = 1"] * 101),
        "NOT " * 51 + "status = 'a'",
        "NOT " * 2_400 + "status = 'a'",
        "run_id IN (" + ", ".join(["'a'"] * 1_001) + ")",
    ],
    ids=["length", "clauses", "nesting", "deep nesting", "values"],
)
def test_limits_are_kept(text):
    with pytest.raises(FilterError):
        parse_filter(text)


def test_what_is_within_the_limits_parses():
    parse_filter(" AND ".join(["metrics.a = 1"] * 100))
    parse_filter("NOT " * 50 + "status = 'a'")
    parse_filter("(" * 4_000 + "status = 'a'" + ")" * 4_000)


def test_too_many_orders_are_refused():
    with pytest.raises(FilterError, match="at most 100"):
        parse_order_by(["start_time"] * 101)


WORDS = (
    "metrics params. tags . status `a` ` \" ' 'x' = != LIKE IN NOT IS NULL AND OR ( ) , 1 1e999 -"
)
pieces = st.sampled_from(WORDS.split())
hostile = (
    st.text(max_size=300)
    | st.lists(pieces, max_size=60).map(" ".join)
    | st.lists(pieces).map("".join)
)


def refusal(text):
    try:
        parse_filter(text)
    except FilterError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(hostile)
@example("`" * 10_000)
@example("(" * 10_000)
@example("'" * 9_999)
@example("a." * 5_000)
@example("1" * 10_000)
@example("status = 'a' AND " * 580 + "status = 'a'")
@example("NOT " * 2_500)
def test_no_text_does_worse_than_a_filter_error_and_soon(text):
    parse_filter("status = 'a'")  # the grammar is built by now
    assert best_seconds(lambda: refusal(text), 2) < 2  # a fifth of a second is the promise
    error = refusal(text)
    assert error is None or 0 <= error.position <= len(text)


@pytest.mark.parametrize("value", [5, b"x", ["metrics.a > 1"], {"a": 1}, False])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(FilterError, match=f"text expected, not {type(value).__name__}"):
        parse_filter(value)
    with pytest.raises(FilterError, match="text expected"):
        parse_order_by([value])


def test_one_order_is_given_in_a_list():
    with pytest.raises(FilterError, match=r"as in \['metrics.a DESC'\]"):
        parse_order_by("metrics.a DESC")
    with pytest.raises(FilterError, match=r"give a list, .* not int 5"):
        parse_order_by(5)


def test_a_filter_is_not_told_of_directions_nor_an_order_of_comparisons():
    with pytest.raises(FilterError) as refused:
        parse_filter("metrics.a b")
    assert "ASC" not in str(refused.value)
    with pytest.raises(FilterError) as refused:
        parse_order_by(["metrics.a = 1"])
    assert "ASC or DESC or the end" in str(refused.value)
    assert "comparison" not in str(refused.value)
